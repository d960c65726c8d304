"""Storing the values of one record: only what differs is written and logged.

Source: facts/redcap_api.md 1.6, 3.2, 3.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redcap_licats.sandbox.store.layout import Column, Layout, RowKey
from redcap_licats.sandbox.store.log import Kind, write_log
from redcap_licats.sandbox.store.records import (
    Record,
    StoredCell,
    delete_cell,
    put_cells,
    rows_of,
    set_access_group,
)
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site


@dataclass(frozen=True, slots=True)
class RowChange:
    """New values of one row; a blank erases."""

    key: RowKey
    values: Mapping[Column, str]


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes data and by what route, as the log names it: ``(API)``, ``(Auto calculation)``, or ''."""

    username: str
    route: str = "(API)"


def save_rows(
    session: Session,
    site: Site,
    author: Author,
    record: Record,
    changes: Iterable[RowChange],
    *,
    is_new: bool = False,
) -> frozenset[str]:
    """Store rows of a record; give the names of the fields that changed.

    The log tells of a new record once: its first row is its creation, values included.
    """
    stored = rows_of(session, record.id)
    touched: set[str] = set()
    for change in changes:
        row = stored.setdefault(change.key, {})
        differing = {
            column: value
            for column, value in change.values.items()
            if _stored(column, value) != row.get(column.key, "")
        }
        _write(session, site.layout, record, change.key, differing, stored)
        touched |= {column.field for column in differing}
        if differing or is_new:
            _log(session, site, author, record, change.key, differing, is_new=is_new)
            is_new = False
    return frozenset(touched)


def move_record(session: Session, site: Site, author: Author, record: Record, group: str) -> None:
    """Put a record into another access group and log it."""
    if group == record.access_group:
        return
    set_access_group(session, record, group)
    write_log(
        session,
        site.id,
        author.username,
        Kind.RECORD_EDIT,
        f"Update record {author.route}".rstrip(),
        f"redcap_data_access_group = '{group}'",
        record=record.name,
        access_group=group,
    )


def _stored(column: Column, value: str) -> str:
    """An unchecked option is not stored at all."""
    return "" if column.code and value == "0" else value


def _write(
    session: Session,
    layout: Layout,
    record: Record,
    key: RowKey,
    differing: Mapping[Column, str],
    stored: dict[RowKey, dict[str, str]],
) -> None:
    cells: list[StoredCell] = []
    # Every event with data holds the record id; an instance holds it only where it would not exist otherwise.
    base = RowKey(key.event, "", 1 if key.form else key.instance)
    places = [base] if any(differing.values()) or stored.get(key) or not key.form else [base, key]
    for place in places:
        row = stored.setdefault(place, {})
        if layout.record_id not in row:
            cells.append(StoredCell(place, layout.record_id, "", record.name))
            row[layout.record_id] = record.name
    row = stored[key]
    for column, given in differing.items():
        value = _stored(column, given)
        if value:
            cells.append(StoredCell(key, column.field, column.code, value))
            row[column.key] = value
        else:
            delete_cell(session, record, key, column.field, column.code)
            row.pop(column.key, None)
    if cells:
        put_cells(session, record, cells)


def _log(
    session: Session,
    site: Site,
    author: Author,
    record: Record,
    key: RowKey,
    differing: Mapping[Column, str],
    *,
    is_new: bool,
) -> None:
    parts = [f"[instance = {key.instance}]"] if key.form or key.event in site.layout.repeating_events else []
    parts += [f"{site.layout.record_id} = '{record.name}'"] if is_new else []
    parts += [_detail(column, value) for column, value in differing.items()]
    write_log(
        session,
        site.id,
        author.username,
        Kind.RECORD_ADD if is_new else Kind.RECORD_EDIT,
        f"{'Create' if is_new else 'Update'} record {author.route}".rstrip(),
        ", ".join(parts),
        record=record.name,
        access_group=record.access_group,
    )


def _detail(column: Column, value: str) -> str:
    if column.code:
        return f"{column.field}({column.code}) = {'checked' if value == '1' else 'unchecked'}"
    return f"{column.field} = '{value}'"
