"""Read single entered values: exact numbers and dates. What cannot be read is None, never a guess."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from functools import lru_cache

from redcap_licats.subject.model import PartialDate

#: at most 30 characters and a two-digit exponent: what a laboratory prints, not what exhausts memory
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][-+]?[0-9]{1,2})?")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_YEARS = range(1900, 2100)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: values that are remembered: the same numbers and days stand in cell after cell
_REMEMBERED = 8192


@lru_cache(_REMEMBERED)
def read_number(text: str) -> Fraction | None:
    """Read a number exactly.

    A point is the decimal mark. One comma is read as the decimal mark (German sites write ``1,2``) unless it could
    as well separate thousands: ``0,123`` and ``1,25`` are numbers, ``1,234`` is unreadable.
    """
    text = text.strip()
    if len(text) > 30 or not _NUMBER.fullmatch(text) or _THOUSANDS.fullmatch(text):
        return None
    return Fraction(text.replace(",", "."))


def read_integer(text: str) -> int | None:
    """Read a whole number; ``3.0`` is one, ``3.5`` is not."""
    number = read_number(text)
    return int(number) if number is not None and number.denominator == 1 else None


def read_date(text: str) -> dt.date | None:
    """Read ``YYYY-MM-DD``, the raw format of REDCap's date fields; other centuries are typing errors."""
    date = read_any_date(text)
    return date if date and date.year in _YEARS else None


@lru_cache(_REMEMBERED)
def read_any_date(text: str) -> dt.date | None:
    """Read ``YYYY-MM-DD`` of any century, to ask about it; nothing is derived from it."""
    if not _DAY.fullmatch(text.strip()):
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def read_month(text: str) -> PartialDate | None:
    """Read ``YYYY-MM``, a date of which the day is not known."""
    match = _MONTH.fullmatch(text.strip())
    if not match or int(match[1]) not in _YEARS or not 1 <= int(match[2]) <= 12:
        return None
    return PartialDate(int(match[1]), int(match[2]))
