"""What a run did, as ``licats sync --json`` gives it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from redcap_licats.api.threads import Done
from redcap_licats.errors import LicatsError
from redcap_licats.journal.model import Change
from redcap_licats.query.model import Conflict, Reconciled, State


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that the run did not process, and why."""

    record: str
    reason: str


@dataclass(slots=True)
class QueryCounts:
    """Steps of queries in this run; ``held`` and ``open`` count how many stand so after it."""

    held: int = 0
    opened: int = 0
    resolved: int = 0
    reopened: int = 0
    cancelled: int = 0
    open: int = 0

    def add(self, reconciled: Reconciled) -> None:
        """Count one record's queries."""
        states = Counter(one.state for one in reconciled.queries)
        self.held += states[State.HELD]
        self.open += states[State.OPEN] + states[State.ANSWERED] + states[State.SENT_BACK]
        for step in reconciled.transitions:
            if step.target is State.OPEN and step.source in (None, State.HELD):
                self.opened += 1
            elif step.target is State.OPEN and step.source in (State.RESOLVED, State.CLOSED):
                self.reopened += 1
            elif step.target is State.RESOLVED:
                self.resolved += 1
            elif step.target is State.CANCELLED:
                self.cancelled += 1

    def as_dict(self) -> dict[str, int]:
        """Give the object ``queries``."""
        return {
            "held": self.held,
            "opened": self.opened,
            "resolved": self.resolved,
            "reopened": self.reopened,
            "cancelled": self.cancelled,
            "open": self.open,
        }


@dataclass(slots=True)
class ThreadCounts:
    """Threads of the Data Resolution Workflow in this run; ``left`` counts those that people have in hand."""

    opened: int = 0
    closed: int = 0
    left: int = 0

    def add(self, result: Done) -> None:
        """Count what became of a thread; what stood already is not counted."""
        self.opened += result in ("opened", "added", "reopened")
        self.closed += result == "closed"
        self.left += result == "left"

    def as_dict(self) -> dict[str, int]:
        """Give the object ``threads``."""
        return {"opened": self.opened, "closed": self.closed, "left": self.left}


@dataclass(slots=True)
class RunSummary:
    """One run of one project.

    Attributes:
        cells_written: Cells written; in a dry run the cells that would have been.
        changes: What a dry run would have written; not part of the JSON.
        conflicts: What people wrote that the query lifecycle has no place for.
        without_source: By form of ours, the concepts that the study's own forms in its place do not give.
    """

    run_id: str
    project: str
    project_id: int
    protocol_version: str
    protocol_hash: str
    error: LicatsError | None = None
    records_read: int = 0
    records_due: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    frozen: list[str] = field(default_factory=list)
    cells_written: int = 0
    queries: QueryCounts = field(default_factory=QueryCounts)
    threads: ThreadCounts = field(default_factory=ThreadCounts)
    requests: int = 0
    seconds: float = 0.0
    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    without_source: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def exit(self) -> int:
        """Exit code of the run."""
        if self.error is not None:
            return self.error.exit_code
        return 1 if self.left_out else 0

    def as_dict(self) -> dict[str, object]:
        """Give the JSON object of the run."""
        return {
            "run_id": self.run_id,
            "project": self.project,
            "project_id": self.project_id,
            "exit": self.exit,
            "error": self.error.as_dict() if self.error else None,
            "records_read": self.records_read,
            "records_due": self.records_due,
            "records_left_out": [{"record": one.record, "reason": one.reason} for one in self.left_out],
            "records_frozen": list(self.frozen),
            "cells_written": self.cells_written,
            "queries": self.queries.as_dict(),
            "threads": self.threads.as_dict(),
            "conflicts": [
                {"record": one.record, "query": one.number, "medical": one.medical, "conflict": one.code.value}
                for one in self.conflicts
            ],
            "without_source": {form: list(concepts) for form, concepts in self.without_source.items()},
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
            "protocol": {"version": self.protocol_version, "hash": self.protocol_hash},
        }
