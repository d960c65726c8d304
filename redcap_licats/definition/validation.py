"""Text validation types: what REDCap accepts and stores, how the project XML calls them, what it answers.

Dates are stored year first whatever order the form shows; a type with decimal places is strict about them.
Source: facts/redcap_api.md 3.3, 3.4, 4.1, 4.5; a server may define further types of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType

NOT_EXPECTED_FORMAT = (
    "The value you provided could not be validated because it does not follow the expected format. "
    "Please try again."
)


class Kind(Enum):
    """What a validated value is, and so how two of them compare."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Validation:
    """A text validation type.

    Attributes:
        name: Its name in the data dictionary.
        pattern: Regular expression a stored value matches as a whole.
        kind: What the value is.
        data_type: ODM data type of such an item in the project XML.
        xml_name: Its name in the project XML.
        message: Error text of a value that does not match.
    """

    name: str
    pattern: re.Pattern[str]
    kind: Kind
    data_type: str
    xml_name: str
    message: str = NOT_EXPECTED_FORMAT

    def accepts(self, value: str) -> bool:
        """Say whether REDCap would store the value."""
        return bool(self.pattern.fullmatch(value)) and (self.kind is not Kind.DATE or _exists(value))


def _exists(value: str) -> bool:
    """Say whether the calendar and the clock know the moment."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


_HOUR_MINUTE = r"([01]?\d|2[0-3]):[0-5]\d"
_EXPONENT = r"([eE][-+]?\d+)?"
_PHONE = (
    r"(?:1[-. ]?)?(?:\([2-9]\d{2}\)|[2-9]\d{2})[-. ]?[2-9]\d{2}[-. ]?\d{4}"
    r"(?:\s*(?:#|x\.?|ext\.?|extension)\s*\d+)?"
)


def _text(name: str, pattern: str, message: str = NOT_EXPECTED_FORMAT) -> Validation:
    return Validation(name, re.compile(pattern, re.ASCII | re.IGNORECASE), Kind.TEXT, "text", name, message)


def _number(
    name: str, pattern: str, data_type: str, xml_name: str = "", message: str = NOT_EXPECTED_FORMAT
) -> Validation:
    return Validation(name, re.compile(pattern, re.ASCII), Kind.NUMBER, data_type, xml_name or name, message)


def _date(name: str, clock: str, data_type: str) -> Validation:
    return Validation(name, re.compile(r"\d{4}-\d{2}-\d{2}" + clock, re.ASCII), Kind.DATE, data_type, name)


def _time(name: str, pattern: str, data_type: str, message: str = NOT_EXPECTED_FORMAT) -> Validation:
    return Validation(name, re.compile(pattern, re.ASCII), Kind.TIME, data_type, name, message)


_ALL = (
    *(
        _date(f"{stem}_{order}", clock, data_type)
        for stem, clock, data_type in (
            ("date", "", "date"),
            ("datetime", r" \d{2}:\d{2}", "partialDatetime"),
            ("datetime_seconds", r" \d{2}:\d{2}:\d{2}", "datetime"),
        )
        for order in ("dmy", "mdy", "ymd")
    ),
    _number(
        "integer", r"[-+]?\d+", "integer", "int", "This value you provided is not an integer. Please try again."
    ),
    _number(
        "number",
        r"[-+]?\d*\.?\d+" + _EXPONENT,
        "float",
        "float",
        "This value you provided is not a number. Please try again.",
    ),
    _number("number_comma_decimal", r"[-+]?\d*,?\d+" + _EXPONENT, "text"),
    *(_number(f"number_{places}dp", rf"-?\d+\.\d{{{places}}}", "float") for places in range(1, 5)),
    *(_number(f"number_{places}dp_comma_decimal", rf"-?\d+,\d{{{places}}}", "text") for places in range(1, 5)),
    _time(
        "time",
        _HOUR_MINUTE,
        "partialTime",
        "The value entered must be a time value in the following format HH:MM within the range 00:00-23:59 "
        "(e.g., 04:32 or 23:19).",
    ),
    _time("time_hh_mm_ss", _HOUR_MINUTE + r":[0-5]\d", "text"),
    _time("time_mm_ss", r"[0-5]\d:[0-5]\d", "text"),
    _text("alpha_only", r"[a-z]+"),
    _text(
        "email",
        r"[^\s@\"(),:;<>\[\\\]]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        "This field must be a valid email address (like joe@user.com). Please re-enter it now.",
    ),
    _text("mrn_10d", r"\d{10}"),
    _text("mrn_generic", r"[a-z0-9_-]+"),
    _text(
        "phone",
        _PHONE,
        "This field must be a 10 digit U.S. phone number (like 415 555 1212). Please re-enter it now.",
    ),
    _text("phone_australia", r"(?:\(0[2-8]\)|0[2-8])\s*\d{4}\s*\d{4}"),
    _text("postalcode_australia", r"\d{4}"),
    _text("postalcode_canada", r"[a-z]\d[a-z] ?\d[a-z]\d"),
    _text("postalcode_french", r"(?:0[1-9]|[1-8]\d|9[0-8])\d{3}"),
    _text("postalcode_germany", r"\d{5}"),
    _text("ssn", r"\d{3}-\d{2}-\d{4}"),
    _text("vmrn", r"\d{9}"),
    _text(
        "zipcode",
        r"\d{5}(?:-\d{4})?",
        "This field must be a 5 or 9 digit U.S. ZIP Code (like 94043). Please re-enter it now.",
    ),
)

VALIDATIONS: Mapping[str, Validation] = MappingProxyType({one.name: one for one in _ALL})
"""Validation types by their name in the data dictionary."""


def valid(value: str, validation: str) -> bool:
    """Say whether REDCap stores a value under a validation type; blanks and unknown types accept anything."""
    known = VALIDATIONS.get(validation)
    return not value or known is None or known.accepts(value)


def comparable(value: str, validation: str) -> Decimal | str | None:
    """Give a value in a form that compares in its natural order; None if it has none or is not valid."""
    known = VALIDATIONS.get(validation)
    if known is None or not value or not known.accepts(value):
        return None
    match known.kind:
        case Kind.NUMBER:
            return Decimal(value.replace(",", "."))
        case Kind.TIME:
            return value.zfill(len("00:00:00") if value.count(":") == 2 else len("00:00"))
        case Kind.DATE:
            return value
        case Kind.TEXT:
            return None


def within(value: str, validation: str, minimum: str, maximum: str) -> bool:
    """Say whether a value lies in its range, ends included.

    True as well where nothing can be compared: a blank or invalid value, a limit that is blank or is not a
    value of the type (``today``, another field in brackets).
    """
    own, low, high = (comparable(one, validation) for one in (value, minimum, maximum))
    if isinstance(own, Decimal):
        return not (isinstance(low, Decimal) and own < low) and not (isinstance(high, Decimal) and own > high)
    if isinstance(own, str):
        return not (isinstance(low, str) and own < low) and not (isinstance(high, str) and own > high)
    return True
