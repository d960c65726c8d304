"""Dates as a form shows them: stored year first, shown in the order of the field's validation type."""

from __future__ import annotations

import re

_STORED = re.compile(r"(\d{4})-(\d{2})-(\d{2})(.*)", re.DOTALL)
_SHOWN = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(.*)", re.DOTALL)


def date_order(validation: str) -> str:
    """Give ``ymd``, ``dmy`` or ``mdy`` for a type of date, '' for any other."""
    stem, _, order = validation.rpartition("_")
    return order if stem in ("date", "datetime", "datetime_seconds") and order in ("ymd", "dmy", "mdy") else ""


def date_pattern(validation: str) -> str:
    """Give what a date of the type looks like, such as ``DD-MM-YYYY HH:MM``; '' for what is no date."""
    order = date_order(validation)
    if not order:
        return ""
    day = {"ymd": "YYYY-MM-DD", "dmy": "DD-MM-YYYY", "mdy": "MM-DD-YYYY"}[order]
    clock = {"date": "", "datetime": " HH:MM", "datetime_seconds": " HH:MM:SS"}[validation.rpartition("_")[0]]
    return day + clock


def shown_date(value: str, validation: str) -> str:
    """Give a stored date in the order in which its field shows it; anything else as it is."""
    order, parts = date_order(validation), _STORED.fullmatch(value)
    if not parts or order in ("", "ymd"):
        return value
    year, month, day, clock = parts.groups()
    return f"{day}-{month}-{year}{clock}" if order == "dmy" else f"{month}-{day}-{year}{clock}"


def stored_date(value: str, validation: str) -> str:
    """Give a date that was shown in the order of its field as it is stored; anything else as it is."""
    order, parts = date_order(validation), _SHOWN.fullmatch(value)
    if not parts or order in ("", "ymd"):
        return value
    first, second, year, clock = parts.groups()
    day, month = (first, second) if order == "dmy" else (second, first)
    return f"{year}-{month:0>2}-{day:0>2}{clock}"
