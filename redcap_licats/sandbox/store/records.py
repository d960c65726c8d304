"""Records and their cells."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from redcap_licats.sandbox.store.layout import RowKey
from redcap_licats.sandbox.store.session import Session

_DIGITS = re.compile(r"\d+")
_WIDTH = 20

#: Values of one row by stored name (checkbox options as ``field___code``).
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """A record as such."""

    id: int
    name: str
    access_group: str = ""
    locked: bool = False
    survey_identifier: str = ""


@dataclass(frozen=True, slots=True)
class StoredCell:
    """One stored value; ``code`` is the option of a checkbox."""

    key: RowKey
    field: str
    code: str
    value: str

    @property
    def name(self) -> str:
        """Stored name: the field, or ``field___code`` for a checkbox option."""
        return f"{self.field}___{self.code}" if self.code else self.field


_COLUMNS = "id, name, access_group, locked, survey_identifier"


def sort_key(name: str) -> str:
    """Give the key by which record names sort: numbers by size, letters without case."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(_WIDTH), name.lower())


def find_record(session: Session, project: int, name: str) -> Record | None:
    """Give a record by name."""
    found = session.connection.execute(
        f"SELECT {_COLUMNS} FROM records WHERE project = ? AND name = ?",  # noqa: S608 - a constant
        (project, name),
    ).fetchone()
    return None if found is None else Record(*found)


def all_records(session: Session, project: int, access_group: str = "") -> Iterator[Record]:
    """Give the records in order; of one access group if named."""
    found = session.connection.execute(
        f"SELECT {_COLUMNS} FROM records WHERE project = ? AND (? = '' OR access_group = ?)"  # noqa: S608
        " ORDER BY sort_key, name",
        (project, access_group, access_group),
    )
    return (Record(*row) for row in found)


def add_record(session: Session, project: int, name: str, access_group: str = "") -> Record:
    """Create an empty record."""
    session.connection.execute(
        "INSERT INTO records (project, name, sort_key, access_group) VALUES (?, ?, ?, ?)",
        (project, name, sort_key(name), access_group),
    )
    record = find_record(session, project, name)
    if record is None:
        raise LookupError(name)
    return record


def rename_record(session: Session, record: Record, name: str, record_id_field: str) -> None:
    """Give a record another name, in its record id values too."""
    session.connection.execute(
        "UPDATE records SET name = ?, sort_key = ? WHERE id = ?", (name, sort_key(name), record.id)
    )
    session.connection.execute(
        "UPDATE data SET value = ? WHERE record = ? AND field = ?", (name, record.id, record_id_field)
    )


def set_access_group(session: Session, record: Record, group: str) -> None:
    """Put a record into an access group, '' for none."""
    session.connection.execute("UPDATE records SET access_group = ? WHERE id = ?", (group, record.id))


def set_survey_identifier(session: Session, record: Record, identifier: str) -> None:
    """Set the identifier of a survey participant."""
    session.connection.execute("UPDATE records SET survey_identifier = ? WHERE id = ?", (identifier, record.id))


def delete_record(session: Session, record: Record) -> None:
    """Remove a record with everything on it."""
    session.connection.execute("DELETE FROM records WHERE id = ?", (record.id,))


def delete_rows(session: Session, record: Record, key: RowKey) -> int:
    """Remove all cells of one row; give how many there were."""
    cursor = session.connection.execute(
        "DELETE FROM data WHERE record = ? AND event = ? AND form = ? AND instance = ?",
        (record.id, key.event, key.form, key.instance),
    )
    return cursor.rowcount


def delete_cell(session: Session, record: Record, key: RowKey, field: str, code: str = "") -> None:
    """Remove one value."""
    session.connection.execute(
        "DELETE FROM data WHERE record = ? AND event = ? AND form = ? AND instance = ? AND field = ? AND code = ?",
        (record.id, key.event, key.form, key.instance, field, code),
    )


def put_cells(session: Session, record: Record, cells: Iterable[StoredCell]) -> None:
    """Store values; new ones go to the end of the storage order, changed ones keep their place."""
    found = session.connection.execute(
        "SELECT coalesce(max(position), 0) + 1 FROM data WHERE record = ?", (record.id,)
    ).fetchone()
    session.connection.executemany(
        "INSERT INTO data (record, event, form, instance, field, code, value, position)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (
            (record.id, one.key.event, one.key.form, one.key.instance, one.field, one.code, one.value, position)
            for position, one in enumerate(cells, found[0])
        ),
    )


def rows_of(session: Session, record: int, fields: Collection[str] | None = None) -> dict[RowKey, dict[str, str]]:
    """Give the values of a record row by row, by stored name; only of some fields if named.

    SQLite gathers each row into one JSON text, which is faster than a Python loop over cells.
    """
    found = session.connection.execute(
        "SELECT event, form, instance, json_group_object(iif(code = '', field, field || '___' || code), value)"
        " FROM data WHERE record = ?1 AND (?2 IS NULL OR field IN (SELECT value FROM json_each(?2)))"
        " GROUP BY event, form, instance",
        (record, None if fields is None else json.dumps(sorted(fields))),
    )
    return {RowKey(event, form, instance): json.loads(values) for event, form, instance, values in found}


def cells_of(session: Session, record: int) -> Iterator[StoredCell]:
    """Give the values of a record in storage order."""
    found = session.connection.execute(
        "SELECT event, form, instance, field, code, value FROM data WHERE record = ? ORDER BY position", (record,)
    )
    return (
        StoredCell(RowKey(event, form, instance), field, code, value)
        for event, form, instance, field, code, value in found
    )


def holds_more_than(session: Session, record: int, key: RowKey, field: str) -> bool:
    """Say whether a row holds anything but one field."""
    found = session.connection.execute(
        "SELECT 1 FROM data WHERE record = ? AND event = ? AND form = ? AND instance = ? AND field <> ? LIMIT 1",
        (record, key.event, key.form, key.instance, field),
    ).fetchone()
    return found is not None


def option_is_used(session: Session, project: int, field: str, code: str) -> bool:
    """Say whether any record of a project has a checkbox option checked."""
    found = session.connection.execute(
        "SELECT 1 FROM data JOIN records ON records.id = data.record"
        " WHERE field = ? AND code = ? AND code <> '' AND project = ? LIMIT 1",
        (field, code, project),
    ).fetchone()
    return found is not None


def records_with_value(session: Session, project: int, field: str, value: str) -> frozenset[int]:
    """Give the numbers of the records that hold a value in a field."""
    found = session.connection.execute(
        "SELECT DISTINCT record FROM data JOIN records ON records.id = data.record"
        " WHERE project = ? AND field = ? AND value = ?",
        (project, field, value),
    )
    return frozenset(record for (record,) in found)


def rename_access_group(session: Session, project: int, old: str, new: str) -> None:
    """Let all records of an access group follow its new name, '' for none."""
    session.connection.execute(
        "UPDATE records SET access_group = ? WHERE project = ? AND access_group = ?", (new, project, old)
    )


def rename_field(session: Session, project: int, old: str, new: str) -> None:
    """Let the values of a field follow its new name, as those of the record id do."""
    session.connection.execute(
        "UPDATE OR REPLACE data SET field = ?"
        " WHERE field = ? AND record IN (SELECT id FROM records WHERE project = ?)",
        (new, old, project),
    )
