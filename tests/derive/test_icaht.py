"""Blood counts after infusion against tables written by hand from the published grading (facts 3.4)."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import DAY_ZERO, Entries, day, derived, subject_of

from redcap_licats.derive.icaht import longest_run
from redcap_licats.derive.subject import derive_subject
from redcap_licats.derive.toxicity import Graded
from redcap_licats.protocol import load_protocol
from redcap_licats.protocol.toxicity import CountScale
from redcap_licats.subject.model import Disposition, Place

Counts = dict[int, str]
NORMAL = {"anc": "2", "plt": "200"}
EARLY_ANC, EARLY_PLT = "icaht_early", "ticaht_early"
SCALE = load_protocol().toxicity.icaht_early


def samples(analyte: str, counts: Counts) -> list[Entries]:
    return [{"date": day(number), "lab": "conv", f"{analyte}_val": value} for number, value in counts.items()]


def graded(scale: str, counts: Counts) -> Graded:
    analyte = load_protocol().toxicity.counts[scale].analyte
    return derived(labs=samples(analyte, counts)).gradings[scale]


def daily(analyte: str, *stretches: tuple[int, int, str]) -> Counts:
    """Give a count for each of the days 0 to 30: normal but in the stretches (first day, last day, value)."""
    counts = dict.fromkeys(range(31), NORMAL[analyte])
    for first, last, value in stretches:
        counts |= dict.fromkeys(range(first, last + 1), value)
    return counts


@pytest.mark.parametrize(
    ("stretches", "grade"),
    [
        ((), 0),
        (((5, 20, "0.51"),), 0),
        (((5, 5, "0.5"),), 1),
        (((5, 10, "0.5"),), 1),  # 6 days
        (((5, 11, "0.5"),), 2),  # 7 days
        (((5, 17, "0.5"),), 2),  # 13 days
        (((5, 18, "0.5"),), 3),  # 14 days
        (((1, 30, "0.5"),), 3),
        (((0, 30, "0.5"),), 4),  # never above
        (((0, 30, "0.5"), (15, 15, "0.51")), 3),
        (((5, 10, "0.1"),), 1),
        (((5, 11, "0.11"),), 2),
        (((5, 11, "0.1"),), 3),
        (((5, 17, "0.1"),), 3),
        (((5, 18, "0.1"),), 4),
        (((5, 18, "0.5"), (8, 13, "0.1")), 3),  # 6 days at 100, but 14 at 500
        (((3, 8, "0.5"), (20, 26, "0.5")), 2),  # the longest of two runs
        (((5, 10, "0.5"), (13, 16, "0.5")), 2),  # recovered for 2 days: one run of 12
        (((5, 10, "0.5"), (14, 17, "0.5")), 1),  # recovered for 3 days: 6 and 4
        (((25, 30, "0.5"),), 1),
    ],
)
def test_early_neutropenia(stretches: tuple[tuple[int, int, str], ...], grade: int) -> None:
    assert graded(EARLY_ANC, daily("anc", *stretches)) == Graded(grade)


@pytest.mark.parametrize(
    ("stretches", "grade"),
    [
        ((), 0),
        (((5, 20, "50"),), 0),
        (((5, 5, "49"),), 1),
        (((5, 10, "49"),), 1),
        (((5, 11, "49"),), 2),
        (((0, 30, "49"),), 2),
        (((5, 5, "20"),), 1),
        (((5, 5, "19"),), 3),
        (((5, 17, "19"),), 3),  # 13 days
        (((5, 18, "19"),), 4),  # 14 days
    ],
)
def test_early_thrombocytopenia(stretches: tuple[tuple[int, int, str], ...], grade: int) -> None:
    assert graded(EARLY_PLT, daily("plt", *stretches)) == Graded(grade)


@pytest.mark.parametrize(
    ("counts", "grade"),
    [
        ({40: "1.51"}, 0),
        ({40: "1.5"}, 1),  # the only value
        ({40: "1.0"}, 2),
        ({40: "0.5"}, 3),
        ({40: "0.1"}, 4),
        ({40: "0.1", 60: "2"}, 0),  # one low value among several
        ({40: "1.5", 60: "1.5"}, 1),
        ({40: "1.01", 60: "1.5"}, 1),
        ({40: "1.0", 60: "1.5"}, 2),
        ({40: "0.51", 60: "1.5"}, 2),
        ({40: "0.5", 60: "1.5"}, 3),
        ({40: "0.11", 60: "1.5"}, 3),
        ({40: "0.1", 60: "1.5"}, 4),
        ({31: "1", 100: "1"}, 2),
        ({30: "0.1", 31: "2"}, 0),
        ({40: "2", 101: "0.1"}, 0),
    ],
)
def test_late_neutropenia(counts: Counts, grade: int) -> None:
    assert graded("icaht_late", counts) == Graded(grade)


@pytest.mark.parametrize(
    ("counts", "grade"),
    [
        ({40: "100"}, 0),
        ({40: "99"}, 1),
        ({40: "50"}, 1),
        ({40: "49"}, 2),
        ({40: "20"}, 2),
        ({40: "19"}, 3),
        ({40: "19", 60: "200"}, 3),  # platelets need no second value
        (dict.fromkeys(range(40, 53), "19"), 3),
        (dict.fromkeys(range(40, 54), "19"), 4),
        ({40: "19", 47: "19", 54: "200"}, 4),  # day 40 to 53
        ({40: "19", 47: "19", 53: "200"}, 3),  # day 40 to 52
        ({40: "19", 49: "19", 56: "200"}, 3),  # 8 days without a count end the first run
    ],
)
def test_late_thrombocytopenia(counts: Counts, grade: int) -> None:
    assert graded("ticaht_late", counts) == Graded(grade)


WEEKLY = {0: "2", 7: "2", 14: "2", 21: "2", 28: "2"}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (WEEKLY, Graded(0)),
        (WEEKLY | {7: "0.5"}, Graded(2)),  # day 7 to 13
        (WEEKLY | {7: "0.5", 13: "2"}, Graded(1)),  # day 7 to 12
        ({0: "2", 5: "0.5", 13: "2", 20: "2", 28: "2"}, Graded(2)),  # 7 days without a count: day 5 to 12
        (daily("anc", (17, 28, "0.5")) | {29: "", 30: "", 33: "2"}, Graded(3)),  # day 17 to 30
        (daily("anc", (17, 28, "0.5")) | {29: "", 30: ""}, Graded(2)),  # day 17 to 28
        ({7: "2", 15: "2", 23: "2"}, Graded(0)),  # 7 days without a count at most
        ({8: "2", 15: "2", 23: "2"}, Graded(None, ("counts",))),
        ({7: "2", 16: "2", 23: "2"}, Graded(None, ("counts",))),
        ({7: "2", 15: "2", 22: "2"}, Graded(None, ("counts",))),
        ({7: "2", 15: "2", 22: "2", 31: "2"}, Graded(None, ("counts",))),
        ({7: "0.5"}, Graded(None, ("counts",))),
        ({0: "0.1", 7: "0.1", 14: "0.1", 15: "0.1"}, Graded(4)),  # 16 days: no later count can lower it
        ({0: "0.5", 7: "0.5"}, Graded(None, ("counts",))),  # not yet "never above"
        ({-3: "0.1", 40: "0.1"}, Graded(None, ("counts",))),
        ({}, Graded(None, ("counts",))),
        (WEEKLY | {7: "<0.5", 10: "2"}, Graded(1)),
        (WEEKLY | {7: "<0.5"}, Graded(None, ("count_censored",))),  # 7 days that may be below 100
        (WEEKLY | {7: "<0.1"}, Graded(3)),
        (WEEKLY | {7: "<1", 10: "2"}, Graded(None, ("count_censored",))),
        (WEEKLY | {7: ">0.5"}, Graded(0)),
    ],
)
def test_days_without_a_count_and_censor_signs(counts: Counts, expected: Graded) -> None:
    assert graded(EARLY_ANC, counts) == expected


def test_the_lowest_count_of_a_day_holds() -> None:
    both = [*samples("anc", WEEKLY), *samples("anc", {14: "0.4", 17: "2"})]
    assert derived(labs=both).icaht_early == Graded(1)


def test_counts_in_another_unit() -> None:
    low: Entries = {"date": day(7), "lab": "conv", "ref_differ": "1", "anc_unit": "ul", "anc_val": "500"}
    assert derived(labs=[*samples("anc", WEEKLY | {8: "2"}), low]).icaht_early == Graded(1)
    above: Entries = {**low, "anc_val": "501"}
    assert derived(labs=[*samples("anc", {**WEEKLY, 7: ""}), above]).icaht_early == Graded(0)


def test_without_an_infusion_date_nothing_is_graded() -> None:
    result = derived(infusion={"date": ""}, labs=samples("anc", WEEKLY))
    assert set(result.gradings.values()) == {Graded(None, ("infusion_date",))}


@pytest.mark.parametrize(("death", "expected"), [(None, Graded(None, ("counts",))), (10, Graded(4))])
def test_a_subject_who_dies_is_followed_to_that_day(death: int | None, expected: Graded) -> None:
    subject = subject_of(labs=samples("anc", dict.fromkeys(range(11), "0.4")))
    if death is not None:
        on = DAY_ZERO + dt.timedelta(days=death)
        died = Disposition(Place("disposition"), "died", None, on, "", None, "")
        subject = dataclasses.replace(subject, disposition=died)
    assert derive_subject(subject, load_protocol()).icaht_early == expected


def test_inputs_are_the_counts_of_the_days_graded() -> None:
    result = derived(labs=samples("anc", {-7: "4", **WEEKLY, 40: "1"}))
    used = {one.place.instance for one in result.trace[EARLY_ANC].inputs if one.field == "lab_anc_val"}
    assert used == {2, 3, 4, 5, 6}
    assert {one.place.instance for one in result.trace["icaht_late"].inputs if one.place.form == "labs"} == {7}


def by_day(counts: list[tuple[int, bool]], last: int, scale: CountScale) -> int:
    """Count the longest run day by day: an independent, slower reading of the rule."""
    low: dict[int, bool | None] = dict.fromkeys(range(last + 1))
    for index, (number, answer) in enumerate(counts):
        after = counts[index + 1][0] if index + 1 < len(counts) else None
        low[number] = answer
        if after is not None and after - number - 1 <= scale.gap_days:
            low |= dict.fromkeys(range(number, min(after, last + 1)), answer)
    longest = run = recovered = 0
    for number in range(last + 1):
        if low[number]:
            run += 1 + recovered
            recovered = 0
        elif low[number] is None or not run:
            run = recovered = 0
        else:
            recovered += 1
            run = 0 if recovered >= scale.recovered_days else run
            recovered = recovered if run else 0
        longest = max(longest, run)
    return longest


@given(st.dictionaries(st.integers(0, 30), st.booleans()))
def test_the_longest_run_agrees_with_counting_days(counts: dict[int, bool]) -> None:
    ordered = sorted(counts.items())
    assert longest_run(ordered, 30, None, SCALE) == by_day(ordered, 30, SCALE)


def test_the_reason_names_the_counts_and_what_is_missing() -> None:
    results = derived(labs=samples("anc", {5: "0.4", 8: "0.9"}), disposition={"status": "dead", "death": day(20)})
    reason = results.trace[EARLY_ANC]
    assert reason.rule == "blood_count"
    assert [one.field for one in reason.inputs] == ["inf_date", "dsp_death", "lab_anc_val", "lab_anc_val"]
    assert reason.remark == ("missing: " + " ".join(results.gradings[EARLY_ANC].missing)).removesuffix("missing: ")


def test_the_reason_of_a_grading_that_lacks_counts_says_so() -> None:
    results = derived(labs=samples("anc", {5: "0.4"}))
    assert results.gradings[EARLY_ANC].missing
    assert results.trace[EARLY_ANC].remark == "missing: " + " ".join(results.gradings[EARLY_ANC].missing)
