"""B-cell aplasia, CAR-T expansion, overlap with CRS and ICANS."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from records import DAY_ZERO, Entries, day, derived, event_of, rash


def counts(analyte: str, values: dict[int, str], **more: str) -> list[Entries]:
    return [
        {"date": day(number), "lab": "conv", f"{analyte}_val": value, **more} for number, value in values.items()
    ]


def date(number: int | None) -> dt.date | None:
    return None if number is None else DAY_ZERO + dt.timedelta(days=number)


@pytest.mark.parametrize(
    ("values", "start", "end"),
    [
        ({}, None, None),
        ({-7: "150", 7: "0", 60: "4.9", 90: "5"}, 7, 90),
        ({-7: "0", 7: "50", 14: "0"}, 14, None),  # counts before the infusion do not count
        ({0: "0", 30: "<5", 60: "20"}, 0, 60),
        ({7: "<10", 14: "0"}, 14, None),  # below ten may be above five
        ({7: "0", 30: "6", 60: "0"}, 7, 30),
        ({7: "100", 30: "90"}, None, None),
    ],
)
def test_aplasia_of_the_subject(values: dict[int, str], start: int | None, end: int | None) -> None:
    aplasia = derived(labs=counts("bcell", values)).aplasia
    assert (aplasia.start, aplasia.end) == (date(start), date(end))


@pytest.mark.parametrize(
    ("values", "onset", "nearest", "aplasia"),
    [
        ({7: "0", 60: "20"}, 10, 7, "yes"),
        ({7: "0", 60: "20"}, 59, 60, "yes"),
        ({7: "0", 60: "20"}, 60, 60, "no"),
        ({7: "0", 60: "20"}, 100, None, "no"),
        ({7: "0"}, 21, 7, "yes"),
        ({7: "0"}, 22, None, "unknown"),  # no count within 14 days
        ({14: "0"}, 0, 14, "yes"),
        ({15: "0"}, 0, None, "unknown"),
        ({7: "50", 12: "40"}, 10, 12, "no"),
        ({7: "50"}, 40, None, "unknown"),
        ({}, 10, None, "unknown"),
        ({8: "0", 12: "3"}, 10, 8, "yes"),  # equally near: the earlier
    ],
)
def test_b_cells_at_onset(values: dict[int, str], onset: int, nearest: int | None, aplasia: str) -> None:
    event = rash(onset=day(onset), sx_start="", end=day(onset + 5))
    result = event_of(labs=counts("bcell", values), skin=event).bcells
    assert (result.count.date if result.count else None, result.aplasia) == (date(nearest), aplasia)


def test_without_an_onset_nothing_is_known_of_the_b_cells() -> None:
    result = event_of(labs=counts("bcell", {7: "0"}), skin=rash(onset="")).bcells
    assert (result.count, result.aplasia) == (None, "unknown")


def test_of_two_counts_on_one_day_the_lower_is_taken() -> None:
    labs = [*counts("bcell", {7: "3"}), *counts("bcell", {7: "1"})]
    count = event_of(labs=labs, skin=rash()).bcells.count
    assert count is not None and count.value == 1


def test_expansion() -> None:
    values = {-7: "900", 0: "0", 7: "20", 14: "50", 21: "50", 28: "<1", 35: "2", 60: "0"}
    result = derived(labs=counts("cart", values)).expansion
    assert (result.peak, result.unit, result.date, result.days) == (50, "ul", date(14), 28)


def test_expansion_counts_from_the_day_of_the_infusion() -> None:
    result = derived(labs=counts("cart", {0: "0.5", 7: "0"})).expansion
    assert (result.peak, result.date, result.days) == (Fraction("0.5"), date(0), 0)


def test_expansion_never_mixes_units() -> None:
    copies = counts("cart", {10: "90000"}, cart_unit="cpug")
    result = derived(labs=[*counts("cart", {7: "20", 14: "50"}), *copies]).expansion
    assert (result.peak, result.unit) == (50, "ul")


@pytest.mark.parametrize("values", [{}, {7: "0"}, {7: "<1"}])
def test_no_expansion_detected(values: dict[int, str]) -> None:
    result = derived(labs=counts("cart", values)).expansion
    assert (result.peak, result.date, result.days) == (None, None, None)
    assert result.unit == ("ul" if values else "")


@pytest.mark.parametrize(
    ("onset", "end", "ongoing", "overlap"),
    [
        (1, 9, "", "no"),
        (1, 10, "", "yes"),
        (20, 25, "", "yes"),
        (21, 25, "", "no"),
        (1, None, "1", "yes"),
        (1, 5, "1", "yes"),  # the hidden end date does not count
        (1, None, "", "unknown"),
        (12, None, "", "yes"),
        (None, 9, "", "unknown"),
    ],
)
def test_overlap_with_crs(onset: int | None, end: int | None, ongoing: str, overlap: str) -> None:
    dates = {"onset": day(onset) if onset else "", "end": day(end) if end else ""}
    result = event_of(skin=rash(), crs_icans={"kind": "crs", "ongoing": ongoing, **dates})
    assert (result.crs_overlap, result.icans_overlap) == (overlap, "no")


def test_overlap_with_icans_is_told_apart() -> None:
    result = event_of(skin=rash(), crs_icans={"kind": "icans", "onset": day(9), "end": day(12)})
    assert (result.crs_overlap, result.icans_overlap) == ("no", "yes")


def test_without_dates_of_the_event_an_overlap_is_unknown() -> None:
    event = rash(onset="", sx_start="")
    crs = {"kind": "crs", "onset": day(1), "end": day(3)}
    assert event_of(skin=event, crs_icans=crs).crs_overlap == "unknown"
    assert event_of(skin=event).crs_overlap == "no"


@pytest.mark.parametrize(
    ("values", "more", "expected"),
    [
        ({-7: "150", -6: "120"}, {}, 120),
        ({-6: "0.12"}, {"bcell_unit": "gl", "ref_differ": "1"}, 120),
        ({-6: "<5"}, {}, 5),
        ({-5: "80"}, {}, None),  # the day lymphodepletion starts
        ({-1: "80", 0: "70", 7: "0"}, {}, None),
        ({}, {}, None),
    ],
)
def test_b_cells_before_lymphodepletion(
    values: dict[int, str], more: dict[str, str], expected: int | None
) -> None:
    before = derived(labs=counts("bcell", values, **more)).baseline_bcells
    assert (before and before.value) == expected


def test_b_cells_before_lymphodepletion_need_its_first_day() -> None:
    result = derived(infusion={"date": day(0)}, labs=counts("bcell", {-7: "150"}))
    assert result.baseline_bcells is None


def crs(onset: int | None, **more: str) -> Entries:
    return {"kind": "crs", "onset": "" if onset is None else day(onset), **more}


ICANS: Entries = {"kind": "icans", "onset": day(0), "tcz": "1"}


@pytest.mark.parametrize(
    ("episodes", "first"),
    [([crs(4), crs(1), ICANS], 1), ([crs(0)], 0), ([crs(None), crs(3)], 3), ([crs(None)], None), ([ICANS], None)],
)
def test_day_of_the_first_crs(episodes: list[Entries], first: int | None) -> None:
    assert derived(crs_icans=episodes).crs_onset_day == first


@pytest.mark.parametrize(
    ("episodes", "treated"),
    [
        ([], False),
        ([ICANS], False),
        ([crs(1, tcz="0")], False),
        ([crs(1, tcz="0"), crs(9, tcz="1")], True),
        ([crs(1), crs(9, tcz="1")], True),
        ([crs(1, tcz="0"), crs(9)], None),
    ],
)
def test_crs_treated_with_tocilizumab(episodes: list[Entries], treated: bool | None) -> None:
    assert derived(crs_icans=episodes).tocilizumab is treated


def test_nothing_is_said_of_crs_before_the_infusion_is_dated() -> None:
    result = derived(infusion={"date": ""}, crs_icans=[crs(1, tcz="0")])
    assert (result.crs_onset_day, result.tocilizumab) == (None, None)


def test_highest_grades() -> None:
    episodes = [{"kind": "crs", "grade": "1"}, {"kind": "crs", "grade": "3"}, {"kind": "icans", "grade": ""}]
    result = derived(crs_icans=episodes)
    assert (result.crs_grade, result.icans_grade) == (3, None)
