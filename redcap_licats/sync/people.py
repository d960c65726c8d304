"""Write what people decided or answered outside REDCap, as rows that somebody else worked out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.exports import Row
from redcap_licats.api.imports import GROUP
from redcap_licats.api.threads import Thread
from redcap_licats.api.token import read_secret
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError, LicatsError
from redcap_licats.journal.model import FOR_PEOPLE, Change, Run
from redcap_licats.mapping.client import names_of
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.people_rows import PersonRow
from redcap_licats.query.rows import MEDICAL_FORM, PEOPLES_FORMS, QUERY_FORM
from redcap_licats.subject.model import Place
from redcap_licats.sync.cells import Cells, Written
from redcap_licats.sync.delivery import reason_of
from redcap_licats.sync.finding import refuse
from redcap_licats.sync.guards import first_events, other_project
from redcap_licats.sync.held import Held, Home, arm_of, read_held
from redcap_licats.sync.plan import evened, plan_changes
from redcap_licats.sync.preflight import identify
from redcap_licats.sync.record import by_record
from redcap_licats.sync.running import client_of, client_with, journalled, new_run_id
from redcap_licats.sync.summary import LeftOut
from redcap_licats.sync.threads import workflow_of
from redcap_licats.sync.write import Writer


@dataclass(frozen=True, slots=True)
class Found:
    """What REDCap holds when rows are worked out: export rows, groups and threads by record, the server's time."""

    rows: Sequence[Row]
    groups: Mapping[str, str]
    record_id_field: str
    now: dt.datetime
    threads: Mapping[str, Sequence[Thread]]


#: works out the rows to write from what REDCap holds
WorkOut = Callable[[Found], Sequence[PersonRow]]


@dataclass(slots=True)
class PeopleSummary:
    """What was written, or would have been.

    Attributes:
        run_id: Of the writing, which is a run of its own in the journal; '' if nothing was to be written.
        changes: The cells.
        cells_written: How many of them are written.
        left_out: Records that REDCap refused, or that do not hold afterwards what was written.
    """

    project: str
    project_id: int
    run_id: str = ""
    error: LicatsError | None = None
    records_read: int = 0
    cells_written: int = 0
    changes: Sequence[Change] = ()
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def exit(self) -> int:
        """Exit code."""
        if self.error is not None:
            return self.error.exit_code
        return 1 if self.left_out else 0


def write_for_people(
    settings: ProjectSettings, protocol: Protocol, records: Sequence[str], work_out: WorkOut, *, apply: bool
) -> PeopleSummary:
    """Read some records, let the rows be worked out, and write the cells that differ.

    Args:
        settings: The project; its monitor's token writes, where there is one.
        protocol: The protocol, whose version the journal names.
        records: Records to read; others are not written to.
        work_out: Gives the rows to write.
        apply: Whether to write; else it is only said what would be.

    Returns:
        What was done. An error while writing is in it; what was written before stays written.

    Raises:
        LicatsError: The project cannot be read, or a guard refuses.
    """
    started = dt.datetime.now(dt.UTC)
    summary = PeopleSummary(settings.name, settings.project_id)
    with ExitStack() as stack:
        client = stack.enter_context(client_of(settings))
        identify(client, settings, dry_run=not apply)
        pen = stack.enter_context(_pen(settings)) if settings.monitor_token else client
        if pen is not client:
            refuse(other_project(pen.project_info(), settings))
        homes = _homes(client, settings, protocol)
        if not apply:
            summary.changes = _plan(client, settings, records, homes, work_out, summary)
            return summary
        summary.run_id = new_run_id(started)
        run = Run(
            run_id=summary.run_id,
            project=settings.name,
            project_id=settings.project_id,
            server=settings.server,
            started=started,
            protocol_version=protocol.version,
            protocol_hash=protocol.hash,
        )
        with journalled(settings, run, summary) as journal:
            summary.changes = _plan(client, settings, records, homes, work_out, summary)
            id_field = client.dictionary.record_id_field
            writer = Writer(pen, journal, summary.run_id, homes, id_field=id_field)
            try:
                writer.write(summary.changes)
            finally:
                summary.cells_written = writer.cells
                summary.left_out += [LeftOut(record, reason_of(one)) for record, one in writer.refused.items()]
            summary.left_out += _not_as_written(client, summary, homes)
    return summary


def _pen(settings: ProjectSettings) -> RedcapClient:
    """Give a client that writes in the name of the monitor."""
    if settings.monitor_token is None:
        return client_of(settings)
    token = read_secret(settings.monitor_token, f"monitor's token for project '{settings.name}'")
    return client_with(settings, token)


def _homes(client: RedcapClient, settings: ProjectSettings, protocol: Protocol) -> Mapping[str, Home]:
    """Find the instruments that people write, in the live project."""
    dictionary, events = client.dictionary, client.events()
    if names := names_of(client, protocol, dictionary, events):
        dictionary, events = names.dictionary(), names.events_of()
    if missing := [form for form in PEOPLES_FORMS if form not in dictionary.forms]:
        raise ConfigError(
            "SETUP-FORMS",
            f"The project has no instrument {', '.join(missing)}",
            where=f"project '{settings.name}'",
            remedy="See: licats doctor",
        )
    return {
        form: Home.of(form, dictionary, repeats=True, events=first_events(form, events) if events else None)
        for form in PEOPLES_FORMS
    }


def _export(client: RedcapClient, records: Sequence[str]) -> list[Row]:
    if not records:
        return []
    return client.export_rows(records, forms=[QUERY_FORM, MEDICAL_FORM, *PEOPLES_FORMS], groups=True)


def _plan(
    client: RedcapClient,
    settings: ProjectSettings,
    records: Sequence[str],
    homes: Mapping[str, Home],
    work_out: WorkOut,
    summary: PeopleSummary,
) -> tuple[Change, ...]:
    """Read the records and list the cells that differ from what is worked out."""
    id_field = client.dictionary.record_id_field
    rows = _export(client, records)
    summary.records_read = len({row[id_field] for row in rows})
    groups = {row[id_field]: group for row in rows if (group := row.get(GROUP, ""))}
    now = settings.local(client.server_time or dt.datetime.now(dt.UTC))
    rows_of = dict(by_record(rows, id_field))
    workflow = workflow_of(client, settings)
    threads = workflow.threads(list(rows_of)) if workflow else {}
    wanted = work_out(Found(rows, groups, id_field, now, threads))
    held = {record: read_held(some, homes.values()) for record, some in rows_of.items()}
    arms = {event: arm for home in homes.values() for arm, event in home.events.items() if event}
    arm = {record: arm_of(some, homes.values(), arms) for record, some in rows_of.items()}
    return tuple(
        change
        for one in wanted
        for change in plan_changes(
            one.record,
            held.get(one.record, {}),
            {Place(one.form, one.number, homes[one.form].events[arm.get(one.record, 0)]): _by_rule(one.cells)},
        )
    )


def _by_rule(cells: Mapping[str, str]) -> Cells:
    return {name: Written(value, FOR_PEOPLE) for name, value in cells.items()}


def _not_as_written(client: RedcapClient, summary: PeopleSummary, homes: Mapping[str, Home]) -> Iterator[LeftOut]:
    """Read back what was written; name the records that do not hold it."""
    refused = {one.record for one in summary.left_out}
    sent: dict[str, list[Change]] = {}
    for one in summary.changes:
        if one.record not in refused:
            sent.setdefault(one.record, []).append(one)
    rows_of = dict(by_record(_export(client, list(sent)), client.dictionary.record_id_field))
    for record in sent:
        if record not in rows_of:
            yield LeftOut(record, "the record was deleted or renamed in the meantime; nothing is written for it")
            continue
        held = read_held(rows_of[record], homes.values())
        wrong = [one for one in sent[record] if _lacks(held, one)]
        if wrong:
            names = ", ".join(sorted({one.field for one in wrong}))
            yield LeftOut(record, f"REDCap does not hold what was written: {names}")


def _lacks(held: Held, change: Change) -> bool:
    cells = held.get(Place(change.instrument, change.instance, change.event), {})
    return evened(cells.get(change.field, "")) != change.new
