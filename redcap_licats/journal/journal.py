"""Write down what a run is about to do, and then that it was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, select, update

from redcap_licats.journal.claim import Claim, claim
from redcap_licats.journal.engine import open_engine, transaction
from redcap_licats.journal.hints import HintQueue
from redcap_licats.journal.memory import Memory
from redcap_licats.journal.model import Change, Entry, Run, Whose
from redcap_licats.journal.schema import batches, changes, runs

#: records in one statement
_CHUNK = 200
#: the columns of a :class:`Change`, in the order of its attributes
_CHANGE = (
    changes.c.record,
    changes.c.event,
    changes.c.instrument,
    changes.c.instance,
    changes.c.field,
    changes.c.old_value,
    changes.c.new_value,
    changes.c.rule,
)


class Journal:
    """The journal of all projects that share a state. Every method is one transaction.

    A batch is written down before it is sent to REDCap (:meth:`intend`) and marked once REDCap confirmed it
    (:meth:`confirm`), so that whatever moment the process is killed at, no change of a cell goes unrecorded.

    Args:
        state: A folder (created with mode 0700, its file with 0600) or an SQLAlchemy URL.

    Raises:
        ConfigError: The state cannot be opened.
    """

    def __init__(self, state: str) -> None:
        self._engine = open_engine(state)
        self._claim: Claim | None = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def memory(self, project: str) -> Memory:
        """Give what is remembered of a project, by its key."""
        return Memory(self._engine, project)

    def hints(self, project: str) -> HintQueue:
        """Give the hints of a project that wait, by its key."""
        return HintQueue(self._engine, project)

    # --- a run ----------------------------------------------------------------------------------------

    @contextmanager
    def alone(self, project: str, *, now: dt.datetime) -> Iterator[None]:
        """Keep runs of the same project on other machines away, where they share this state.

        Args:
            project: Key of the project.
            now: The worker's clock, in UTC.

        Raises:
            GuardError: Another run is going on; says which process, where, and for how long.
        """
        with claim(self._engine, project, now=now) as held:
            self._claim = held
            try:
                yield
            finally:
                self._claim = None

    def start(self, run: Run) -> None:
        """Write down that a run has begun."""
        with transaction(self._engine) as connection:
            connection.execute(insert(runs).values(_run_values(run)))

    def finish(self, run: Run) -> None:
        """Write down how a run ended."""
        with transaction(self._engine) as connection:
            connection.execute(update(runs).where(runs.c.run_id == run.run_id).values(_run_values(run)))

    def intend(self, run_id: str, planned: Sequence[Change], at: dt.datetime) -> int:
        """Write down a batch of changes before it is sent; give the batch's number.

        Raises:
            GuardError: The lock that keeps other runs away was lost.
        """
        if self._claim:
            self._claim.check()
        with transaction(self._engine) as connection:
            number = connection.scalar(
                select(func.coalesce(func.max(changes.c.number), 0)).where(changes.c.run_id == run_id)
            )
            batch = 1 + int(
                connection.scalar(
                    select(func.coalesce(func.max(batches.c.batch), 0)).where(batches.c.run_id == run_id)
                )
                or 0
            )
            connection.execute(
                insert(batches).values(run_id=run_id, batch=batch, sent=at.isoformat(), confirmed=0)
            )
            rows = [
                {
                    "run_id": run_id,
                    "number": index,
                    "batch": batch,
                    "record": one.record,
                    "event": one.event,
                    "instrument": one.instrument,
                    "instance": one.instance,
                    "field": one.field,
                    "old_value": one.old,
                    "new_value": one.new,
                    "rule": one.rule,
                }
                for index, one in enumerate(planned, start=1 + int(number or 0))
            ]
            if rows:
                connection.execute(insert(changes), rows)
            return batch

    def confirm(self, run_id: str, batch: int) -> None:
        """Write down that REDCap saved a batch."""
        with transaction(self._engine) as connection:
            mine = (batches.c.run_id == run_id) & (batches.c.batch == batch)
            connection.execute(update(batches).where(mine).values(confirmed=1))

    def withdraw(self, run_id: str, batch: int) -> None:
        """Forget a batch of which REDCap saved nothing."""
        with transaction(self._engine) as connection:
            connection.execute(delete(changes).where(changes.c.run_id == run_id, changes.c.batch == batch))
            connection.execute(delete(batches).where(batches.c.run_id == run_id, batches.c.batch == batch))

    def forget(self, project: Whose, record: str) -> int:
        """Remove every change of a record's cells; give their number."""
        its_runs = select(runs.c.run_id).where(_of(project))
        with transaction(self._engine) as connection:
            return connection.execute(
                delete(changes).where(changes.c.record == record, changes.c.run_id.in_(its_runs))
            ).rowcount

    # --- looking back ---------------------------------------------------------------------------------

    def runs(self, project: Whose, *, limit: int = 20) -> tuple[Run, ...]:
        """Give the latest runs of a project, newest first."""
        statement = select(runs).where(_of(project)).order_by(runs.c.started.desc()).limit(limit)
        with transaction(self._engine) as connection:
            return tuple(_run(row._mapping) for row in connection.execute(statement))

    def run(self, project: Whose, run_id: str) -> Run | None:
        """Find a run of a project; None if it has no such run."""
        statement = select(runs).where(_of(project), runs.c.run_id == run_id)
        with transaction(self._engine) as connection:
            row = connection.execute(statement).one_or_none()
        return _run(row._mapping) if row else None

    def changes_of_run(self, run_id: str) -> tuple[Entry, ...]:
        """Give the changes of a run in the order in which they were made."""
        return self._entries(runs.c.run_id == run_id)

    def changes_of_record(self, project: Whose, record: str) -> tuple[Entry, ...]:
        """Give all changes of a record's cells, oldest first."""
        return self._entries(_of(project) & (changes.c.record == record))

    def sent_since(
        self, project: Whose, since: dt.datetime, records: Collection[str]
    ) -> Iterator[tuple[str, Sequence[Change]]]:
        """Give what was sent of some records since a moment, record by record."""
        listed = sorted(records)
        for start in range(0, len(listed), _CHUNK):
            some = listed[start : start + _CHUNK]
            statement = (
                select(*_CHANGE)
                .join(batches, (batches.c.run_id == changes.c.run_id) & (batches.c.batch == changes.c.batch))
                .join(runs, runs.c.run_id == changes.c.run_id)
                .where(_of(project), batches.c.sent >= since.isoformat(), changes.c.record.in_(some))
            )
            of: dict[str, list[Change]] = {record: [] for record in some}
            with transaction(self._engine) as connection:
                for row in connection.execute(statement):
                    one = Change(*row)
                    of[one.record].append(one)
            yield from of.items()

    def _entries(self, which: ColumnElement[bool]) -> tuple[Entry, ...]:
        statement = (
            select(*_CHANGE, batches.c.sent, batches.c.confirmed, runs)
            .join(changes, changes.c.run_id == runs.c.run_id)
            .join(batches, (batches.c.run_id == changes.c.run_id) & (batches.c.batch == changes.c.batch))
            .where(which)
            .order_by(runs.c.started, changes.c.number)
        )
        with transaction(self._engine) as connection:
            return tuple(
                Entry(_run(row._mapping), Change(*row[: len(_CHANGE)]), _moment(row.sent), bool(row.confirmed))
                for row in connection.execute(statement)
            )


def _of(project: Whose) -> ColumnElement[bool]:
    return (runs.c.server == project.installation) & (runs.c.project_id == project.project_id)


def _run_values(run: Run) -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "project": run.project,
        "project_id": run.project_id,
        "server": run.server,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
        "exit_code": run.exit_code,
        "error_code": run.error_code,
        "protocol_version": run.protocol_version,
        "protocol_hash": run.protocol_hash,
        "records_read": run.records_read,
        "cells_written": run.cells_written,
        "undoes": run.undoes,
    }


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _run(row: RowMapping) -> Run:
    return Run(
        run_id=row[runs.c.run_id],
        project=row[runs.c.project],
        project_id=row[runs.c.project_id],
        server=row[runs.c.server],
        started=_moment(row[runs.c.started]),
        protocol_version=row[runs.c.protocol_version],
        protocol_hash=row[runs.c.protocol_hash],
        finished=_moment(row[runs.c.finished]) if row[runs.c.finished] else None,
        exit_code=row[runs.c.exit_code],
        error_code=row[runs.c.error_code],
        records_read=row[runs.c.records_read],
        cells_written=row[runs.c.cells_written],
        undoes=row[runs.c.undoes],
    )
