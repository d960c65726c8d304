"""Oxygen: the values compared, the cells they come from, and which of several counts."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from records import DAY_ZERO, Entries, criterion_of, day, event_of, finished, subject_of

from redcap_licats.derive.measurements import oxygen_saturations, oxygen_use
from redcap_licats.derive.model import CriterionResult, Measurement
from redcap_licats.subject.model import Input, Place


def lung(*assessments: Entries, **changes: str) -> CriterionResult:
    event = finished("lung", crit={"spo2"}, **changes)
    return criterion_of(event_of(assessment=list(assessments), lung=event), "spo2")


def measured(value: int, unit: str, number: int, cell: Input) -> Measurement:
    return Measurement(Fraction(value), unit, DAY_ZERO + dt.timedelta(days=number), "", "", "", "", cell)


def test_what_is_measured_is_told_with_its_cell() -> None:
    subject = subject_of(
        assessment=[
            {"date": day(9), "spo2": "94", "o2_device": "cannula"},
            {"date": day(8), "spo2": "97", "o2_device": "none"},
            {"date": day(7)},
            {"spo2": "80", "o2_device": "mask"},
        ]
    )
    first, second = Place("assessment", 2), Place("assessment", 1)
    assert oxygen_saturations(subject) == (
        measured(97, "%", 8, Input(first, "asm_spo2", "97", "%")),
        measured(94, "%", 9, Input(second, "asm_spo2", "94", "%")),
    )
    assert oxygen_use(subject) == (
        measured(0, "", 8, Input(first, "asm_o2_device", "none")),
        measured(1, "", 9, Input(second, "asm_o2_device", "cannula")),
    )


BEFORE = {"date": day(-7), "spo2": "97", "o2_device": "none"}


@pytest.mark.parametrize("devices", [("none", "cannula"), ("cannula", "none"), ("none", "none")])
def test_oxygen_on_one_day_of_the_event_is_enough(devices: tuple[str, ...]) -> None:
    during = [
        {"date": day(12 + number), "spo2": "97", "o2_device": device} for number, device in enumerate(devices)
    ]
    assert lung(BEFORE, *during).state == ("met" if "cannula" in devices else "not_met")


@pytest.mark.parametrize(("before", "fallback"), [(-7, False), (-3, True)])
def test_the_baseline_is_told(before: int, fallback: bool) -> None:
    result = lung({"date": day(before), "spo2": "97"}, {"date": day(12), "spo2": "92"})
    assert result.baseline is not None and result.baseline.value == 97
    assert result.baseline_is_fallback is fallback


def test_the_cells_of_both_are_inputs() -> None:
    assessments = [BEFORE, {"date": day(12), "spo2": "92", "o2_device": "mask"}]
    result = event_of(assessment=assessments, lung=finished("lung", o2_start=day(11)))
    cells = {(one.place.instance, one.field) for one in result.trace["criterion.spo2"].inputs}
    assert {(1, "lung_o2_start"), (1, "lung_onset"), (1, "lung_crit")} <= cells
    assert {(number, f"asm_{name}") for number in (1, 2) for name in ("spo2", "o2_device")} <= cells
