from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.sync.wording import decimal, ratio, yes_no


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (Fraction(0), "0"),
        (Fraction(12), "12"),
        (Fraction(1200000), "1200000"),
        (Fraction("0.10"), "0.1"),
        (Fraction("-1.50"), "-1.5"),
        (Fraction(1, 3), "0.333333"),
        (Fraction(2, 3), "0.666667"),
        (Fraction(-1, 10**9), "0"),
        (Fraction(10**30) + Fraction(1, 2), "1" + "0" * 30 + ".5"),
    ],
)
def test_numbers_are_plain_decimals(value: Fraction | None, text: str) -> None:
    assert decimal(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (Fraction(3, 2), "1.5000"),
        (Fraction(1, 3), "0.3333"),
        (Fraction(100005, 100000), "1.0000"),
        (Fraction(100015, 100000), "1.0002"),
        (Fraction(149999, 100000), "1.5000"),
    ],
)
def test_ratios_have_four_decimals_half_to_even(value: Fraction | None, text: str) -> None:
    assert ratio(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_what_was_entered_with_up_to_six_decimals_is_found_again(value: Decimal) -> None:
    text = decimal(Fraction(value))
    assert Decimal(text) == value
    assert "E" not in text


def test_unknown_is_neither_yes_nor_no() -> None:
    assert [yes_no(one) for one in (True, False, None)] == ["1", "0", ""]
