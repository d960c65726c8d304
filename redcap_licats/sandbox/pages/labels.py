"""Labels with values piped in: those of instances of repeating forms and of records.

Source: facts/redcap_api.md 4.2; the value of a field with choices is piped as its label. What stands on forms that
the user may not see is left out, as on the forms' own pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from redcap_licats.definition.languages import Language
from redcap_licats.definition.logic import Reference, Scope, SmartVariable
from redcap_licats.definition.piping import pipes
from redcap_licats.sandbox.data.context import Context
from redcap_licats.sandbox.pages.menu import language_of
from redcap_licats.sandbox.store.layout import Layout
from redcap_licats.sandbox.store.users import Rights


@dataclass(frozen=True, slots=True)
class _Piping:
    """What is piped in: the values a scope gives of forms that are seen, choices in a language."""

    layout: Layout
    scope: Scope
    language: Language | None
    rights: Rights

    def value(self, expression: Reference | SmartVariable) -> str:
        if isinstance(expression, SmartVariable):
            return self.scope.smart(expression)
        layout, field = self.layout, expression.field
        if field != layout.record_id and not self.rights.sees(layout.form_of(field)):
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
    site = context.site
    piping = _Piping(site.layout, context.scope(), language_of(site, language), site.rights(context.user))
    parts = pipes(text, site.layout.known_fields)
    return "".join(one if isinstance(one, str) else piping.value(one) for one in parts).strip()


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
