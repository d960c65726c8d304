"""Bring plans to REDCap behind the reading of the next ones, and remember how their records came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from redcap_licats.api.rejections import Rejection
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import GuardError
from redcap_licats.journal.memory import Memory
from redcap_licats.journal.model import Change, Remembered, Standing
from redcap_licats.query.threads import Projection
from redcap_licats.sync.pipeline import Behind
from redcap_licats.sync.threads import Workflow
from redcap_licats.sync.write import Writer

#: records written together where all were held back
_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """One record, worked out.

    Attributes:
        changes: The cells to change.
        after: What is remembered of it once they are changed.
        threads: What is to become of its threads.
    """

    changes: tuple[Change, ...]
    after: Remembered
    threads: Projection | None = None


class Delivery:
    """Write plans, batch by batch; at the end of the block all are written.

    Where the changes of a run are limited, nothing is written before all are known to be few enough. So no run
    ever writes a part of what it was not allowed to write, and the limit bounds what is held back.

    Args:
        writer: Writes to REDCap.
        memory: Remembers.
        settings: The project.
        workflow: Keeps threads; None where queries are answered on forms.
    """

    def __init__(
        self, writer: Writer, memory: Memory, settings: ProjectSettings, workflow: Workflow | None = None
    ) -> None:
        self._writer = writer
        self._workflow = workflow
        self._memory = memory
        self._settings = settings
        self._limited = bool(settings.max_changes or settings.max_records)
        self._held_back: list[RecordPlan] = []
        self._cells = self._records = 0
        self._behind = Behind(self._write)

    def __enter__(self) -> Self:
        self._behind.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                for start in range(0, len(self._held_back), _TOGETHER):
                    self._behind.put(self._held_back[start : start + _TOGETHER])
        finally:
            self._behind.__exit__(kind, error, trace)

    def put(self, plans: Sequence[RecordPlan]) -> None:
        """Take over some records.

        Raises:
            GuardError: The run would change more than it may; nothing was written.
            FatalError: The batch before could not be written.
        """
        if not self._limited:
            self._behind.put(plans)
            return
        self._held_back += plans
        self._cells += sum(len(one.changes) for one in plans)
        self._records += sum(bool(one.changes) for one in plans)
        self._refuse(self._cells, self._settings.max_changes, "cells", "max_changes")
        self._refuse(self._records, self._settings.max_records, "records", "max_records")

    def _refuse(self, count: int, most: int | None, what: str, key: str) -> None:
        if most is not None and count > most:
            raise GuardError(
                "GUARD-FUSE",
                f"The run would change more than the {most} {what} that are allowed: it came to {self._cells} "
                f"cells of {self._records} records before it stopped; nothing was written",
                where=f"project '{self._settings.name}'",
                remedy="See 'licats sync --dry-run' for what would change. If it is right, give "
                f"--{key.replace('_', '-')} a higher number this once, or raise '{key}'.",
            )

    def _write(self, plans: Sequence[RecordPlan]) -> None:
        self._writer.write([change for one in plans for change in one.changes])
        if self._workflow:
            # a thread is opened only for a query that stands in REDCap
            self._workflow.keep(
                one.threads for one in plans if one.threads and not self._writer.left_out(one.after.record)
            )
        self._memory.remember(self._outcome(one.after) for one in plans)

    def _outcome(self, planned: Remembered) -> Remembered:
        if planned.record in self._writer.gone:
            # the next run makes sure of it, and forgets the record
            return Remembered(planned.record, "")
        rejections = self._writer.refused.get(planned.record)
        if rejections is None:
            refused = self._workflow and self._workflow.refused.get(planned.record)
            if refused:
                return replace(planned, digest="", standing=Standing.LEFT_OUT, reason=refused)
            return planned
        standing = Standing.FROZEN if is_frozen(rejections) else Standing.LEFT_OUT
        return replace(planned, digest="", standing=standing, reason=reason_of(rejections))


def is_frozen(rejections: Sequence[Rejection]) -> bool:
    """Whether a record was refused for being locked, and for nothing else."""
    return all(one.locked for one in rejections)


def reason_of(rejections: Sequence[Rejection]) -> str:
    """Say why a record was refused; without the value, which is the subject's."""
    return f"REDCap refused '{rejections[0].field}': {rejections[0].message}"
