"""Taking over the data of a project XML, without checks, as they stand.

Source: facts/redcap_api.md 2.10: calculated values in an XML are neither taken over nor computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redcap_licats.definition.model import Cell, FieldType
from redcap_licats.sandbox.store.documents import add_document
from redcap_licats.sandbox.store.layout import SURVEY_IDENTIFIER, RowKey
from redcap_licats.sandbox.store.log import Kind, write_log
from redcap_licats.sandbox.store.records import (
    Record,
    StoredCell,
    add_record,
    put_cells,
    set_survey_identifier,
)
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site


def load_cells(
    session: Session, site: Site, username: str, cells: Iterable[Cell], groups: Mapping[str, str]
) -> None:
    """Store cells record by record in the order given; every event with data holds the record id."""
    by_record: dict[str, list[Cell]] = {}
    for cell in cells:
        by_record.setdefault(cell.record, []).append(cell)
    for name, given in by_record.items():
        group = groups.get(name, "")
        record = add_record(session, site.id, name, group)
        put_cells(session, record, _stored(session, site, record, given))
        for cell in given:
            if cell.field == SURVEY_IDENTIFIER:
                set_survey_identifier(session, record, cell.value)
        details = f"{site.layout.record_id} = '{name}'"
        write_log(
            session,
            site.id,
            username,
            Kind.RECORD_ADD,
            "Create record (API)",
            details,
            record=name,
            access_group=group,
        )


def _stored(session: Session, site: Site, record: Record, cells: list[Cell]) -> list[StoredCell]:
    layout = site.layout
    stored: dict[tuple[RowKey, str, str], StoredCell] = {}
    for cell in cells:
        key = RowKey(cell.event, cell.repeat_form, cell.instance)
        base = RowKey(cell.event, "", 1 if cell.repeat_form else cell.instance)
        stored.setdefault((base, layout.record_id, ""), StoredCell(base, layout.record_id, "", record.name))
        field = layout.dictionary.by_name.get(cell.field)
        if cell.field == SURVEY_IDENTIFIER or (field is not None and field.type is FieldType.CALC):
            continue
        code, value = "", cell.value
        if field is not None and field.type is FieldType.CHECKBOX:
            code, value = cell.value, "1"
        elif cell.file is not None:
            value = str(add_document(session, site.id, cell.file))
        stored[key, cell.field, code] = StoredCell(key, cell.field, code, value)
    return list(stored.values())
