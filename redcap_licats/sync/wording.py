"""Values as they stand in REDCap's cells. Every function gives '' for nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

#: decimals of a measurement; enough to find the entered value again after a conversion of units
_DECIMALS = 6
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def date(value: dt.date | None) -> str:
    """Write a date as REDCap imports it."""
    return value.isoformat() if value else ""


def whole(value: int | None) -> str:
    """Write a whole number."""
    return "" if value is None else str(value)


def decimal(value: Fraction | None) -> str:
    """Write a number as a plain decimal, rounded half to even where it has no end."""
    if value is None:
        return ""
    text = f"{_rounded(value, _DECIMALS):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def ratio(value: Fraction | None) -> str:
    """Write a ratio with four decimals, for display only: comparisons use the exact value."""
    return "" if value is None else f"{_rounded(value, 4):f}"


def yes_no(value: bool | None) -> str:
    """Write the code of a yes/no field."""
    return "" if value is None else str(int(value))


def codes(values: Iterable[str]) -> str:
    """Write several codes, separated by blanks."""
    return " ".join(values)


def _rounded(value: Fraction, places: int) -> Decimal:
    return Decimal(round(value * 10**places)).scaleb(-places, _EXACT)
