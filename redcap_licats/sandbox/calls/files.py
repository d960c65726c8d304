"""content=file: files in upload fields.

Source: facts/redcap_api.md 1.7, E10.
"""

from __future__ import annotations

from dataclasses import dataclass

from redcap_licats.definition.model import FieldType, StoredFile
from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.data.plan import is_visible
from redcap_licats.sandbox.data.problems import FORM_LOCKED, RECORD_LOCKED
from redcap_licats.sandbox.data.saving import Author, RowChange, save_rows
from redcap_licats.sandbox.store.documents import add_document, discard_document, document
from redcap_licats.sandbox.store.layout import Column, RowKey
from redcap_licats.sandbox.store.locks import locked_forms
from redcap_licats.sandbox.store.records import Record, find_record, rows_of
from redcap_licats.sandbox.store.users import EXPORT_FULL
from redcap_licats.sandbox.wire.reply import EMPTY, ApiError, Reply, blob

_NO_FILE = "There is no file to download for this record"


@dataclass(frozen=True, slots=True)
class _Place:
    record: Record
    key: RowKey
    column: Column
    number: str


def export(call: Call) -> Reply:
    """Give a file, to users whose export rights let its field through."""
    place = _place(call)
    if not is_visible(place.column, call.site.rights(call.user).forms_export.get(place.column.form, EXPORT_FULL)):
        raise ApiError(403, f"You do not have permission to export the field '{place.column.field}'")
    held = document(call.session, call.site.id, int(place.number)) if place.number else None
    if held is None:
        raise ApiError(400, _NO_FILE)
    call.log_export("file")
    return blob(held.name, held.content, held.mime_type)


def import_(call: Call) -> Reply:
    """Store a file in place of the old one; the record must exist, the instance need not."""
    upload = uploaded(call)
    place = _place(call)
    if place.column.definition is not None and place.column.definition.validation == "signature":
        raise ApiError(400, f"The field '{place.column.field}' is a signature: it cannot be imported")
    number = add_document(call.session, call.site.id, upload)
    _store(call, place, str(number))
    return EMPTY


def delete(call: Call) -> Reply:
    """Remove a file."""
    place = _place(call)
    if not place.number:
        raise ApiError(400, _NO_FILE)
    _store(call, place, "")
    discard_document(call.session, int(place.number))
    return EMPTY


def uploaded(call: Call) -> StoredFile:
    """Give the part ``file`` of a multipart request.

    Raises:
        ApiError: 400 if it is missing.
    """
    upload = call.params.files.get("file")
    if upload is None:
        raise ApiError(400, "No valid file was uploaded")
    return upload


def _store(call: Call, place: _Place, number: str) -> None:
    if place.record.locked:
        raise ApiError(400, RECORD_LOCKED)
    if RowKey(place.key.event, place.column.form, place.key.instance) in locked_forms(call.session, place.record):
        raise ApiError(400, FORM_LOCKED)
    change = RowChange(place.key, {place.column: number})
    save_rows(call.session, call.site, Author(call.user.username), place.record, [change])


def _place(call: Call) -> _Place:
    params, layout = call.params, call.layout
    field = params.text("field")
    column = layout.by_column.get(field)
    if column is None or column.type is not FieldType.FILE:
        raise ApiError(400, f"The field '{field}' does not exist or is not a 'file' field")
    name = params.text("record")
    record = find_record(call.session, call.site.id, name)
    if record is None or (call.user.group and record.access_group != call.user.group):
        raise ApiError(400, f"The record '{name}' does not exist")
    event = (params.text("event") or layout.first_event) if layout.longitudinal else ""
    if event not in layout.events:
        raise ApiError(400, f"The event '{event}' does not exist")
    if column.form not in layout.events[event].forms:
        raise ApiError(400, f"The field '{field}' does not exist in the event '{event}'")
    form = column.form if column.form in layout.repeating_forms[event] else ""
    repeats = bool(form) or event in layout.repeating_events
    key = RowKey(event, form, (params.number("repeat_instance") or 1) if repeats else 1)
    return _Place(record, key, column, rows_of(call.session, record.id).get(key, {}).get(column.key, ""))
