"""Saving one form as the data entry page does: checked, recalculated, logged without "(API)", announced.

Source: facts/redcap_api.md 3.3, 3.6, 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.sandbox.data.calculating import recalculate
from redcap_licats.sandbox.data.checking import refusal
from redcap_licats.sandbox.data.problems import Problem, raise_problems
from redcap_licats.sandbox.data.saving import Author, RowChange, save_rows
from redcap_licats.sandbox.store.layout import Column, Layout, RowKey
from redcap_licats.sandbox.store.locks import locked_forms
from redcap_licats.sandbox.store.records import Record, add_record, find_record, rows_of
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User
from redcap_licats.sandbox.wire.reply import ApiError


@dataclass(frozen=True, slots=True)
class FormPlace:
    """Where a form is filled in: event ('' in classic projects), form, and instance (1 where nothing repeats)."""

    event: str
    form: str
    instance: int = 1

    def row(self, layout: Layout) -> RowKey:
        """Give the row on which its values stand."""
        repeating = self.form if self.form in layout.repeating_forms[self.event] else ""
        repeats = bool(repeating) or self.event in layout.repeating_events
        return RowKey(self.event, repeating, self.instance if repeats else 1)

    def lock(self, layout: Layout) -> RowKey:
        """Give the name under which its lock is kept."""
        return RowKey(self.event, self.form, self.row(layout).instance)


def enter_form(
    session: Session, site: Site, user: User, name: str, place: FormPlace, values: Mapping[Column, str]
) -> Record:
    """Save a form for a user, whose access group a new record belongs to; a blank value erases.

    Raises:
        ApiError: 400 if the form does not stand in the event, a value cannot be stored, or the form is locked.
    """
    layout = site.layout
    if place.form not in layout.events[place.event].forms:
        raise ApiError(400, f"The form '{place.form}' does not stand in the event '{place.event}'")
    raise_problems(form_problems(site, name, values))
    found = find_record(session, site.id, name)
    if found is not None and is_locked(session, site, found, place):
        raise ApiError(400, "The form is locked")
    record = found or add_record(session, site.id, name, user.group)
    change = RowChange(place.row(layout), values)
    touched = save_rows(session, site, Author(user.username, ""), record, [change], is_new=found is None)
    recalculate(session, site, user, record, touched)
    return record


def form_problems(site: Site, name: str, values: Mapping[Column, str]) -> list[Problem]:
    """Say which values cannot be stored, and why."""
    refused = ((column, value, refusal(site, column, value)) for column, value in values.items() if value)
    return [Problem(name, column.name, value, reason) for column, value, reason in refused if reason]


def is_locked(session: Session, site: Site, record: Record, place: FormPlace) -> bool:
    """Say whether a form cannot be changed, be it alone or with its whole record."""
    return record.locked or place.lock(site.layout) in locked_forms(session, record)


def announcement(session: Session, site: Site, username: str, record: Record, place: FormPlace) -> dict[str, str]:
    """Give what the Data Entry Trigger tells of a save."""
    key = place.row(site.layout)
    status = f"{place.form}_complete"
    form = {
        "project_id": str(site.id),
        "username": username,
        "instrument": place.form,
        "record": record.name,
        status: rows_of(session, record.id).get(key, {}).get(status, "0"),
    }
    if site.layout.longitudinal:
        form["redcap_event_name"] = key.event
    if record.access_group:
        form["redcap_data_access_group"] = record.access_group
    if key.form or key.event in site.layout.repeating_events:
        form["redcap_repeat_instance"] = str(key.instance)
    if key.form:
        form["redcap_repeat_instrument"] = key.form
    return form
