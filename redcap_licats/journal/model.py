"""What the journal keeps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Run:
    """One run. ``finished`` None: it is still going on, or was killed. Times are in UTC."""

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


@dataclass(frozen=True, slots=True)
class Entry:
    """A change with the run that made it. ``written`` false: the run was killed before REDCap confirmed it."""

    run: Run
    change: Change
    written: bool
