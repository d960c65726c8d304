"""Which rows an export holds, record by record, in order.

Source: facts/redcap_api.md 0, 2.4, 2.5, 2.14, 2.17, 2.18.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from redcap_licats.sandbox.data.options import Options
from redcap_licats.sandbox.store.layout import Layout, RowKey
from redcap_licats.sandbox.store.log import changed_records
from redcap_licats.sandbox.store.records import (
    Record,
    Values,
    all_records,
    find_record,
    holds_more_than,
    rows_of,
    sort_key,
)
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site


@dataclass(frozen=True, slots=True)
class DataRow:
    """A row of a record with its stored values by stored name."""

    record: Record
    key: RowKey
    values: Values


RowTest = Callable[[DataRow], bool]


def chosen_records(session: Session, site: Site, options: Options, access_group: str) -> Iterator[Record]:
    """Give the records an export covers, in order; only those of the access group to which a user is confined."""
    records: Iterator[Record]
    if options.records:
        named = (find_record(session, site.id, name) for name in sorted(options.records, key=_order))
        records = (
            one for one in named if one is not None and (not access_group or one.access_group == access_group)
        )
    else:
        records = all_records(session, site.id, access_group)
    if not options.begin and not options.end:
        return records
    changed = changed_records(session, site.id, options.begin, options.end)
    return (one for one in records if one.name in changed)


def _order(name: str) -> tuple[str, str]:
    return sort_key(name), name


def data_rows(
    session: Session, site: Site, record: Record, options: Options, fields: Collection[str] | None
) -> list[DataRow]:
    """Give the rows of a record that hold any of the fields, in order.

    A base row with nothing but the record id gives way to the instances of its event.
    """
    layout = site.layout
    rows = [
        DataRow(record, key, values)
        for key, values in rows_of(session, record.id, fields).items()
        if layout.exists(key) and (not options.events or key.event in options.events)
    ]
    if len(rows) > 1:
        rows.sort(key=lambda row: row_order(layout, row.key))
        rows = [row for row in rows if not _is_idle(session, layout, row, rows)]
    return rows


def row_order(layout: Layout, key: RowKey) -> tuple[int, int, int]:
    """Give the place of a row: event, then base row before instances, forms in order."""
    return layout.event_order[key.event], layout.form_order[key.form], key.instance


def _is_idle(session: Session, layout: Layout, row: DataRow, rows: list[DataRow]) -> bool:
    return (
        not row.key.form
        and row.values.keys() == {layout.record_id}
        and any(other.key.event == row.key.event and other.key.form for other in rows)
        and not holds_more_than(session, row.record.id, row.key, layout.record_id)
    )
