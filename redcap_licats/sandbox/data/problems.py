"""The error block of refused imports: one line of four quoted columns per value.

Source: facts/redcap_api.md 3.4. Where a recording breaks off, the text ends with what was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from redcap_licats.sandbox.wire.reply import ApiError

NOT_A_REPEATING_FORM = "redcap_repeat_instrument must be the unique form name of a Repeating Instrument."
NO_INSTANCE_HERE = (
    "redcap_repeat_instance cannot have a value since this instrument or event is not a repeating instrument"
)
NOT_AN_INSTANCE = "redcap_repeat_instance must be a positive whole number or 'new'."
RECORD_LOCKED = "This record has been locked at the record level. No value within this record can be modified."
FORM_LOCKED = "This field is located on a form that is locked. You must first unlock this form for this record."
MAY_NOT_CREATE = "Your user privileges do NOT allow you to create new records."
OTHER_GROUP = "This record belongs to another Data Access Group. You may not modify it."
UNKNOWN_GROUP = "The value is not a valid unique group name of a Data Access Group."
READ_ONLY = "This field is read-only and cannot be modified."
OUT_OF_RANGE = "The value you provided is outside the range allowed for this field."
DUPLICATE = "This field must be unique among all records, but its value is already in use."


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one value cannot be imported."""

    record: str
    field: str
    value: str
    message: str


def not_a_category(field: str) -> str:
    """Say that a code is none of the field's choices."""
    return f"The value is not a valid category for {field}"


def not_designated(field: str, event: str) -> str:
    """Say that a form does not belong to an event; ``event`` names it with its arm."""
    return (
        f"This field ('{field}') exists on an instrument that is not designated for the event named '{event}'."
        " You are not allowed to import data for this field into this event."
    )


def needs_instance(field: str, form: str) -> str:
    """Say that a field of a repeating form came without form or instance."""
    return (
        f"This field ('{field}') exists on a Repeating Instrument named '{form}'. However, the fields"
        " 'redcap_repeat_instance' and/or 'redcap_repeat_instrument' are both required."
    )


def raise_problems(problems: Iterable[Problem]) -> None:
    """Refuse the import if there is any problem.

    Raises:
        ApiError: 400 with one line per problem.
    """
    lines = [
        ",".join(
            f'"{part.replace(chr(34), chr(34) * 2)}"' for part in (one.record, one.field, one.value, one.message)
        )
        for one in problems
    ]
    if lines:
        raise ApiError(400, "\n".join(lines))
