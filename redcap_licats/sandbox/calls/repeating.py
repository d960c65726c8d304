"""content=repeatingFormsEvents: what repeats.

Source: facts/redcap_api.md 1.3, E6, E15.
"""

from __future__ import annotations

from dataclasses import replace

from redcap_licats.definition.model import Repeat
from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.wire.reply import ApiError, Reply, text

_COLUMNS = ("form_name", "custom_form_label")


def export(call: Call) -> Reply:
    """Export the repeating forms and events; classic projects have no event column."""
    if not call.layout.has_repeats:
        message = (
            "You cannot export repeating instruments and events because the project does not contain any repeating"
            " instruments and events"
        )
        raise ApiError(400, message)
    repeats = [
        {"event_name": one.event, "form_name": one.form, "custom_form_label": one.custom_label}
        for one in call.site.definition.repeats
    ]
    call.log_export("repeating instruments and events")
    return call.table(repeats, ("event_name", *_COLUMNS) if call.layout.longitudinal else _COLUMNS)


def import_(call: Call) -> Reply:
    """Replace the repeating set-up; no row at all clears it."""
    repeats = tuple(_repeat(call, row) for row in call.imported())
    call.session.save_site(replace(call.site, definition=replace(call.site.definition, repeats=repeats)))
    call.log_import("repeating instruments and events")
    return text(len(repeats))


def _repeat(call: Call, row: dict[str, str]) -> Repeat:
    form, event = row.get("form_name", "").strip(), row.get("event_name", "").strip()
    if call.layout.longitudinal and event not in call.layout.events:
        raise ApiError(400, f"event '{event}' is not available in project")
    if form and form not in call.layout.forms:
        raise ApiError(400, f"form '{form}' is not available in project")
    if not form and not call.layout.longitudinal:
        raise ApiError(400, "form_name is required")
    return Repeat(form, event if call.layout.longitudinal else "", row.get("custom_form_label", ""))
