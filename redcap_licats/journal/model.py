"""What the journal keeps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

#: stands in the journal for a value that repeats what a site entered
NOT_KEPT = "(not kept)"

#: rule of what was written for people, out of a workbook
FOR_PEOPLE = "workbook"


@dataclass(frozen=True, slots=True)
class Change:
    """One cell of a worker's instrument that a run changes.

    Attributes:
        record, event, instrument, instance, field: The cell; event '' in a classic project, instance 1 where the
            instrument does not repeat.
        old, new: Values as REDCap holds them.
        rule: What the new value comes from, such as ``grade`` or the id of an edit check.
    """

    record: str
    event: str
    instrument: str
    instance: int
    field: str
    old: str
    new: str
    rule: str = ""

    def named(self, prefix: str) -> Change:
        """Give it with form and field as a project names them that has a prefix before our names."""
        return replace(self, instrument=f"{prefix}{self.instrument}", field=f"{prefix}{self.field}")


class Whose(Protocol):
    """A project, whatever it is called: its number in one installation of REDCap."""

    @property
    def installation(self) -> str:
        """Server, and path where the server has several."""

    @property
    def project_id(self) -> int:
        """Number of the project there."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A cell as REDCap's log tells that it was saved, as far as checks follow it; see :mod:`shelf`.

    Attributes:
        at: The server's wall clock, precise to the minute.
        field, value: '' where only the day counts.
    """

    record: str
    at: dt.datetime
    form: str
    instance: int
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run. ``finished`` None: it is still going on, or was killed. Times are in UTC.

    ``server`` is the installation of REDCap, with its path where a server has several. ``undoes`` names the run
    that this one took back; '' for a run of the worker.
    """

    run_id: str
    project: str
    project_id: int
    server: str
    started: dt.datetime
    protocol_version: str
    protocol_hash: str
    finished: dt.datetime | None = None
    exit_code: int | None = None
    error_code: str = ""
    records_read: int = 0
    cells_written: int = 0
    undoes: str = ""

    @property
    def installation(self) -> str:
        """So that a run tells whose it is."""
        return self.server


@dataclass(frozen=True, slots=True)
class Entry:
    """A change with the run that made it.

    Attributes:
        sent: When it was sent, in UTC.
        written: False if the run was killed before REDCap confirmed it.
    """

    run: Run
    change: Change
    sent: dt.datetime
    written: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What the last finished run of a project leaves to the next one.

    Attributes:
        watermark: The minute in which that run began, by the server's wall clock, which its log goes by; no zone
            is known.
        offset: What that clock goes ahead of the worker's in UTC.
        seen: Which of the newest lines of the log were taken into account: for each minute the digest of all its
            lines, in their order, up to the last of them.
        conditions: Digest of what results depend on beside the record itself.
        setup: The project's set-up as JSON.
        full_pass: When all records were last read, by the worker's clock in UTC.
        logged: Up to when, by the server's wall clock, the shelf holds what the log tells; None: not at all.
        heard: Number of the last step in a thread before which all were heard; None where no threads are followed.
        heard_since: Numbers after it that were heard as well.
    """

    watermark: dt.datetime
    offset: dt.timedelta
    seen: frozenset[str]
    conditions: str
    setup: str
    full_pass: dt.datetime
    logged: dt.datetime | None = None
    heard: int | None = None
    heard_since: frozenset[int] = frozenset()


class Standing(StrEnum):
    """How a record came out of the last run that worked on it."""

    SETTLED = "settled"
    LEFT_OUT = "left_out"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of one record.

    Attributes:
        digest: Of the record as the run left it; '' if it must be worked out again.
        next_due: First day on which it must be worked out again although nothing was changed.
        reason: Why it was left out.
        queries_held, queries_open: How many queries stood so.
    """

    record: str
    digest: str
    next_due: dt.date | None = None
    standing: Standing = Standing.SETTLED
    reason: str = ""
    queries_held: int = 0
    queries_open: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """A project is held: nothing is written since a run was undone."""

    run_id: str
    since: dt.datetime
