"""Locked records and locked forms."""

from __future__ import annotations

from redcap_licats.sandbox.store.layout import RowKey
from redcap_licats.sandbox.store.records import Record
from redcap_licats.sandbox.store.session import Session


def set_record_lock(session: Session, record: Record, *, locked: bool) -> None:
    """Lock or unlock a record as a whole."""
    session.connection.execute("UPDATE records SET locked = ? WHERE id = ?", (locked, record.id))


def set_form_lock(session: Session, record: Record, event: str, form: str, instance: int, *, locked: bool) -> None:
    """Lock or unlock one form of a record."""
    place = (record.id, event, form, instance)
    if locked:
        session.connection.execute("INSERT OR IGNORE INTO form_locks VALUES (?, ?, ?, ?)", place)
    else:
        session.connection.execute(
            "DELETE FROM form_locks WHERE record = ? AND event = ? AND form = ? AND instance = ?", place
        )


def locked_forms(session: Session, record: Record) -> frozenset[RowKey]:
    """Give the locked forms of a record: event, form, instance."""
    found = session.connection.execute(
        "SELECT event, form, instance FROM form_locks WHERE record = ?", (record.id,)
    )
    return frozenset(RowKey(*row) for row in found)
