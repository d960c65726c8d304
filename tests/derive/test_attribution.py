"""Whose course it is where dates are missing or two events claim it, and what is no maintenance."""

from __future__ import annotations

import pytest
from records import Cell, Entries, day, derived, event_of, finished, rash

from redcap_licats.subject.model import Input, Place


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


@pytest.mark.parametrize("indication", [{"skin"}, ""])
def test_what_may_belong_to_two_events_is_named_in_both(indication: Cell) -> None:
    records: dict[str, Entries | list[Entries]] = {
        "skin": [rash(gc="1", hosp="1"), rash(gc="1", hosp="1")],
        "glucocorticoid": [course(-90, -80, ind={"maint"}), course(18, 22, ind=indication)],
        "hospital_stay": [{"adm": day(-3), "reason": {"infusion"}}, {"adm": day(18), "reason": {"skin"}}],
    }
    for one in derived(**records).events:
        assert one.exposure.unclear == (Place("glucocorticoid", 2),)
        assert one.stay.unclear == (Place("hospital_stay", 2),)


def test_a_value_that_cannot_be_compared_is_an_input() -> None:
    labs = [
        {"date": day(-7), "lab": "conv", "crea_val": "0.8"},
        {"date": day(12), "lab": "other", "crea_val": "900"},
    ]
    reason = event_of(labs=labs, kidney=finished("kidney", crit={"crea"})).trace["criterion.crea"]
    assert Input(Place("labs", 2), "lab_crea_val", "900") in reason.inputs
