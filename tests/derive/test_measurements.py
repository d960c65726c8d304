"""Comparisons that respect a censor sign, and what counts as the same assay."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from records import day, subject_of

from redcap_licats.derive.measurements import (
    above,
    below,
    laboratory_changed,
    laboratory_values,
    reaches,
    same_assay,
)
from redcap_licats.derive.model import Measurement
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.model import Input, Place


def measured(text: str, laboratory: str = "a", assay: str = "", unit: str = "ngl") -> Measurement:
    censor = text[0] if text[0] in "<>" else ""
    cell = Input(Place("labs"), "lab_tni_val", text)
    value = Fraction(text.removeprefix(censor))
    return Measurement(value, unit, dt.date(2026, 1, 1), censor, laboratory, assay, "", cell)


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("5", "4", True),
        ("5", "5", False),
        ("5", "6", False),
        ("5", "<5", True),  # below 5 is less than 5
        ("5", "<6", None),
        ("0", "<6", False),  # nothing is below 0
        ("5", ">5", False),
        ("5", ">4", None),
        (">5", "5", True),
        (">4", "5", None),
        (">5", "<5", True),
        (">5", ">9", None),
        ("<5", "5", False),
        ("<6", "5", None),
        ("<0.5", "0.4", None),
        ("<5", ">5", False),
        ("<5", "<5", None),
    ],
)
def test_above(one: str, other: str, answer: bool | None) -> None:
    assert above(measured(one), measured(other)) is answer
    if other[0] not in "<>":
        assert above(measured(one), Fraction(other)) is answer


@pytest.mark.parametrize(
    ("one", "limit", "answer"),
    [
        ("5", 5, True),
        ("4.99", 5, False),
        (">5", 5, True),
        (">4", 5, None),
        ("<5", 5, False),
        ("<6", 5, None),
        ("<4", 5, False),
    ],
)
def test_reaches_and_below(one: str, limit: int, answer: bool | None) -> None:
    assert reaches(measured(one), Fraction(limit)) is answer
    assert below(measured(one), Fraction(limit)) is (None if answer is None else not answer)


@pytest.mark.parametrize(
    ("one", "other", "same", "changed"),
    [
        (measured("1"), measured("2"), True, False),
        (measured("1", unit="ngl"), measured("1", unit="ngml"), False, False),
        (measured("1", "a"), measured("1", "b"), False, True),
        (measured("1", ""), measured("1", "b"), False, False),
        (measured("1", "a", "x"), measured("1", "b", "x"), True, True),
        (measured("1", "a", "x"), measured("1", "a", "y"), False, True),
        (measured("1", "a", "x"), measured("1", "a", ""), True, False),
    ],
)
def test_assays(one: Measurement, other: Measurement, same: bool, changed: bool) -> None:
    assert same_assay(one, other) is same
    assert laboratory_changed(one, other) is changed


def test_a_value_carries_where_it_comes_from() -> None:
    labs = {"date": day(3), "lab": "conv", "sample_id": "S-7", "crea_val": "1.2"}
    (one,) = laboratory_values(subject_of(labs=labs), load_protocol().analytes["crea"])
    assert (one.sample_id, one.laboratory, one.unit) == ("S-7", "conv", "mgdl")
    assert one.input == Input(Place("labs"), "lab_crea_val", "1.2", "mgdl")


def test_values_of_a_day_are_in_order_of_their_times_then_the_lower_first() -> None:
    labs = [
        {"date": day(3), "time": "09:30", "lab": "conv", "crea_val": "1.0"},
        {"date": day(3), "time": "08:15", "lab": "conv", "crea_val": "1.4"},
        {"date": day(3), "time": "09:30", "lab": "conv", "crea_val": "0.9"},
    ]
    found = laboratory_values(subject_of(labs=labs), load_protocol().analytes["crea"])
    assert [float(one.value) for one in found] == [1.4, 0.9, 1.0]
