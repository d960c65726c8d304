"""Flat exports: one row per record, event and instance, streamed record by record.

Source: facts/redcap_api.md 2.2-2.13.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redcap_licats.definition.model import FieldType
from redcap_licats.sandbox.data.dialect import Dialect, dialect
from redcap_licats.sandbox.data.labels import Shown, event_label, form_label, group_label, header, shown
from redcap_licats.sandbox.data.options import Options
from redcap_licats.sandbox.data.plan import Plan
from redcap_licats.sandbox.data.rows import DataRow
from redcap_licats.sandbox.store.documents import document_name
from redcap_licats.sandbox.store.layout import ACCESS_GROUP, EVENT, INSTANCE, REPEAT_FORM, Column
from redcap_licats.sandbox.store.records import Record
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Rows of one kind: what a row without values looks like, and where values go."""

    fragments: list[str]
    places: Mapping[str, tuple[int, Shown | None]]


def flat_table(
    session: Session, site: Site, plan: Plan, options: Options, rows: Iterator[list[DataRow]]
) -> Iterator[str]:
    """Write rows, which come record by record, as a table in the format asked for."""
    columns = _combined(plan.columns) if options.combine_checkboxes else plan.columns
    names = [*plan.leading, *(column.name for column in columns)]
    headers = names
    if options.label_headers:
        headers = [header(site, name) for name in plan.leading] + [_header(site, column) for column in columns]
    table = dialect(options.style, names, headers, options.delimiter)
    writer = _Writer(session, site, plan, options, columns, table)
    before = table.head
    for record_rows in rows:
        for row in record_rows:
            yield before
            yield writer.row(row)
            before = table.between
    yield table.empty if before is table.head else table.tail


class _Writer:
    """Writes single rows; keeps a pattern for every kind of row."""

    def __init__(
        self,
        session: Session,
        site: Site,
        plan: Plan,
        options: Options,
        columns: tuple[Column, ...],
        table: Dialect,
    ) -> None:
        self._session = session
        self._site = site
        self._plan = plan
        self._options = options
        self._columns = columns
        self._table = table
        self._patterns: dict[tuple[str, str], _Pattern] = {}

    def row(self, row: DataRow) -> str:
        """Write one row."""
        kind = (row.key.event, row.key.form)
        pattern = self._patterns.get(kind) or self._patterns.setdefault(kind, self._pattern(*kind))
        fragments = pattern.fragments.copy()
        self._lead(fragments, row)
        cell = self._table.cell
        values = self._merge(row.values) if self._options.combine_checkboxes else row.values
        for key, value in values.items():
            place = pattern.places.get(key)
            if place is not None:
                at, show = place
                fragments[at] = cell(at, value if show is None else show(value))
        return self._table.row(fragments)

    def _lead(self, fragments: list[str], row: DataRow) -> None:
        labels = self._options.values != "raw"
        for at, name in enumerate(self._plan.leading):
            if name == INSTANCE:
                if row.key.form or row.key.event in self._site.layout.repeating_events:
                    fragments[at] = self._table.number(at, row.key.instance)
                continue
            fragments[at] = self._table.cell(at, _leading_value(self._site, self._plan, row, name, labels=labels))

    def _pattern(self, event: str, form: str) -> _Pattern:
        present = self._site.layout.forms_in(event, form)
        start = len(self._plan.leading)
        fragments = [self._table.cell(at, "") for at in range(start + len(self._columns))]
        places: dict[str, tuple[int, Shown | None]] = {}
        for at, column in enumerate(self._columns, start):
            if column.form not in present:
                continue
            show = self._shown(column)
            places[column.key] = (at, show)
            default = self._default(column)
            if default:
                fragments[at] = self._table.cell(at, default if show is None else show(default))
        return _Pattern(fragments, places)

    def _default(self, column: Column) -> str:
        if column.is_status:
            return "" if self._options.gray_blank else "0"
        return "0" if column.code else ""

    def _shown(self, column: Column) -> Shown | None:
        if column.type is FieldType.FILE:
            return lambda number: document_name(self._session, self._site.id, number)
        if self._options.combine_checkboxes and column.type is FieldType.CHECKBOX:
            return None
        return shown(self._site, column, self._options)

    def _merge(self, values: Mapping[str, str]) -> dict[str, str]:
        """Gather checked options under the base name."""
        by_key = self._site.layout.by_key
        merged: dict[str, str] = {}
        for key in sorted(values, key=lambda key: _choice_order(by_key.get(key))):
            column = by_key.get(key)
            if column is None or not column.code or column.definition is None:
                merged[key] = values[key]
                continue
            labels = column.definition.choices | self._site.definition.missing_data_codes
            option = column.code if self._options.values == "raw" else labels.get(column.code, column.code)
            merged[column.field] = ",".join(filter(None, (merged.get(column.field), option)))
        return merged


def _combined(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    bases = {
        column.field: Column(column.field, column.form, column.field, definition=column.definition)
        for column in columns
    }
    return tuple(bases.values())


def _choice_order(column: Column | None) -> int:
    if column is None or not column.code or column.definition is None:
        return -1
    codes = list(column.definition.choices)
    return codes.index(column.code) if column.code in codes else len(codes)


def _header(site: Site, column: Column) -> str:
    if column.type is FieldType.CHECKBOX and not column.code and column.definition is not None:
        return column.definition.label
    return header(site, column.name)


def _leading_value(site: Site, plan: Plan, row: DataRow, name: str, *, labels: bool) -> str:
    if name == EVENT:
        return event_label(site.layout, row.key.event) if labels else row.key.event
    if name == REPEAT_FORM:
        return form_label(site, row.key.form) if labels else row.key.form
    if name == ACCESS_GROUP:
        return group_label(site, row.record.access_group) if labels else row.record.access_group
    if name == site.layout.record_id:
        return record_name(site, row.record, hashed=plan.hash_record)
    return row.record.survey_identifier


def record_name(site: Site, record: Record, *, hashed: bool) -> str:
    """Give a record's name, or the same 32 signs for it every time where names may not leave."""
    if not hashed:
        return record.name
    return hashlib.sha256(f"{site.id} {site.state.created} {record.name}".encode()).hexdigest()[:32]
