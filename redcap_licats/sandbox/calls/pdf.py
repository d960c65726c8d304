"""content=pdf: forms on paper, empty or with a record's values.

Source: facts/redcap_api.md 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from redcap_licats.definition.model import FieldType
from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.store.documents import document_name
from redcap_licats.sandbox.store.layout import COMPLETE_LABELS, RowKey
from redcap_licats.sandbox.store.records import Record, Values, all_records, find_record, rows_of
from redcap_licats.sandbox.wire.pdf import text_pdf
from redcap_licats.sandbox.wire.reply import ApiError, Reply, blob

_MARKUP = re.compile(r"<[^>]*>")


def export(call: Call) -> Reply:
    """Give the forms as PDF: blank, of one record, or of all records."""
    form = call.params.text("instrument")
    if form and form not in call.layout.forms:
        raise ApiError(400, f"The instrument '{form}' does not exist")
    forms = (form,) if form else call.layout.forms
    lines = [call.site.definition.title, ""]
    if call.params.flag("allRecords"):
        for record in all_records(call.session, call.site.id, call.user.group):
            lines += _record_lines(call, record, forms)
    elif call.params.text("record"):
        lines += _record_lines(call, _record(call), forms)
    else:
        lines += [line for one in forms for line in _form_lines(call, one, {}, "")]
    call.log_export("PDF")
    return blob("forms.pdf", text_pdf(lines), "application/pdf")


def _record(call: Call) -> Record:
    name = call.params.text("record")
    record = find_record(call.session, call.site.id, name)
    if record is None or (call.user.group and record.access_group != call.user.group):
        raise ApiError(400, f"The record '{name}' does not exist")
    return record


def _record_lines(call: Call, record: Record, forms: Iterable[str]) -> Iterator[str]:
    event, instance = call.params.text("event"), call.params.number("repeat_instance")
    wanted = set(forms)
    for key, values in sorted(rows_of(call.session, record.id).items()):
        if (
            not call.layout.exists(key)
            or (event and key.event != event)
            or (instance or key.instance) != key.instance
        ):
            continue
        for form in call.layout.forms:
            if form in wanted and form in call.layout.forms_in(key.event, key.form):
                yield from _form_lines(call, form, values, _heading(record, key))


def _heading(record: Record, key: RowKey) -> str:
    place = f"{key.event} #{key.instance}" if key.form or key.instance > 1 else key.event
    return f" — {record.name} {place}".rstrip()


def _form_lines(call: Call, form: str, values: Values, heading: str) -> Iterator[str]:
    yield f"{call.site.definition.form_labels.get(form, form)}{heading}"
    for field in call.layout.dictionary.forms[form]:
        if field.section_header:
            yield f"== {_plain(field.section_header)}"
        value = values.get(field.name, "")
        if field.type is FieldType.CHECKBOX:
            value = ", ".join(label for code, label in field.choices.items() if f"{field.name}___{code}" in values)
        elif field.type is FieldType.FILE and value:
            value = document_name(call.session, call.site.id, value)
        yield f"{_plain(field.label)}: {_plain(field.choices.get(value, value))}"
    yield f"Complete? {COMPLETE_LABELS.get(values.get(f'{form}_complete', ''), '')}"
    yield ""


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub(" ", text).split())
