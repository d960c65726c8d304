"""A project with its data, as the project XML carries it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from redcap_licats.definition.model import Cell, FieldType, Project, StoredFile
from redcap_licats.sandbox.data.flat import record_name
from redcap_licats.sandbox.data.streaming import Export
from redcap_licats.sandbox.store.documents import document
from redcap_licats.sandbox.store.layout import SURVEY_IDENTIFIER
from redcap_licats.sandbox.store.records import StoredCell, cells_of
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import role_to_xml


def project_with_data(session: Session, site: Site, exported: Export | None, *, with_files: bool) -> Project:
    """Give the definition with its roles and, for an export, with the data that it covers."""
    project = replace(site.definition, roles=tuple(role_to_xml(role) for role in site.state.roles))
    if exported is None:
        return project
    cells: list[Cell] = []
    groups: dict[str, str] = {}
    for rows in exported.rows(session):
        if not rows:
            continue
        record = rows[0].record
        name = record_name(site, record, hashed=exported.plan.hash_record)
        bare = {row.key: row.values.keys() == {site.layout.record_id} for row in rows}
        for stored in cells_of(session, record.id):
            if stored.key in bare:
                cells += _cell(session, exported, name, stored, is_bare=bare[stored.key], with_files=with_files)
        if record.survey_identifier and exported.options.survey_fields:
            event = rows[0].key.event
            cells.append(Cell(name, SURVEY_IDENTIFIER, record.survey_identifier, event))
        if record.access_group and exported.options.access_groups and not exported.user.group:
            groups[name] = record.access_group
    return replace(project, cells=tuple(cells), record_groups=groups)


def _cell(
    session: Session, exported: Export, record: str, stored: StoredCell, *, is_bare: bool, with_files: bool
) -> Iterator[Cell]:
    key, layout = stored.key, exported.site.layout
    if stored.field == layout.record_id:
        # Every event with data holds the record id; it is written where its form stands, or nothing else does.
        if is_bare or layout.form_of(stored.field) in layout.forms_in(key.event, key.form):
            yield Cell(record, stored.field, record, key.event, key.form, key.instance)
        return
    column = exported.plan.by_key.get(stored.name)
    if column is None:
        return
    value = stored.code or stored.value
    file = None
    if column.type is FieldType.FILE:
        held = document(session, exported.site.id, int(stored.value))
        if held is None or not with_files:
            return
        value, file = held.name, StoredFile(held.name, held.mime_type, held.content)
    yield Cell(record, stored.field, value, key.event, key.form, key.instance, file)
