"""Single entered values: what is read, and what is refused rather than guessed."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.subject.model import PartialDate
from redcap_licats.subject.values import read_date, read_integer, read_month, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.2", Fraction(6, 5)),
        ("1,2", Fraction(6, 5)),
        ("1,25", Fraction(5, 4)),
        ("0,123", Fraction(123, 1000)),
        ("12345,678", Fraction(12345678, 1000)),
        (".5", Fraction(1, 2)),
        ("-0.1", Fraction(-1, 10)),
        (" 7 ", Fraction(7)),
        ("1e3", Fraction(1000)),
        ("1,234", None),  # 1.234 or 1234
        ("12,345", None),
        ("1.234,5", None),
        ("1,234,567", None),
        ("1 234", None),
        ("<0.1", None),
        ("１．２", None),
        ("1e999", None),
        ("nan", None),
        ("abc", None),
        ("1" * 30, Fraction(int("1" * 30))),
        ("1" * 31, None),
    ],
)
def test_numbers(text: str, number: Fraction | None) -> None:
    assert read_number(text) == number


@given(st.decimals(min_value=0, max_value=10**6, places=2))
def test_decimal_mark_does_not_matter(value: object) -> None:
    assert read_number(str(value)) == read_number(str(value).replace(".", ",")) == Fraction(str(value))


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("3.0", 3), ("3.5", None), ("x", None)])
def test_whole_numbers(text: str, number: int | None) -> None:
    assert read_integer(text) == number


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-02-29", dt.date(2024, 2, 29)),
        ("2025-02-29", None),
        ("29.02.2024", None),
        ("20240229", None),
        ("2024-2-9", None),
        ("0204-02-29", None),
        ("2024-W09-4", None),
        ("1900-01-01", dt.date(1900, 1, 1)),
        ("2099-12-31", dt.date(2099, 12, 31)),
        ("2100-01-01", None),
    ],
)
def test_dates(text: str, date: dt.date | None) -> None:
    assert read_date(text) == date


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2024-01", PartialDate(2024, 1)),
        ("2024-12", PartialDate(2024, 12)),
        ("2024-13", None),
        ("2024-00", None),
        ("0000-01", None),
        ("2024", None),
        ("2024-02-01", None),
    ],
)
def test_months(text: str, month: PartialDate | None) -> None:
    assert read_month(text) == month
