"""EAV exports: one row per stored value, in storage order.

Source: facts/redcap_api.md 2.10.
"""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.definition.model import FieldType
from redcap_licats.sandbox.data.dialect import dialect
from redcap_licats.sandbox.data.flat import record_name
from redcap_licats.sandbox.data.labels import event_label, form_label, shown
from redcap_licats.sandbox.data.options import Options
from redcap_licats.sandbox.data.plan import Plan
from redcap_licats.sandbox.data.rows import DataRow
from redcap_licats.sandbox.store.layout import EVENT, INSTANCE, REPEAT_FORM
from redcap_licats.sandbox.store.records import StoredCell, cells_of
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site


def eav_table(
    session: Session, site: Site, plan: Plan, options: Options, rows: Iterator[list[DataRow]]
) -> Iterator[str]:
    """Write the values of the rows that an export covers."""
    layout = site.layout
    names = ["record"]
    names += [EVENT] if layout.longitudinal else []
    names += [REPEAT_FORM, INSTANCE] if layout.has_repeats else []
    names += ["field_name", "value"]
    table = dialect(options.style, names, names, options.delimiter)
    before = table.head
    for record_rows in rows:
        if not record_rows:
            continue
        record = record_rows[0].record
        kept = {row.key for row in record_rows}
        for cell in cells_of(session, record.id):
            value = _value(site, plan, options, cell) if cell.key in kept else None
            if value is None:
                continue
            name = record_name(site, record, hashed=plan.hash_record)
            lead = [name]
            raw = options.values == "raw"
            if layout.longitudinal:
                lead.append(cell.key.event if raw else event_label(layout, cell.key.event))
            if layout.has_repeats:
                repeats = bool(cell.key.form) or cell.key.event in layout.repeating_events
                form = cell.key.form if raw else form_label(site, cell.key.form)
                lead += [form, str(cell.key.instance) if repeats else ""]
            cells = [*lead, cell.field, name if cell.field == layout.record_id else value]
            yield before + table.row([table.cell(at, text) for at, text in enumerate(cells)])
            before = table.between
    yield table.empty if before is table.head else table.tail


def _value(site: Site, plan: Plan, options: Options, cell: StoredCell) -> str | None:
    """Give the exported value of a cell, None if it is not part of the export."""
    if cell.field == site.layout.record_id:
        return cell.value if plan.with_record else None
    column = plan.by_key.get(cell.name)
    if column is None or column.form not in site.layout.forms_in(cell.key.event, cell.key.form):
        return None
    if column.code:
        if options.values == "raw" or column.definition is None:
            return column.code
        return (column.definition.choices | site.definition.missing_data_codes).get(column.code, column.code)
    if column.type is FieldType.FILE:
        return cell.value
    show = shown(site, column, options)
    return cell.value if show is None else show(cell.value)
