"""Write down what a run is about to do, and then that it was done."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from types import TracebackType

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from redcap_licats.errors import ConfigError
from redcap_licats.journal.migrations import migrate
from redcap_licats.journal.model import Change, Entry, Run
from redcap_licats.journal.schema import changes, runs

FILE = "journal.sqlite"


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
        try:
            self._engine = _engine(state)
            with self._engine.begin() as connection:
                migrate(connection)
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise ConfigError(
                "STATE-OPEN",
                f"The local state cannot be opened ({type(error).__name__})",
                where=state if "://" not in state else "state",
                remedy="Check the key 'state', its driver, and that the worker's user may write there.",
            ) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    # --- a run ----------------------------------------------------------------------------------------

    def start(self, run: Run) -> None:
        """Write down that a run has begun."""
        with self._engine.begin() as connection:
            connection.execute(insert(runs).values(_run_values(run)))

    def finish(self, run: Run) -> None:
        """Write down how a run ended."""
        with self._engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.run_id == run.run_id).values(_run_values(run)))

    def intend(self, run_id: str, planned: Sequence[Change]) -> int:
        """Write down a batch of changes before it is sent; give the batch's number."""
        with self._engine.begin() as connection:
            number, batch = connection.execute(
                select(
                    func.coalesce(func.max(changes.c.number), 0), func.coalesce(func.max(changes.c.batch), 0)
                ).where(changes.c.run_id == run_id)
            ).one()
            rows = [
                {
                    "run_id": run_id,
                    "number": number + index,
                    "batch": batch + 1,
                    "written": 0,
                    "record": one.record,
                    "event": one.event,
                    "instrument": one.instrument,
                    "instance": one.instance,
                    "field": one.field,
                    "old_value": one.old,
                    "new_value": one.new,
                    "rule": one.rule,
                }
                for index, one in enumerate(planned, start=1)
            ]
            if rows:
                connection.execute(insert(changes), rows)
            return int(batch) + 1

    def confirm(self, run_id: str, batch: int) -> None:
        """Write down that REDCap saved a batch."""
        with self._engine.begin() as connection:
            mine = (changes.c.run_id == run_id) & (changes.c.batch == batch)
            connection.execute(update(changes).where(mine).values(written=1))

    def withdraw(self, run_id: str, batch: int) -> None:
        """Forget a batch of which REDCap saved nothing."""
        with self._engine.begin() as connection:
            mine = (changes.c.run_id == run_id) & (changes.c.batch == batch)
            connection.execute(delete(changes).where(mine))

    # --- looking back ---------------------------------------------------------------------------------

    def runs(self, project: str, *, limit: int = 20) -> tuple[Run, ...]:
        """Give the latest runs of a project, newest first."""
        statement = select(runs).where(runs.c.project == project).order_by(runs.c.started.desc()).limit(limit)
        with self._engine.begin() as connection:
            return tuple(_run(row) for row in connection.execute(statement))

    def changes_of_run(self, run_id: str) -> tuple[Entry, ...]:
        """Give the changes of a run in the order in which they were made."""
        return self._entries(runs.c.run_id == run_id)

    def changes_of_record(self, project: str, record: str) -> tuple[Entry, ...]:
        """Give all changes of a record's cells, oldest first."""
        return self._entries((runs.c.project == project) & (changes.c.record == record))

    def _entries(self, which: ColumnElement[bool]) -> tuple[Entry, ...]:
        statement = (
            select(runs, changes)
            .join(changes, changes.c.run_id == runs.c.run_id)
            .where(which)
            .order_by(runs.c.started, changes.c.number)
        )
        with self._engine.begin() as connection:
            return tuple(_entry(row) for row in connection.execute(statement))


def _engine(state: str) -> Engine:
    if "://" in state:
        return create_engine(state)
    folder = Path(state)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / FILE
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    file.chmod(0o600)
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _lock_from_the_start)
    return engine


def _leave_transactions_to_us(connection: SqliteConnection, _record: object) -> None:
    # the driver would otherwise begin late and commit before DDL, and a migration could end half done
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA foreign_keys = ON")


def _lock_from_the_start(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


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
    }


def _run(row: Row[tuple[object, ...]]) -> Run:
    values = row._mapping
    return Run(
        run_id=values[runs.c.run_id],
        project=values[runs.c.project],
        project_id=values[runs.c.project_id],
        server=values[runs.c.server],
        started=dt.datetime.fromisoformat(values[runs.c.started]),
        protocol_version=values[runs.c.protocol_version],
        protocol_hash=values[runs.c.protocol_hash],
        finished=dt.datetime.fromisoformat(values[runs.c.finished]) if values[runs.c.finished] else None,
        exit_code=values[runs.c.exit_code],
        error_code=values[runs.c.error_code],
        records_read=values[runs.c.records_read],
        cells_written=values[runs.c.cells_written],
    )


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    values = row._mapping
    change = Change(
        record=values[changes.c.record],
        event=values[changes.c.event],
        instrument=values[changes.c.instrument],
        instance=values[changes.c.instance],
        field=values[changes.c.field],
        old=values[changes.c.old_value],
        new=values[changes.c.new_value],
        rule=values[changes.c.rule],
    )
    return Entry(_run(row), change, bool(values[changes.c.written]))
