"""Glucocorticoid: equivalents, maintenance, days, and whose course it is."""

from __future__ import annotations

from fractions import Fraction

import pytest
from records import Cell, Entries, day, derived, event_of, finished, rash

from redcap_licats.derive.model import Exposure


def course(start: int | None = 18, stop: int | None = 22, **changes: Cell) -> Entries:
    dates = {"start": "" if start is None else day(start), "stop": "" if stop is None else day(stop)}
    return {
        "drug": "pred",
        "dose": "20",
        "unit": "mg",
        "freq": "od",
        "route": "po",
        "ind": {"skin"},
        **dates,
        **changes,
    }


def exposure(*courses: Entries, **event: Cell) -> Exposure:
    return event_of(skin=rash(**{"gc": "1", **event}), glucocorticoid=list(courses)).exposure


@pytest.mark.parametrize(
    ("changes", "peak"),
    [
        ({}, 20),
        ({"freq": "bid"}, 40),
        ({"freq": "tid"}, 60),
        ({"freq": "qid"}, 80),
        ({"freq": "qod"}, 10),
        ({"drug": "prednisone"}, 20),
        ({"drug": "mpred", "dose": "16"}, 20),
        ({"drug": "mpred", "dose": "1", "unit": "g"}, 1250),
        ({"drug": "hydro", "dose": "20"}, 5),
        ({"drug": "cort", "dose": "25"}, 5),
        ({"drug": "dexa", "dose": "10"}, Fraction(200, 3)),
        ({"drug": "beta", "dose": "0,75"}, 5),
        ({"drug": "dexa", "dose": "10", "salt": "base"}, Fraction(200, 3)),
        ({"drug": "dexa", "dose": "10", "salt": "phos"}, None),
        ({"drug": "beta", "dose": "10", "salt": "phos"}, None),
        ({"drug": "pred", "salt": "phos"}, 20),  # the form asks for the salt of the other two only
        ({"drug": "other"}, None),
        ({"drug": ""}, None),
        ({"dose": ""}, None),
        ({"unit": ""}, None),
        ({"freq": ""}, None),
    ],
)
def test_prednisolone_equivalents(changes: dict[str, str], peak: Fraction | int | None) -> None:
    result = exposure(course(**changes))
    assert (result.given, result.peak, result.days) == (True, peak, 5)
    assert result.cumulative == (None if peak is None else peak * 5)


@pytest.mark.parametrize(
    ("drug", "salt", "flagged"), [("dexa", "phos", True), ("dexa", "base", False), ("dexa", "", False)]
)
def test_a_dose_of_a_phosphate_is_flagged(drug: str, salt: str, flagged: bool) -> None:
    result = event_of(skin=rash(gc="1"), glucocorticoid=[course(drug=drug, salt=salt), course(23, 24)])
    assert ("GC_SALT" in result.flags) is flagged
    assert (result.exposure.peak is None, result.exposure.days) == (flagged, 7)
    assert "gc_salt" in {one.field for one in result.trace["exposure"].inputs}


@pytest.mark.parametrize(
    ("courses", "days", "at_least", "peak", "cumulative"),
    [
        ([course(18, 18)], 1, 1, 20, 20),
        ([course(18, 22, freq="once")], 1, 1, 20, 20),
        ([course(18, 20), course(21, 25, dose="10")], 8, 8, 20, 110),  # a taper
        ([course(18, 20), course(25, 25)], 4, 4, 20, 80),  # a gap
        ([course(18, 22), course(20, 22, dose="5")], 5, 5, 25, 115),  # two at once
        ([course(18, None, ongoing="1")], None, 1, 20, None),
        ([course(18, 22, ongoing="1")], None, 1, 20, None),  # the hidden stop date does not count
        ([course(18, None)], None, 1, 20, None),
        ([course(18, 17)], None, 1, 20, None),
        ([course(18, 20), course(21, None, ongoing="1", dose="10")], None, 4, 20, None),
        ([course(None, 22)], None, 0, None, None),
    ],
)
def test_days_and_doses(
    courses: list[Entries], days: int | None, at_least: int, peak: int | None, cumulative: int | None
) -> None:
    result = exposure(*courses)
    assert (result.days, result.days_at_least, result.peak, result.cumulative) == (
        days,
        at_least,
        peak,
        cumulative,
    )


MAINTENANCE = course(-100, 17, dose="5", ind={"maint"})


@pytest.mark.parametrize(
    ("courses", "peak", "cumulative"),
    [
        ([MAINTENANCE, course(dose="25")], 20, 100),  # replaced by a higher dose
        ([MAINTENANCE, course(dose="25", ind={"skin", "maint"})], 20, 100),
        ([course(-100, 60, dose="5", ind={"maint"}), course()], 20, 100),  # goes on beside
        ([course(-100, None, dose="5", ind={"maint"}, ongoing="1"), course()], 20, 100),
        ([MAINTENANCE, course(18, 60, dose="10", ind={"maint"}), course()], 20, 100),  # raised beside: not for it
        ([course(-100, -1, dose="5", ind={"maint"}), course()], 20, 100),  # ended long before
        ([course(-100, 16, dose="5", ind={"maint"}), course(dose="25")], 25, 125),  # ended two days before
        ([MAINTENANCE, course(dose="4")], 0, 0),  # less than before is not negative
        ([course(-100, 17, dose="", ind={"maint"}), course()], None, None),
    ],
)
def test_above_maintenance(courses: list[Entries], peak: int | None, cumulative: int | None) -> None:
    result = exposure(*courses)
    assert (result.peak, result.cumulative, result.days) == (peak, cumulative, 5)


@pytest.mark.parametrize(
    ("courses", "gc", "given", "attribution"),
    [
        ([course()], "", True, "indication"),
        ([course()], "0", True, "indication"),
        ([course(ind={"skin", "crs"})], "1", True, "indication"),
        ([], "1", True, "form"),
        ([], "0", False, ""),
        ([], "", None, ""),
        ([course(ind={"crs"})], "", None, ""),
        ([course(ind={"kidney"})], "0", False, ""),
        ([course(route="top")], "0", False, ""),
        ([course(route="ia")], "0", False, ""),
        ([course(ind=())], "1", True, "overlap"),
        ([course(30, 32, ind=())], "1", True, "form"),  # after the event
        ([course(9, 12, ind=())], "1", True, "overlap"),  # the day before the first symptom
        ([course(8, 12, ind=())], "1", True, "form"),
        ([course(ind=())], "0", False, ""),
    ],
)
def test_what_makes_it_given(courses: list[Entries], gc: str, given: bool | None, attribution: str) -> None:
    result = exposure(*courses, gc=gc)
    assert (result.given, result.attribution) == (given, attribution)


def two_rashes(*courses: Entries, first: dict[str, Cell], second: dict[str, Cell]) -> list[Exposure]:
    later = {"onset": day(40), "sx_start": day(40), "end": day(50)}
    events = [rash(**first), rash(**{**later, **second})]
    return [one.exposure for one in derived(skin=events, glucocorticoid=list(courses)).events]


@pytest.mark.parametrize(
    ("start", "owner"),
    [(9, 0), (20, 0), (24, 0), (26, 1), (39, 1), (45, 1), (90, 1), (2, 0)],
)
def test_of_two_events_the_one_it_overlaps_or_the_nearest(start: int, owner: int) -> None:
    results = two_rashes(course(start, start + 2), first={"gc": "1"}, second={"gc": "1"})
    assert [one.attribution for one in results] == ["indication" if n == owner else "form" for n in range(2)]
    assert not any(one.ambiguous for one in results)


@pytest.mark.parametrize(
    ("first", "second", "given", "ambiguous"),
    [
        # the first has no end: the course of day 45 touches both
        ({"end": "", "gc": "1"}, {"gc": "1"}, [True, True], [True, True]),
        ({"end": "", "gc": ""}, {"gc": ""}, [None, None], [True, True]),
        ({"end": "", "gc": "0"}, {"gc": "1"}, [False, True], [False, False]),
        ({"end": "", "gc": ""}, {"gc": "1"}, [None, True], [False, False]),
        ({"end": "", "gc": "0"}, {"gc": ""}, [False, True], [False, False]),
    ],
)
def test_a_course_of_several_events_is_given_to_none(
    first: dict[str, Cell], second: dict[str, Cell], given: list[bool | None], ambiguous: list[bool]
) -> None:
    results = two_rashes(course(45, 47), first=first, second=second)
    assert [one.given for one in results] == given
    assert [one.ambiguous for one in results] == ambiguous
    assert all(one.peak is None for one in results) is all(ambiguous)


def test_nearest_is_the_onset_not_the_first_symptom() -> None:
    early = {"gc": "1", "sx_start": day(0)}
    results = two_rashes(course(24, 25), first=early, second={"gc": "1"})
    assert [one.attribution for one in results] == ["indication", "form"]


def test_an_event_without_dates_claims_nothing_that_touches_another() -> None:
    undated = {"gc": "1", "onset": "", "sx_start": "", "end": ""}
    results = two_rashes(course(45, 47), first=undated, second={"gc": "1"})
    assert sorted(one.attribution for one in results) == ["form", "indication"]


def test_an_onset_equally_near_is_ambiguous() -> None:
    results = two_rashes(course(25, 26), first={"gc": "1"}, second={"gc": "1"})
    assert [one.ambiguous for one in results] == [True, True]


def test_a_course_without_indication_is_shared_by_nobody() -> None:
    events = {"skin": rash(gc="1"), "kidney": finished("kidney", gc="1", crit={"crea"})}
    for one in derived(glucocorticoid=course(ind=()), **events).events:
        assert (one.exposure.attribution, one.exposure.ambiguous) == ("form", True)
        assert "GC_AMBIGUOUS" in one.flags


@pytest.mark.parametrize(
    ("skin", "kidney", "ambiguous"),
    [("", "", [True, True]), ("", "0", [True, False]), ("1", "", [False, False]), ("0", "0", [False, False])],
)
def test_a_course_without_indication_asks_where_the_form_is_blank(
    skin: str, kidney: str, ambiguous: list[bool]
) -> None:
    events = {"skin": rash(gc=skin), "kidney": finished("kidney", gc=kidney)}
    results = {one.event.organ: one.exposure for one in derived(glucocorticoid=course(ind=()), **events).events}
    assert [results[organ].ambiguous for organ in ("skin", "kidney")] == ambiguous


def test_a_course_for_two_organs_counts_for_both() -> None:
    events = {"skin": rash(gc="1"), "kidney": finished("kidney", gc="1", crit={"crea"})}
    results = derived(glucocorticoid=course(ind={"skin", "kidney"}), **events).events
    assert [one.exposure.peak for one in results] == [20, 20]
