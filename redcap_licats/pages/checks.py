"""The validation types of a form for the browser, out of the one definition of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from redcap_licats.definition.model import Field
from redcap_licats.definition.validation import VALIDATIONS, Kind, Validation
from redcap_licats.pages.embed import literal

#: what a value of a type looks like, for the message
_EXAMPLES = {"time": "HH:MM", "time_hh_mm_ss": "HH:MM:SS", "time_mm_ss": "MM:SS"}


def validations(fields: Iterable[Field]) -> str:
    """Give the types that fields have as an object literal: how a value is tested, compared, and what is said."""
    used = sorted({field.validation for field in fields if field.validation in VALIDATIONS})
    return "{" + ", ".join(f"{literal(name)}: {_literal(VALIDATIONS[name])}" for name in used) + "}"


def _literal(one: Validation) -> str:
    # Python's patterns are ASCII ones of a syntax that JavaScript shares
    flags = "i" if one.pattern.flags & re.IGNORECASE else ""
    pattern = literal(f"^(?:{one.pattern.pattern})$")
    facts = {"kind": one.kind.value, "message": _message(one), "example": _EXAMPLES.get(one.name, "")}
    return f"{{test: new RegExp({pattern}, {literal(flags)}), ...{literal(facts)}}}"


def _message(one: Validation) -> str:
    match one.kind:
        case Kind.DATE:
            return "wrong_date"
        case Kind.TIME:
            return "wrong_time"
        case Kind.NUMBER:
            return "wrong_integer" if one.name == "integer" else "wrong_number"
        case Kind.TEXT:
            return "wrong_email" if one.name == "email" else "wrong_format"
