"""What is told of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from redcap_licats.errors import LicatsError


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of one project ended. Counts only: neither record ids nor values leave the machine this way.

    Attributes:
        project, project_id, run_id: Which run.
        started: When it began, in UTC.
        seconds: How long it took.
        exit: Its exit code.
        error: What stopped it, if anything.
        records_read, records_due: Records read, and worked out.
        left_out, frozen: How many records were not processed, and how many are locked as a whole.
        cells_written: Cells written.
        queries: Steps and states of queries by name, as ``licats sync --json`` names them.
        requests: Requests made.
        protocol_version, protocol_hash: The protocol.
    """

    project: str
    project_id: int
    run_id: str
    started: dt.datetime
    seconds: float = 0.0
    exit: int = 0
    error: LicatsError | None = None
    records_read: int = 0
    records_due: int = 0
    left_out: int = 0
    frozen: int = 0
    cells_written: int = 0
    queries: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    protocol_version: str = ""
    protocol_hash: str = ""
