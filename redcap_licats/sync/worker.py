"""The run: find out what to read, read, derive, check, reconcile, plan, write, journal."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.threads import Thread
from redcap_licats.check.model import Unread
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError, LicatsError, RecordError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Remembered, Run, Standing
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.rows import read_queries
from redcap_licats.query.threads import stands
from redcap_licats.sync.agenda import Agenda, draw_up, rehearse
from redcap_licats.sync.content import after, digest
from redcap_licats.sync.delivery import Delivery, RecordPlan, is_frozen, reason_of
from redcap_licats.sync.held import Row
from redcap_licats.sync.history import Kept, Log
from redcap_licats.sync.pipeline import ahead
from redcap_licats.sync.plan import plan_changes
from redcap_licats.sync.preflight import refuse_worker_in_group
from redcap_licats.sync.record import by_record, work_out
from redcap_licats.sync.running import client_of, journalled, new_run_id
from redcap_licats.sync.stored import log_of
from redcap_licats.sync.summary import LeftOut, QueryCounts, RunSummary
from redcap_licats.sync.threads import spoken, workflow_of
from redcap_licats.sync.write import Writer

#: records done, records in all
Progress = Callable[[int, int], None]
#: threads by record
Threads = Mapping[str, Sequence[Thread]]


def sync(
    settings: ProjectSettings,
    protocol: Protocol,
    *,
    dry_run: bool = False,
    full: bool = False,
    records: Sequence[str] = (),
    hints: Sequence[str] = (),
    progress: Progress | None = None,
    client: RedcapClient | None = None,
) -> RunSummary:
    """Bring the worker's instruments of one project up to date.

    Args:
        settings: The project.
        protocol: The protocol with the study's overlay.
        dry_run: Whether to write nothing, neither to REDCap nor to the journal, and only say what would change.
        full: Whether to read all records, changed or not. A dry run always does.
        records: Read these and no others.
        hints: As ``records``, but by hearsay: those that do not exist, or no longer, are passed over.
        progress: Called after each batch.
        client: The project's client; made from the settings if missing.

    Returns:
        What was done. An error that stopped the run is in it, never raised; what was written before stays written
        and the next run goes on from there.
    """
    started = dt.datetime.now(dt.UTC)
    clock = time.monotonic()

    def read_clock() -> dt.datetime:
        return started + dt.timedelta(seconds=time.monotonic() - clock)

    summary = RunSummary(
        run_id=new_run_id(started),
        project=settings.name,
        project_id=settings.project_id,
        protocol_version=protocol.version,
        protocol_hash=protocol.hash,
    )
    run = Run(
        run_id=summary.run_id,
        project=settings.name,
        project_id=settings.project_id,
        server=settings.installation,
        started=started,
        protocol_version=protocol.version,
        protocol_hash=protocol.hash,
    )
    only = (*records, *hints)
    requests_before = client.requests if client else 0
    try:
        with ExitStack() as stack:
            client = client or stack.enter_context(client_of(settings))
            if dry_run:
                agenda = rehearse(client, settings, protocol, only)
                _Work(client, settings, protocol, agenda, summary, named=records).rehearse(progress)
            else:
                journal = stack.enter_context(journalled(settings, run, summary))
                agenda = draw_up(
                    client, settings, protocol, journal, full=full, only=only, now=started, clock=read_clock
                )
                shelf = journal.memory(settings.key).shelf()
                work = _Work(client, settings, protocol, agenda, summary, shelf, named=records)
                work.carry_out(journal, progress)
    except LicatsError as error:
        summary.error = error
    summary.requests = client.requests - requests_before if client else 0
    summary.seconds = time.monotonic() - clock
    return summary


class _Work:
    """The records of one run, on their way from REDCap to plans and back."""

    def __init__(
        self,
        client: RedcapClient,
        settings: ProjectSettings,
        protocol: Protocol,
        agenda: Agenda,
        summary: RunSummary,
        kept: Kept | None = None,
        *,
        named: Sequence[str] = (),
    ) -> None:
        self._client = client
        self._settings = settings
        self._protocol = protocol
        self._agenda = agenda
        self._summary = summary
        if agenda.project.names:
            summary.without_source = agenda.project.names.lacking
        self._log: Log = log_of(
            client,
            agenda.project,
            settings,
            protocol,
            records=len(agenda.records) if agenda.leaves is None and not agenda.full else None,
            kept=kept,
            begin=agenda.log_from,
        )
        self._id_field = agenda.project.dictionary.record_id_field
        self._workflow = workflow_of(client, settings)
        self._absent = set(agenda.records)
        self._named = frozenset(named)

    def rehearse(self, progress: Progress | None) -> None:
        """Only say what would change."""

        def collect(plans: Sequence[RecordPlan]) -> None:
            self._summary.changes += [change for one in plans for change in one.changes]
            self._summary.cells_written = len(self._summary.changes)
            for threads in filter(None, (one.threads for one in plans)):
                self._summary.threads.opened += len(threads.ask)
                self._summary.threads.closed += len(threads.close)

        self._go_through(collect, lambda _: {}, progress)

    def carry_out(self, journal: Journal, progress: Progress | None) -> None:
        """Write what differs, and remember how the records came out."""
        summary, agenda, memory = self._summary, self._agenda, journal.memory(self._settings.key)
        homes = agenda.project.homes
        writer = Writer(self._client, journal, summary.run_id, homes, id_field=self._id_field)
        try:
            with Delivery(writer, memory, self._settings, self._workflow) as delivery:
                self._go_through(delivery.put, memory.of, progress)
        finally:
            summary.cells_written = writer.cells
            for record, rejections in writer.refused.items():
                if not is_frozen(rejections):
                    summary.left_out.append(LeftOut(record, reason_of(rejections)))
            if self._workflow:
                summary.threads = self._workflow.counts
                summary.left_out += [LeftOut(*one) for one in self._workflow.refused.items()]
        if agenda.full:
            memory.keep_only([one for one in agenda.records if one not in self._absent])
        else:
            memory.forget(self._absent)
        summary.frozen += memory.frozen()
        summary.queries.held, summary.queries.open = memory.queries()
        if agenda.leaves:
            logged = agenda.leaves.logged if self._log.current else agenda.logged
            memory.learn(replace(agenda.leaves, logged=logged))

    def _go_through(
        self,
        deliver: Callable[[Sequence[RecordPlan]], None],
        remembered: Callable[[Sequence[str]], Mapping[str, Remembered]],
        progress: Progress | None,
    ) -> None:
        """Read the records batch by batch; deliver a plan for each that is not as it was left."""
        summary, project = self._summary, self._agenda.project
        with closing(ahead(self._batches())) as batches:
            for batch, threads in batches:
                if batch and not summary.records_read:
                    refuse_worker_in_group(batch[0], project, self._settings)
                rows_of = dict(by_record(batch, self._id_field))
                before = remembered(list(rows_of))
                self._log.expect(rows_of)
                plans = [
                    self._plan(record, rows, before.get(record), None if threads is None else threads[record])
                    for record, rows in rows_of.items()
                ]
                deliver([one for one in plans if one])
                self._absent.difference_update(rows_of)
                summary.records_read += len(rows_of)
                if progress:
                    progress(summary.records_read, len(self._agenda.records))
        if unknown := self._absent & self._named:
            raise ConfigError(
                "RECORD-UNKNOWN",
                f"There is no record '{min(unknown)}'",
                where=f"project '{self._settings.name}'",
                remedy="Give the record id as REDCap shows it, leading zeros included.",
            )

    def _batches(self) -> Iterator[tuple[list[dict[str, str]], Threads | None]]:
        """Read records, and their threads after them: what is said meanwhile is heard by the next run."""
        for batch in self._client.export_batches(self._agenda.records, groups=True):
            of_batch = list(dict.fromkeys(row[self._id_field] for row in batch))
            yield batch, self._workflow.threads(of_batch) if self._workflow else None

    def _plan(
        self, record: str, rows: list[Row], before: Remembered | None, threads: Sequence[Thread] | None
    ) -> RecordPlan | None:
        """Work out one record; None if it is as a run left it and nothing is due."""
        summary, agenda = self._summary, self._agenda
        project, conditions = agenda.project, agenda.conditions
        told = record in agenda.changed
        said = spoken(threads or ())
        as_left = before and not told and before.digest == digest(rows, conditions, said)
        stand = threads is None or (as_left and stands(record, read_queries(rows), threads, project.exists))
        if before and as_left and stand and (before.next_due is None or before.next_due > project.today):
            return None
        try:
            history = self._log.of(record, rows, told=told or bool(as_left))
            worked = work_out(
                record, rows, project, self._settings, self._protocol, history=history, threads=threads
            )
        except RecordError as error:
            summary.left_out.append(LeftOut(record, str(error)))
            return RecordPlan((), Remembered(record, "", standing=Standing.LEFT_OUT, reason=str(error)))
        changes = plan_changes(record, worked.held, worked.wanted)
        unread = isinstance(history, Unread) and history.passing
        counts = QueryCounts()
        counts.add(worked.reconciled)
        summary.records_due += 1
        summary.queries.add(worked.reconciled)
        summary.conflicts += worked.reconciled.conflicts
        return RecordPlan(
            changes,
            Remembered(
                record,
                "" if unread else digest(after(rows, changes, project.homes, self._id_field), conditions, said),
                next_due=worked.next_due,
                queries_held=counts.held,
                queries_open=counts.open,
            ),
            worked.threads,
        )
