"""The project log, which also tells which records changed when.

Wording follows version 12 and later; an action is followed by the record name, hence a trailing blank where
there is none. Source: facts/redcap_api.md 1.6, 2.18.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from redcap_licats.sandbox.store.session import Session


class Kind(StrEnum):
    """Kinds of log rows, which are also the values of the ``logtype`` filter."""

    EXPORT = "export"
    MANAGE = "manage"
    USER = "user"
    RECORD_ADD = "record_add"
    RECORD_EDIT = "record_edit"
    RECORD_DELETE = "record_delete"
    LOCK = "lock_record"
    PAGE_VIEW = "page_view"


RECORD_KINDS = (Kind.RECORD_ADD, Kind.RECORD_EDIT, Kind.RECORD_DELETE)


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the log."""

    time: str
    username: str
    action: str
    details: str
    record: str | None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What to show of the log; '' means everything. Times are minutes, both ends included."""

    kinds: tuple[str, ...] = ()
    user: str = ""
    record: str = ""
    access_group: str = ""
    begin: str = ""
    end: str = ""


def write_log(
    session: Session,
    project: int,
    username: str,
    kind: Kind,
    action: str,
    details: str,
    *,
    record: str | None = None,
    access_group: str = "",
) -> None:
    """Add a row, stamped with the server's time."""
    flat = " ".join(details.splitlines())
    session.connection.execute(
        "INSERT INTO log (project, time, username, kind, action, details, record, access_group)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (project, session.clock.stamp(), username, kind, f"{action} {record or ''}", flat, record, access_group),
    )


def read_log(session: Session, project: int, wanted: LogFilter) -> Iterator[LogRow]:
    """Give matching rows, newest first."""
    found = session.connection.execute(
        "SELECT time, username, action, details, record FROM log WHERE project = :project"
        " AND (:any_kind OR instr(:kinds, '|' || kind || '|') > 0)"
        " AND (:user = '' OR username = :user)"
        " AND (:record = '' OR record = :record)"
        " AND (:access_group = '' OR access_group = :access_group)"
        " AND time >= :begin"  # of a minute every second comes after it
        " AND (:end = '' OR substr(time, 1, 16) <= :end)"
        " ORDER BY id DESC",
        {
            "project": project,
            "any_kind": not wanted.kinds,
            "kinds": f"|{'|'.join(wanted.kinds)}|",
            "user": wanted.user,
            "record": wanted.record,
            "access_group": wanted.access_group,
            "begin": wanted.begin,
            "end": wanted.end,
        },
    )
    return (LogRow(*row) for row in found)


def changed_records(session: Session, project: int, begin: str, end: str) -> frozenset[str]:
    """Give the records with a data change strictly after ``begin`` and before ``end`` ('' for open)."""
    found = session.connection.execute(
        "SELECT DISTINCT record FROM log INDEXED BY log_by_time"
        " WHERE project = ? AND kind IN (?, ?, ?) AND record IS NOT NULL"
        " AND time > ? AND (? = '' OR time < ?)",  # every time comes after ''
        (project, *RECORD_KINDS, begin, end, end),
    )
    return frozenset(name for (name,) in found)


def forget_record(session: Session, project: int, record: str) -> None:
    """Remove all rows of a record, as ``delete_logging`` asks."""
    session.connection.execute("DELETE FROM log WHERE project = ? AND record = ?", (project, record))
