"""Whose course it is where dates are missing, and what is no maintenance."""

from __future__ import annotations

from records import Cell, Entries, day, event_of, rash


def course(start: int, stop: int, **changes: Cell) -> Entries:
    own: dict[str, Cell] = {
        "drug": "pred",
        "dose": "20",
        "unit": "mg",
        "freq": "od",
        "route": "po",
        "ind": {"skin"},
    }
    return {**own, "start": day(start), "stop": day(stop), **changes}


def test_without_onset_the_first_symptom_tells_how_near_a_course_is() -> None:
    event = rash(onset="", sx_start=day(10), end=day(12), gc="1")
    exposure = event_of(skin=event, glucocorticoid=course(40, 44)).exposure
    assert (exposure.attribution, exposure.days) == ("indication", 5)


def test_a_course_for_something_else_is_no_maintenance() -> None:
    for_crs = course(1, 17, ind={"crs"}, dose="10")
    exposure = event_of(skin=rash(gc="1"), glucocorticoid=[for_crs, course(18, 22)]).exposure
    assert (exposure.peak, exposure.cumulative, len(exposure.courses)) == (20, 100, 1)


def test_maintenance_that_is_not_systemic_lowers_nothing() -> None:
    cream = course(-100, 60, ind={"maint"}, route="top")
    exposure = event_of(skin=rash(gc="1"), glucocorticoid=[cream, course(18, 22)]).exposure
    assert (exposure.peak, exposure.cumulative) == (20, 100)
