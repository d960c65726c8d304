"""Imports of records: check everything, then store everything, or nothing.

Source: facts/redcap_api.md 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from redcap_licats.sandbox.data.calculating import recalculate
from redcap_licats.sandbox.data.checking import refusal, stored_form
from redcap_licats.sandbox.data.incoming import ImportOptions, Incoming
from redcap_licats.sandbox.data.naming import next_record_name
from redcap_licats.sandbox.data.placing import Placed, check_events, place
from redcap_licats.sandbox.data.problems import (
    DUPLICATE,
    FORM_LOCKED,
    MAY_NOT_CREATE,
    OTHER_GROUP,
    RECORD_LOCKED,
    UNKNOWN_GROUP,
    Problem,
    raise_problems,
)
from redcap_licats.sandbox.data.saving import Author, RowChange, move_record, save_rows
from redcap_licats.sandbox.store.layout import ACCESS_GROUP, RowKey
from redcap_licats.sandbox.store.locks import locked_forms
from redcap_licats.sandbox.store.records import Record, add_record, find_record, records_with_value, rows_of
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User
from redcap_licats.sandbox.wire.reply import ApiError


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: the records in the order given, and (new, given) names of auto-numbered ones."""

    names: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Importer:
    """An import in the making."""

    session: Session
    site: Site
    user: User
    options: ImportOptions

    def run(self, incoming: list[Incoming]) -> ImportResult:
        """Check and store all rows.

        Raises:
            ApiError: 400 with every problem found; nothing is stored then.
        """
        layout = self.site.layout
        if self.user.group and any(row.group is not None for row in incoming):
            raise ApiError(400, f"Illegal use of '{ACCESS_GROUP}' field!")
        check_events(incoming, layout)
        problems: list[Problem] = []
        rows = [self._in_stored_form(place(row, layout, problems)) for row in incoming]
        names, renamed = self._names(rows)
        by_record = _by_record(rows, names)
        for name, record_rows in by_record.items():
            problems += self._problems(name, record_rows)
        raise_problems(dict.fromkeys(problems))
        for name, record_rows in by_record.items():
            self._save(name, record_rows)
        return ImportResult(tuple(by_record), tuple(renamed))

    def run_one_by_one(self, incoming: list[Incoming]) -> None:
        """Store what can be stored, record by record, as a background import does."""
        by_record: dict[str, list[Incoming]] = {}
        for row in incoming:
            by_record.setdefault(row.record, []).append(row)
        for rows in by_record.values():
            try:
                self.run(rows)
            except ApiError:
                continue

    def _in_stored_form(self, row: Placed) -> Placed:
        return replace(
            row,
            values={
                column: stored_form(column, value, self.options.date_order)
                for column, value in row.values.items()
                if value or self.options.overwrite
            },
        )

    def _names(self, rows: list[Placed]) -> tuple[Mapping[str, str], list[tuple[str, str]]]:
        """Give the name of every record by the name it came with."""
        given = dict.fromkeys(row.record for row in rows)
        if not self.options.auto_number:
            return {name: name for name in given}, []
        first = next_record_name(self.session, self.site, self.user.group)
        prefix, _, number = first.rpartition("-")
        stem = f"{prefix}-" if prefix else ""
        names = {name: f"{stem}{int(number) + ahead}" for ahead, name in enumerate(given)}
        return names, [(new, old) for old, new in names.items()]

    def _problems(self, name: str, rows: list[Placed]) -> Iterator[Problem]:
        record = find_record(self.session, self.site.id, name)
        yield from self._record_problems(name, record, rows)
        locked = frozenset() if record is None else locked_forms(self.session, record)
        groups = {group.unique_name for group in self.site.definition.access_groups}
        for row in rows:
            if row.group and row.group not in groups:
                yield Problem(name, ACCESS_GROUP, row.group, UNKNOWN_GROUP)
            for column, value in row.values.items():
                reason = refusal(self.site, column, value) if value else ""
                if not reason and RowKey(row.key.event, column.form, row.key.instance) in locked:
                    reason = FORM_LOCKED
                if not reason and value and self._is_duplicate(column.field, value, record):
                    reason = DUPLICATE
                if reason:
                    yield Problem(name, column.name, value, reason)

    def _record_problems(self, name: str, record: Record | None, rows: list[Placed]) -> Iterator[Problem]:
        record_id = self.site.layout.record_id
        if record is None:
            if not self.site.rights(self.user).has("record_create"):
                yield Problem(name, record_id, name, MAY_NOT_CREATE)
            return
        if self.user.group and record.access_group != self.user.group:
            yield Problem(name, record_id, name, OTHER_GROUP)
        if record.locked:
            for row in rows:
                for column, value in row.values.items() or [(None, name)]:
                    yield Problem(name, column.name if column else record_id, value, RECORD_LOCKED)

    def _is_duplicate(self, field: str, value: str, record: Record | None) -> bool:
        if field != self.site.definition.settings.get("SecondaryUniqueField"):
            return False
        holders = records_with_value(self.session, self.site.id, field, value)
        return bool(holders - {record.id if record else 0})

    def _save(self, name: str, rows: list[Placed]) -> None:
        user = self.user.username
        # what waited in the queue is saved by the server itself
        author = Author(f"SYSTEM ({user})", "") if self.options.background else Author(user)
        record = find_record(self.session, self.site.id, name)
        is_new = record is None
        if record is None:
            record = add_record(self.session, self.site.id, name, self.user.group)
        changes = list(self._changes(record, rows))
        touched = save_rows(self.session, self.site, author, record, changes, is_new=is_new)
        for group in dict.fromkeys(row.group for row in rows):
            if group or (group is not None and self.options.overwrite):
                move_record(self.session, self.site, author, record, group)
        recalculate(self.session, self.site, self.user, record, touched)

    def _changes(self, record: Record, rows: Iterable[Placed]) -> Iterator[RowChange]:
        taken = set(rows_of(self.session, record.id)) | {row.key for row in rows if not row.is_new}
        for row in rows:
            key = row.key
            if row.is_new:
                key = RowKey(key.event, key.form, _next_instance(key, taken))
                taken.add(key)
            yield RowChange(key, row.values)


def _next_instance(key: RowKey, taken: Iterable[RowKey]) -> int:
    return max((one.instance for one in taken if (one.event, one.form) == (key.event, key.form)), default=0) + 1


def _by_record(rows: Iterable[Placed], names: Mapping[str, str]) -> dict[str, list[Placed]]:
    by_record: dict[str, list[Placed]] = {}
    for row in rows:
        by_record.setdefault(names[row.record], []).append(row)
    return by_record
