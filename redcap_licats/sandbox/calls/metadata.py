"""content=metadata, exportFieldNames, instrument: the dictionary in three views.

Source: facts/redcap_api.md 1.2.
"""

from __future__ import annotations

from dataclasses import replace

from redcap_licats.definition.dictionary import COLUMNS, field_as_row, fields_from_rows
from redcap_licats.definition.dictionary_check import check_dictionary
from redcap_licats.definition.model import FieldType
from redcap_licats.errors import ConfigError
from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.data.options import check_fields
from redcap_licats.sandbox.store.records import rename_field
from redcap_licats.sandbox.store.users import with_forms
from redcap_licats.sandbox.wire.reply import ApiError, Reply, text

_NAME_COLUMNS = ("original_field_name", "choice_value", "export_field_name")


def export(call: Call) -> Reply:
    """Export the data dictionary, of some fields and forms or whole."""
    fields, forms = call.params.strict_array("fields"), call.params.array("forms")
    check_fields(fields, call.layout)
    chosen = [
        field_as_row(field)
        for field in call.layout.dictionary
        if not (fields or forms) or field.name in fields or field.form in forms
    ]
    call.log_export("metadata")
    return call.table(chosen, tuple(COLUMNS), root="records")


def import_(call: Call) -> Reply:
    """Replace the data dictionary; values of fields left out stay hidden in the store."""
    try:
        dictionary = fields_from_rows(call.imported())
        check_dictionary(dictionary)
    except ConfigError as error:
        raise ApiError(400, error.message) from error
    old = call.site.definition
    labels = {form: old.form_labels.get(form, _label(form)) for form in dictionary.forms}
    events = old.events if old.longitudinal else tuple(replace(one, forms=tuple(labels)) for one in old.events)
    new_id = dictionary.record_id_field
    if new_id != call.layout.record_id:
        rename_field(call.session, call.site.id, call.layout.record_id, new_id)
    definition = replace(old, dictionary=dictionary, form_labels=labels, events=events)
    call.session.save_site(replace(call.site, definition=definition))
    for user in call.session.users(call.site.id):
        call.session.save_user(call.site.id, replace(user, rights=with_forms(user.rights, labels)))
    call.log_import("metadata")
    return text(len(dictionary))


def _label(form: str) -> str:
    return form.replace("_", " ").title()


def field_names(call: Call) -> Reply:
    """Export the column names of flat data, one per checkbox option; files and texts have none."""
    wanted = call.params.text("field")
    if wanted:
        check_fields((wanted,), call.layout, "field")
    names = [
        {"original_field_name": column.field, "choice_value": column.code, "export_field_name": column.name}
        for column in call.layout.columns
        if column.type is not FieldType.FILE and not column.is_timestamp and (not wanted or column.field == wanted)
    ]
    call.log_export("field names")
    return call.table(names, _NAME_COLUMNS, root="fields")


def instruments(call: Call) -> Reply:
    """Export names and labels of the forms in order."""
    labels = call.site.definition.form_labels
    forms = [{"instrument_name": form, "instrument_label": labels.get(form, form)} for form in call.layout.forms]
    call.log_export("instruments")
    return call.table(forms, ("instrument_name", "instrument_label"), root="instruments")
