"""Onset day, timing class, duration, resolution: the days on both sides of every cut."""

from __future__ import annotations

import datetime as dt

import pytest
from records import Entries, day, event_of, rash

from redcap_licats.derive.timing import Period


@pytest.mark.parametrize(
    ("onset", "timing"),
    [
        (-1, None),
        (0, "early"),
        (1, "early"),
        (14, "early"),
        (15, "intermediate"),
        (30, "intermediate"),
        (31, "late"),
        (365, "late"),
    ],
)
def test_timing_class(onset: int, timing: str | None) -> None:
    result = event_of(skin=rash(onset=day(onset), end=day(onset + 5)))
    assert (result.onset_day, result.timing) == (onset, timing)
    assert str(result.onset) == day(onset)


def test_the_leap_day_counts() -> None:
    infusion = {"ld_start": "2024-02-10", "date": "2024-02-15"}
    result = event_of(infusion=infusion, skin=rash(onset="2024-02-29", end="2024-03-01"))
    assert (result.onset_day, result.timing, result.duration) == (14, "early", 1)
    assert event_of(infusion=infusion, skin=rash(onset="2024-03-01")).timing == "intermediate"


@pytest.mark.parametrize(
    ("infusion", "onset", "days", "timing"),
    [
        ("2024-03-20", "2024-04-03", 14, "early"),  # in Europe clocks go forward on 31 March,
        ("2024-10-20", "2024-11-19", 30, "intermediate"),  # and back on 27 October
        ("2024-10-20", "2024-11-20", 31, "late"),
    ],
)
def test_a_change_of_the_clocks_moves_no_day(infusion: str, onset: str, days: int, timing: str) -> None:
    result = event_of(infusion={"date": infusion}, skin=rash(onset=onset, end=onset))
    assert (result.onset_day, result.timing, result.duration) == (days, timing, 0)


def test_a_month_has_no_onset_day() -> None:
    result = event_of(skin=rash(onset="", onset_prec="month", onset_ym="2026-01"))
    assert (result.onset, result.onset_day, result.timing, result.duration) == (None, None, None, None)


def test_without_infusion_date_there_is_no_day() -> None:
    result = event_of(infusion={}, skin=rash())
    assert (result.onset_day, result.timing, result.duration) == (None, None, 10)


def test_days_count_from_the_first_infusion() -> None:
    again = [{"date": day(60), "ld_start": day(55)}, {"date": day(0), "ld_start": day(-5)}]
    result = event_of(infusion=again, skin=rash(onset=day(70), end=day(75)))
    assert (result.onset_day, result.timing) == (70, "late")


@pytest.mark.parametrize(
    ("changes", "duration", "provisional"),
    [
        ({}, 10, False),
        ({"end": day(10)}, 0, False),
        ({"end": day(9)}, None, False),  # ends before it begins: a query, not a duration
        ({"end": "", "outcome": "res"}, None, False),
        ({"end": "", "outcome": "seq"}, None, False),
        ({"end": "", "ongoing": "1"}, None, True),
        ({"ongoing": "1"}, None, True),  # both: the hidden end date does not count
        ({"end": "", "outcome": "ong"}, None, True),
        ({"end": "", "outcome": ""}, None, True),
        ({"end": "", "outcome": "fatal"}, None, False),
    ],
)
def test_duration_and_resolution(changes: Entries, duration: int | None, provisional: bool) -> None:
    result = event_of(skin=rash(**changes))
    assert (result.duration, result.provisional) == (duration, provisional)
    assert result.duration_inclusive == (None if duration is None else duration + 1)


@pytest.mark.parametrize(("outcome", "grade"), [("ong", 1), ("", None)])
def test_known_to_go_on_is_not_the_same_as_not_known(outcome: str, grade: int | None) -> None:
    result = event_of(skin=rash(end="", outcome=outcome))
    assert (result.grade, result.provisional) == (grade, True)


@pytest.mark.parametrize(
    ("one", "other", "touch"),
    [
        ((1, 3), (3, 5), True),
        ((1, 3), (4, 5), False),
        ((1, None), (900, 901), True),
        ((5, None), (1, 4), False),
        ((None, 3), (3, None), True),
        ((None, 2), (3, None), False),
    ],
)
def test_periods_touch(one: tuple[int | None, ...], other: tuple[int | None, ...], touch: bool) -> None:
    def period(first: int | None, last: int | None) -> Period:
        return Period(*(None if n is None else dt.date(2026, 1, 1) + dt.timedelta(n) for n in (first, last)))

    assert period(*one).touches(period(*other)) is touch
    assert period(*other).touches(period(*one)) is touch
