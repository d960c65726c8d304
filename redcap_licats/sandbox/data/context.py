"""What logic sees of a record: values from other events and instances, smart variables.

Source: facts/redcap_api.md 4.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from redcap_licats.definition.logic import Reference, Scope, SmartVariable
from redcap_licats.sandbox.data.labels import event_label, group_label
from redcap_licats.sandbox.store.clock import STAMP
from redcap_licats.sandbox.store.layout import Layout, RowKey
from redcap_licats.sandbox.store.records import Record, Values
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User


@dataclass(frozen=True, slots=True)
class Context:
    """One row of a record among all its rows, as a certain user sees it at a certain time."""

    site: Site
    user: User
    record: Record
    rows: Mapping[RowKey, Values]
    key: RowKey
    now: str

    def scope(self) -> Scope:
        """Give the scope for evaluating logic on the row."""
        return Scope(
            value=self._value,
            smart=self._smart,
            now=datetime.strptime(self.now, STAMP),  # noqa: DTZ007 - server-local, as all of REDCap's times
            missing_codes=frozenset(self.site.definition.missing_data_codes),
        )

    def _value(self, reference: Reference) -> str:
        layout = self.site.layout
        if reference.field == layout.record_id:
            return self.record.name
        event = self._event(reference.event)
        if reference.field not in layout.known_fields or event not in layout.events:
            return ""
        values = self.rows.get(self._key(event, layout.form_of(reference.field), reference.instance), {})
        if reference.code:
            return values.get(f"{reference.field}___{reference.code}", "0")
        value = values.get(reference.field, "")
        if reference.option == "label" and reference.field in layout.dictionary:
            return layout.dictionary[reference.field].choices.get(value, value)
        return value

    def _key(self, event: str, form: str, instance: str) -> RowKey:
        layout = self.site.layout
        repeat_form = form if form in layout.repeating_forms[event] else ""
        if not repeat_form and event not in layout.repeating_events:
            return RowKey(event)
        here = (self.key.event, self.key.form) == (event, repeat_form)
        return RowKey(event, repeat_form, self._instance(instance, event, repeat_form, here=here))

    def _instance(self, named: str, event: str, repeat_form: str, *, here: bool) -> int:
        """Give an instance number; 0, which no row has, where there is none.

        A named instance counts from the one where the logic stands, whichever form the field stands on.
        """
        existing = [key.instance for key in self.rows if (key.event, key.form) == (event, repeat_form)]
        match named:
            case "":
                return self.key.instance if here else 0
            case "current-instance":
                return self.key.instance
            case "previous-instance":
                return self.key.instance - 1
            case "next-instance":
                return self.key.instance + 1
            case "first-instance":
                return min(existing, default=0)
            case "last-instance":
                return max(existing, default=0)
            case _:
                return int(named) if named.isdigit() else 0

    def _event(self, named: str) -> str:
        layout = self.site.layout
        if not layout.longitudinal:
            return ""
        if not named or named == "event-name":
            return self.key.event
        return _relative_event(layout, self.key.event, named)

    def _smart(self, variable: SmartVariable) -> str:
        layout, event = self.site.layout, self._event(variable.event)
        if event not in layout.events:
            return ""
        if variable.name.endswith("-event-name"):
            return _relative_event(layout, event, variable.name)
        if variable.name.endswith("-instance"):
            number = self._instance(variable.name, event, self.key.form, here=event == self.key.event)
            return str(number) if number > 0 else ""
        match variable.name:
            case "record-name":
                return self.record.name
            case "record-dag-name":
                return self.record.access_group
            case "record-dag-label":
                return group_label(self.site, self.record.access_group)
            case "event-name":
                return event
            case "event-label":
                return event_label(layout, event)
            case "arm-number":
                return str(layout.events[event].arm)
            case "user-name":
                return self.user.username
            case "user-dag-name":
                return self.user.group
            case "instrument-name":
                return self.key.form
            case "project-id":
                return str(self.site.id)
            case _:
                return ""


def _relative_event(layout: Layout, event: str, named: str) -> str:
    """Give the event that a smart variable means, within the arm of an event; '' if there is none."""
    names: Sequence[str] = [name for name in layout.events if layout.arm_of(name) == layout.arm_of(event)]
    at = names.index(event)
    match named:
        case "first-event-name":
            return names[0]
        case "last-event-name":
            return names[-1]
        case "previous-event-name":
            return names[at - 1] if at > 0 else ""
        case "next-event-name":
            return names[at + 1] if at + 1 < len(names) else ""
        case _:
            return named
