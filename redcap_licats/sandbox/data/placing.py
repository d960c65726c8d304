"""Where imported rows belong: event, repeating form, instance; and what speaks against it.

Source: facts/redcap_api.md 3.1, 3.2, 3.4; E13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from redcap_licats.sandbox.data.incoming import Incoming
from redcap_licats.sandbox.data.problems import (
    NO_INSTANCE_HERE,
    NOT_A_REPEATING_FORM,
    NOT_AN_INSTANCE,
    Problem,
    needs_instance,
    not_designated,
)
from redcap_licats.sandbox.store.layout import INSTANCE, REPEAT_FORM, Column, Layout, RowKey
from redcap_licats.sandbox.wire.reply import ApiError

NEW = "new"
_LONGEST_INSTANCE = 5


@dataclass(frozen=True, slots=True)
class Placed:
    """An imported row with its place; ``is_new`` asks for the next free instance in place of the key's."""

    record: str
    key: RowKey
    group: str | None
    values: Mapping[Column, str]
    is_new: bool = False


def check_events(rows: Iterable[Incoming], layout: Layout) -> None:
    """Refuse unknown events, and every row where the project has none left.

    Raises:
        ApiError: 400, listing them.
    """
    if not layout.events:
        raise ApiError(400, "The project has no events. Data cannot be imported.")
    unknown = dict.fromkeys(row.event for row in rows if row.event and row.event not in layout.events)
    if unknown:
        raise ApiError(400, f"The following values of redcap_event_name are invalid: {', '.join(unknown)}")


def place(row: Incoming, layout: Layout, problems: list[Problem]) -> Placed:
    """Find the place of a row; a longitudinal row without event goes to the first one."""
    event = row.event or layout.first_event
    form = row.form
    if form and form not in layout.repeating_forms[event]:
        problems.append(Problem(row.record, REPEAT_FORM, form, NOT_A_REPEATING_FORM))
        form = ""
    repeats = bool(form) or event in layout.repeating_events
    columns = {layout.by_column[name]: value for name, value in row.values.items()}
    problems += _misplaced(row, columns, layout, RowKey(event, form))
    if row.instance == NEW and repeats:
        return Placed(row.record, RowKey(event, form), row.group, columns, is_new=True)
    instance = _instance(row, repeats, bool(form), problems)
    return Placed(row.record, RowKey(event, form, instance), row.group, columns)


def _instance(row: Incoming, repeats: bool, on_form: bool, problems: list[Problem]) -> int:
    given = row.instance
    if not given:
        if on_form:
            problems.append(Problem(row.record, INSTANCE, "", NOT_AN_INSTANCE))
        return 1
    is_number = given.isascii() and given.isdigit() and len(given) <= _LONGEST_INSTANCE and int(given) > 0
    if not repeats:
        # A row whose fields need a form to go with the instance is told so field by field.
        if not row.form and not any(one.message.startswith("This field") for one in problems):
            problems.append(Problem(row.record, INSTANCE, given, NO_INSTANCE_HERE))
        return 1
    if not is_number:
        problems.append(Problem(row.record, INSTANCE, given, NOT_AN_INSTANCE))
        return 1
    return int(given)


def _misplaced(row: Incoming, columns: Mapping[Column, str], layout: Layout, key: RowKey) -> Iterator[Problem]:
    """Values on forms that have no place on the row. Blanks are no values."""
    event = layout.events[key.event]
    present = layout.forms_in(key.event, key.form)
    for column, value in columns.items():
        if not value or column.form in present or column.field == layout.record_id:
            continue
        if column.form not in event.forms:
            arm = next(arm for arm in layout.project.arms if arm.number == event.arm)
            message = not_designated(column.name, f"{event.name} (Arm {arm.number}: {arm.name})")
        elif column.form in layout.repeating_forms[key.event]:
            message = needs_instance(column.name, column.form)
        else:
            message = NO_INSTANCE_HERE
        name = INSTANCE if message == NO_INSTANCE_HERE else column.name
        yield Problem(row.record, name, row.instance if name == INSTANCE else value, message)
