"""Labels with values piped in: those of instances of repeating forms and of records.

Source: facts/redcap_api.md 4.2; the value of a field with choices is piped as its label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from redcap_licats.definition.languages import Language
from redcap_licats.definition.logic import Expression, Reference, Scope, SmartVariable
from redcap_licats.definition.logic.brackets import read_brackets
from redcap_licats.sandbox.data.context import Context
from redcap_licats.sandbox.pages.menu import language_of
from redcap_licats.sandbox.store.layout import Layout

_RUN = re.compile(r"(?:\[[^\[\]]+\])+")
_LONGEST = 3


@dataclass(frozen=True, slots=True)
class _Piping:
    """What is piped in: the values a scope gives, choices in a language."""

    layout: Layout
    scope: Scope
    language: Language | None

    def value(self, expression: Expression) -> str:
        if isinstance(expression, SmartVariable):
            return self.scope.smart(expression)
        if not isinstance(expression, Reference):
            return ""
        value = self.scope.value(expression)
        if expression.code or expression.option == "value" or expression.field not in self.layout.dictionary:
            return value
        choices = self.layout.project.missing_data_codes | self.layout.dictionary[expression.field].choices
        if self.language:
            own = self.language.fields.get(expression.field)
            choices = choices | dict(self.language.missing_codes) | dict(own.choices if own else {})
        return choices.get(value, value)


def pipe_in(text: str, context: Context, language: str) -> str:
    """Give a text with the values of a record in the place of its brackets."""
    piping = _Piping(context.site.layout, context.scope(), language_of(context.site, language))
    return _RUN.sub(lambda run: _piped(run.group()[1:-1].split("]["), piping), text).strip()


def repeat_label(context: Context, language: str) -> str:
    """Give the custom label of the row a context stands on, '' if it has none."""
    key, layout = context.key, context.site.layout
    event = key.event if layout.longitudinal else ""
    labels = (
        one.custom_label
        for one in layout.project.repeats
        if one.form == key.form and (one.event == event or not layout.longitudinal)
    )
    return pipe_in(next(labels, ""), context, language)


def _piped(parts: list[str], piping: _Piping) -> str:
    """Read adjoining brackets from the left, each reference as long as it makes sense."""
    shown = ""
    while parts:
        for length in range(min(_LONGEST, len(parts)), 0, -1):
            expression = read_brackets("[" + "][".join(parts[:length]) + "]")
            if expression is not None and _makes_sense(expression, piping.layout):
                shown += piping.value(expression)
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
