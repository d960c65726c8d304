"""Labels with values piped in: those of instances of repeating forms and of records.

Source: facts/redcap_api.md 4.2; the value of a field with choices is piped as its label.
"""

from __future__ import annotations

import re

from redcap_licats.definition.logic import Expression, Reference, Scope, SmartVariable
from redcap_licats.definition.logic.brackets import read_brackets
from redcap_licats.sandbox.data.context import Context
from redcap_licats.sandbox.store.layout import Layout

_RUN = re.compile(r"(?:\[[^\[\]]+\])+")
_LONGEST = 3


def pipe_in(text: str, context: Context) -> str:
    """Give a text with the values of a record in the place of its brackets."""
    scope = context.scope()
    return _RUN.sub(lambda run: _piped(run.group()[1:-1].split("]["), context.site.layout, scope), text).strip()


def repeat_label(context: Context) -> str:
    """Give the custom label of the row a context stands on, '' if it has none."""
    key, layout = context.key, context.site.layout
    event = key.event if layout.longitudinal else ""
    labels = (
        one.custom_label
        for one in layout.project.repeats
        if one.form == key.form and (one.event == event or not layout.longitudinal)
    )
    return pipe_in(next(labels, ""), context)


def _piped(parts: list[str], layout: Layout, scope: Scope) -> str:
    """Read adjoining brackets from the left, each reference as long as it makes sense."""
    shown = ""
    while parts:
        for length in range(min(_LONGEST, len(parts)), 0, -1):
            expression = read_brackets("[" + "][".join(parts[:length]) + "]")
            if expression is not None and _makes_sense(expression, layout):
                shown += _value(expression, layout, scope)
                break
        else:
            length = 1
            shown += f"[{parts[0]}]"
        parts = parts[length:]
    return shown


def _makes_sense(expression: Expression, layout: Layout) -> bool:
    match expression:
        case Reference(field, event):
            return field in layout.known_fields and _is_event(event, layout)
        case SmartVariable(_, _, event):
            return _is_event(event, layout)
        case _:
            return False


def _is_event(name: str, layout: Layout) -> bool:
    return not name or name in layout.events or name.endswith("event-name")


def _value(expression: Expression, layout: Layout, scope: Scope) -> str:
    if isinstance(expression, SmartVariable):
        return scope.smart(expression)
    if not isinstance(expression, Reference):
        return ""
    value = scope.value(expression)
    if expression.code or expression.field not in layout.dictionary:
        return value
    choices = layout.project.missing_data_codes | layout.dictionary[expression.field].choices
    return value if expression.option == "value" else choices.get(value, value)
