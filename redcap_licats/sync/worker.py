"""The run: preflight, read, derive, check, reconcile, plan, write, journal."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.token import read_token
from redcap_licats.check.model import NOT_READ, History
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import GuardError, LicatsError, RecordError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Change, Run
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.model import Reconciled
from redcap_licats.sync.held import Row
from redcap_licats.sync.history import Log
from redcap_licats.sync.lock import run_lock
from redcap_licats.sync.plan import plan_changes
from redcap_licats.sync.preflight import Preflight, preflight, refuse_worker_in_group
from redcap_licats.sync.record import by_record, work_out
from redcap_licats.sync.summary import LeftOut, RunSummary
from redcap_licats.sync.write import Writer

#: records done, records in all
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """One record, worked out: the cells to change and its queries as they must stand."""

    changes: tuple[Change, ...]
    reconciled: Reconciled


def sync(
    settings: ProjectSettings,
    protocol: Protocol,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    client: RedcapClient | None = None,
) -> RunSummary:
    """Bring the worker's instruments of one project up to date.

    Args:
        settings: The project.
        protocol: The protocol with the study's overlay.
        dry_run: Whether to write nothing, neither to REDCap nor to the journal, and only say what would change.
        progress: Called after each batch.
        client: The project's client; made from the settings if missing.

    Returns:
        What was done. An error that stopped the run is in it, never raised; what was written before stays written
        and the next run goes on from there.
    """
    started = dt.datetime.now(dt.UTC)
    clock = time.monotonic()
    summary = RunSummary(
        run_id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        project=settings.name,
        project_id=settings.project_id,
        protocol_version=protocol.version,
        protocol_hash=protocol.hash,
    )
    requests_before = client.requests if client else 0
    with ExitStack() as stack:
        try:
            client = client or stack.enter_context(_client(settings))
            if dry_run:
                _run(client, settings, protocol, summary, None, progress)
            else:
                name = f"{settings.server.replace(':', '_')}-{settings.project_id}"
                stack.enter_context(run_lock(settings.state_folder, name, now=started))
                journal = stack.enter_context(Journal(settings.state))
                _journalled(client, settings, protocol, summary, journal, progress, started)
        except LicatsError as error:
            summary.error = error
        summary.requests = client.requests - requests_before if client else 0
    summary.seconds = time.monotonic() - clock
    return summary


def _client(settings: ProjectSettings) -> RedcapClient:
    return RedcapClient(settings.url, read_token(settings), rate_per_minute=settings.rate_per_minute)


def _journalled(
    client: RedcapClient,
    settings: ProjectSettings,
    protocol: Protocol,
    summary: RunSummary,
    journal: Journal,
    progress: Progress | None,
    started: dt.datetime,
) -> None:
    """Run with the journal open; how it ended is written down whatever happens."""
    run = Run(
        run_id=summary.run_id,
        project=settings.name,
        project_id=settings.project_id,
        server=settings.server,
        started=started,
        protocol_version=protocol.version,
        protocol_hash=protocol.hash,
    )
    journal.start(run)
    try:
        _run(client, settings, protocol, summary, journal, progress)
    except LicatsError as error:
        summary.error = error
    journal.finish(
        replace(
            run,
            finished=dt.datetime.now(dt.UTC),
            exit_code=summary.exit,
            error_code=summary.error.code if summary.error else "",
            records_read=summary.records_read,
            cells_written=summary.cells_written,
        )
    )


def _run(
    client: RedcapClient,
    settings: ProjectSettings,
    protocol: Protocol,
    summary: RunSummary,
    journal: Journal | None,
    progress: Progress | None,
) -> None:
    """Go through all records, batch by batch; without a journal nothing is written."""
    project = preflight(client, settings, protocol, dry_run=journal is None)
    id_field = project.dictionary.record_id_field
    writer = journal and Writer(client, journal, summary.run_id, project.homes, id_field=id_field)
    classic = not any(home.event for home in project.homes.values())
    log = Log(client, project.dictionary, protocol, classic=classic)
    ids = client.record_ids()
    for batch in client.export_batches(ids, groups=True):
        if batch and not summary.records_read:
            refuse_worker_in_group(client, batch[0], settings)
        changes: list[Change] = []
        for record, rows in by_record(batch, id_field):
            summary.records_read += 1
            try:
                history = log.of(record, rows)
                plan = plan_record(record, rows, project, settings, protocol, history=history)
            except RecordError as error:
                summary.left_out.append(LeftOut(record, str(error)))
                continue
            summary.records_due += 1
            summary.queries.add(plan.reconciled)
            summary.conflicts += plan.reconciled.conflicts
            changes += plan.changes
        if writer:
            _refuse_too_many(writer.cells, len(changes), settings)
            try:
                writer.write(changes)
            finally:
                summary.cells_written = writer.cells
        else:
            summary.changes += changes
            summary.cells_written += len(changes)
        if progress:
            progress(summary.records_read, len(ids))
    for record, rejections in (writer.refused if writer else {}).items():
        if all(one.locked for one in rejections):
            summary.frozen.append(record)
        else:
            summary.left_out.append(
                LeftOut(record, f"REDCap refused '{rejections[0].field}': {rejections[0].message}")
            )


def _refuse_too_many(written: int, more: int, settings: ProjectSettings) -> None:
    """Stop before the batch with which a run would change more cells than it may."""
    if settings.max_changes is not None and written + more > settings.max_changes:
        raise GuardError(
            "GUARD-FUSE",
            f"The run stopped at {written} cells written; with the next records it would change {written + more}, "
            f"and {settings.max_changes} are allowed",
            where=f"project '{settings.name}'",
            remedy="See 'licats sync --dry-run' for what would change. If it is right, raise 'max_changes'.",
        )


def plan_record(
    record: str,
    rows: list[Row],
    project: Preflight,
    settings: ProjectSettings,
    protocol: Protocol,
    *,
    history: History = NOT_READ,
) -> RecordPlan:
    """Work out one record from its rows. Pure.

    Args:
        record: Record id.
        rows: All its rows as exported, the worker's among them.
        project: What preflight found out.
        settings: The project.
        protocol: The protocol.
        history: Its changes by REDCap's log.

    Raises:
        RecordError: The rows cannot be made sense of.
    """
    worked = work_out(record, rows, project, settings, protocol, history=history)
    return RecordPlan(plan_changes(record, worked.held, worked.wanted), worked.reconciled)
