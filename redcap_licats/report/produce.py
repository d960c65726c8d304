"""Read what REDCap holds and write the reports: the one place of this package that knows network and files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import LogRange
from redcap_licats.api.threads import Thread
from redcap_licats.check.model import NO_EVENT_NAMES, NO_LOGGING_RIGHT, Unread
from redcap_licats.check.run import skipped_checks
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError, ServerError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Entry
from redcap_licats.mapping.client import names_of
from redcap_licats.mapping.names import Names
from redcap_licats.messages import Language
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.threads import by_record
from redcap_licats.report.facts import Audience, Coverage, Privacy, RunFacts
from redcap_licats.report.gather import gather
from redcap_licats.report.html.gather import gather_page
from redcap_licats.report.html.page import page_name, write_page
from redcap_licats.report.model import Report
from redcap_licats.report.reading import read_rows
from redcap_licats.report.secret import secret_for_writing
from redcap_licats.report.workbook import file_name, write_workbook


@dataclass(frozen=True, slots=True)
class Source:
    """A project as the workbooks need it: rows without blank cells, groups by record, changes of the last run.

    ``event_ids`` holds REDCap's id by unique event name; empty in a classic project. ``threads`` by record, where
    queries are answered in them: they are read anew for each report and kept nowhere.
    """

    rows: tuple[dict[str, str], ...]
    groups: dict[str, str]
    changes: tuple[Entry, ...]
    coverage: Coverage
    record_id_field: str
    redcap_version: str
    absent_forms: frozenset[str]
    unread: Unread | None
    event_ids: dict[str, int]
    names: Names | None = None
    threads: Mapping[str, Sequence[Thread]] = field(default_factory=dict)


def read_source(client: RedcapClient, settings: ProjectSettings, protocol: Protocol) -> Source:
    """Export the project; from the journal take the changes of the last run that wrote, and what runs left out."""
    id_field = client.dictionary.record_id_field
    ids = client.record_ids()
    rows, unread = read_rows(client, ids)
    threads = by_record(ids, client.module.threads(ids)) if settings.answer_in == "drw" else {}
    with Journal(settings.state) as journal:
        memory = journal.memory(settings.key)
        changes, frozen = _last_changes(journal, settings), memory.frozen()
        left_out = {one.record: one.reason for one in memory.left_out()}
    optional = frozenset(name for name, one in protocol.instruments.items() if not one.core)
    names = names_of(client, protocol, client.dictionary, client.events()) if settings.mapping else None
    forms = {*names.standing.values(), *names.instead} if names else client.dictionary.forms.keys()
    return Source(
        rows=rows,
        groups={row[id_field]: group for row in rows if (group := row.get("redcap_data_access_group", ""))},
        changes=changes,
        coverage=Coverage(len(ids), len({row[id_field] for row in rows}), left_out | unread, frozen, len(unread)),
        record_id_field=id_field,
        redcap_version=client.version(),
        absent_forms=optional - forms,
        unread=_log_unread(client),
        event_ids=client.event_ids(),
        names=names,
        threads=threads,
    )


def _log_unread(client: RedcapClient) -> Unread | None:
    """Tell why a run with this token reads no log; None if it does."""
    if client.project_info().longitudinal:
        return NO_EVENT_NAMES
    try:
        # next to nothing comes: only whether REDCap allows it
        client.read_log(bool, LogRange(dt.datetime.now(dt.UTC), kind="lock_record"))
    except ServerError as error:
        if not error.code.startswith("API-RIGHT"):
            raise
        return NO_LOGGING_RIGHT
    return None


@dataclass(frozen=True, slots=True)
class Made:
    """A workbook that was written, and what it says."""

    path: Path
    report: Report


def write_workbooks(
    source: Source,
    settings: ProjectSettings,
    protocol: Protocol,
    folder: Path,
    *,
    at: dt.datetime,
    language: Language,
    sites: tuple[str, ...] = (),
    privacy: Privacy = Privacy.VALUES,
    since: dt.date | None = None,
) -> tuple[Made, ...]:
    """Write the monitor's workbook, or one workbook for each site named.

    Args:
        source: What REDCap holds.
        settings: The project.
        protocol: The protocol.
        folder: Folder for the files; made if missing.
        at: When the report is made; aware.
        language: Of all words that are not data.
        sites: Unique names of Data Access Groups; a site's workbook shows that site only and nothing medical.
        privacy: Whether values as entered may be told.
        since: First day of what is new; the day of the last such report if None.

    Raises:
        ConfigError: No record belongs to a site that was named, or a workbook cannot be written.
    """
    skipped = skipped_checks(protocol, source.absent_forms, unread=source.unread)
    secret = secret_for_writing(settings)
    made = []
    for facts in _every(source, settings, at, sites, privacy, since):
        report = gather(
            source.rows,
            protocol,
            source.changes,
            facts,
            groups=source.groups,
            skipped=skipped,
            absent_forms=source.absent_forms,
            record_id_field=source.record_id_field,
            threads=source.threads,
            prefix=source.names.prefix if source.names else "",
        )
        path = folder / file_name(report)
        made.append(Made(_write(path, partial(write_workbook, report, path, language, secret)), report))
        _remember(settings, facts)
    return tuple(made)


def write_pages(
    source: Source,
    settings: ProjectSettings,
    protocol: Protocol,
    folder: Path,
    *,
    at: dt.datetime,
    language: Language,
    sites: tuple[str, ...] = (),
    privacy: Privacy = Privacy.VALUES,
) -> tuple[Path, ...]:
    """Write the monitor's page, or one page for each site named; arguments and errors as with workbooks."""
    skipped = skipped_checks(protocol, source.absent_forms, unread=source.unread)
    paths = []
    for facts in _every(source, settings, at, sites, privacy):
        data = gather_page(
            source.rows,
            protocol,
            facts,
            groups=source.groups,
            skipped=skipped,
            record_id_field=source.record_id_field,
            threads=source.threads,
        )
        path = folder / page_name(data)
        paths.append(_write(path, partial(write_page, data, path, language)))
    return tuple(paths)


def _every(
    source: Source,
    settings: ProjectSettings,
    at: dt.datetime,
    sites: tuple[str, ...],
    privacy: Privacy,
    since: dt.date | None = None,
) -> Iterator[RunFacts]:
    """Give the facts for each report that is asked for: one for all sites, or one for each that was named."""
    known = set(source.groups.values())
    if unknown := sorted(set(sites) - known):
        raise ConfigError(
            "REPORT-SITE",
            f"No record belongs to the Data Access Group '{unknown[0]}'",
            where=f"project '{settings.name}'",
            remedy=f"Known groups: {', '.join(sorted(known)) or 'none'}.",
        )
    for site in sites or ("",):
        audience = Audience.SITE if site else Audience.MONITOR
        yield RunFacts(
            study=settings.name,
            project_id=settings.project_id,
            url=settings.url,
            redcap_version=source.redcap_version,
            at=at,
            coverage=source.coverage,
            site=site,
            audience=audience,
            event_ids=source.event_ids,
            names=source.names,
            privacy=privacy,
            since=since or _last_report(settings, audience, site, at.date()),
            site_answers=settings.answers_in_excel,
            in_threads=settings.answer_in == "drw",
            data_cut=settings.data_cut,
        )


def _write(path: Path, write: Callable[[], Path]) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write()
    except OSError as error:
        raise ConfigError(
            "REPORT-WRITE",
            f"The report cannot be written: {error.strerror}",
            where=str(path.parent),
            remedy="Check the folder's rights and the space left, and that no program has the file open.",
        ) from error


def _last_changes(journal: Journal, settings: ProjectSettings) -> tuple[Entry, ...]:
    for run in journal.runs(settings):
        if run.cells_written:
            return journal.changes_of_run(run.run_id)
    return ()


def _last_report(settings: ProjectSettings, audience: Audience, site: str, today: dt.date) -> dt.date | None:
    with Journal(settings.state) as journal:
        return journal.memory(settings.key).last_report(audience, site, today)


def _remember(settings: ProjectSettings, facts: RunFacts) -> None:
    with Journal(settings.state) as journal:
        journal.memory(settings.key).reported(facts.audience, facts.site, facts.at.date())
