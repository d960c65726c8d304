"""Values of the logic language and the rules that turn one kind into another.

A blank is the empty text. What cannot be computed is blank.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from redcap_licats.definition.logic.expressions import Reference, SmartVariable

Value: TypeAlias = str | float | bool
"""A text (also a stored value), a number, or a truth value."""

_NUMBER = re.compile(r"[-+]?(\d+([.,]\d+)?|[.,]\d+)([eE][-+]?\d+)?", re.ASCII)
_LONGEST_INTEGER = 1e15


def _unknown(_: SmartVariable) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What logic is evaluated on.

    Attributes:
        value: Gives the stored value of a reference, '' if blank; '1' or '0' for a checkbox option.
        smart: Gives the value of a smart variable.
        now: The moment meant by 'now' and 'today', server-local; None makes them blank.
        missing_codes: Missing-data codes of the project, blank in arithmetic.
    """

    value: Callable[[Reference], str]
    smart: Callable[[SmartVariable], str] = _unknown
    now: datetime | None = None
    missing_codes: frozenset[str] = frozenset()


def as_number(value: Value, missing_codes: frozenset[str] = frozenset()) -> float | None:
    """Give the number a value stands for, a decimal comma understood; None for blanks, texts, missing codes."""
    if not isinstance(value, str):
        return float(value)
    text = value.strip()
    if text in missing_codes or not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else None


def as_text(value: Value) -> str:
    """Give a value as REDCap would store it: 1 and 0 for truth, no ``.0`` on whole numbers."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str):
        return value
    if value.is_integer() and abs(value) < _LONGEST_INTEGER:
        return str(int(value))
    return repr(value)


def is_blank(value: Value) -> bool:
    """Say whether a value is blank."""
    return value == ""


def truth(value: Value) -> bool:
    """Say whether a value counts as true: a number other than 0, any other text that is not blank."""
    number = as_number(value)
    return bool(number) if number is not None else not is_blank(value)


def finite(number: float) -> Value:
    """Give a computed number, blank if there is none."""
    return number if math.isfinite(number) else ""
