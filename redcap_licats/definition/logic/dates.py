"""Functions of dates and times. 'today' and 'now' are the scope's; what is no date makes the result blank.

Source: facts/redcap_api.md 4.2: a year is 365.2425 days, a month 30.44.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from redcap_licats.definition.logic.values import Scope, Value, as_text

_DAY_SECONDS = 86_400
_YEAR_DAYS = 365.2425
_UNIT_SECONDS = {
    "y": _YEAR_DAYS * _DAY_SECONDS,
    "M": 30.44 * _DAY_SECONDS,
    "d": _DAY_SECONDS,
    "h": 3_600,
    "m": 60,
    "s": 1,
}
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_MOMENT = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}([ T]{_TIME})?", re.ASCII)
_CLOCK = re.compile(_TIME, re.ASCII)
_ANY_DAY = date(2000, 1, 1)


def datediff(values: Sequence[Value], scope: Scope) -> Value:
    """Give the second date minus the first in a unit; its amount only, unless the sign is asked for.

    An old date-format argument ('ymd', 'mdy', 'dmy') is ignored.
    """
    first, second = _moment(values[0], scope), _moment(values[1], scope)
    unit = _UNIT_SECONDS.get(as_text(values[2]))
    if first is None or second is None or unit is None:
        return ""
    difference = (second - first).total_seconds() / unit
    signed = any(value is True or as_text(value).lower() == "true" for value in values[3:])
    return difference if signed else abs(difference)


def age_at_date(values: Sequence[Value], scope: Scope) -> Value:
    """Give the age in completed years, or with its fraction if the third argument is true; blank before birth."""
    birth, other = _moment(values[0], scope), _moment(values[1], scope)
    if birth is None or other is None or other.date() < birth.date():
        return ""
    born, day = birth.date(), other.date()
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    if len(values) < 3 or as_text(values[2]).lower() not in ("true", "1"):
        return float(years)
    birthday = _birthday(born, born.year + years)
    return years + (day - birthday).days / _YEAR_DAYS


def _birthday(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)  # born on 29 February


def part_of_date(part: Callable[[date], int]) -> Callable[[Sequence[Value], Scope], Value]:
    """Take a part of a date."""

    def apply(values: Sequence[Value], scope: Scope) -> Value:
        moment = _moment(values[0], scope)
        return "" if moment is None else float(part(moment.date()))

    return apply


def _moment(value: Value, scope: Scope) -> datetime | None:
    """Understand a stored date, date and time, or time of day; a time alone stands on one and the same day."""
    text = as_text(value).strip()
    if text == "now":
        return scope.now
    if text == "today":
        return None if scope.now is None else datetime.combine(scope.now, time.min)
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
        if _CLOCK.fullmatch(text):
            return datetime.combine(_ANY_DAY, time.fromisoformat(text))
    except ValueError:  # no such day
        return None
    return None
