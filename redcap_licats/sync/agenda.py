"""What a run has to do: which records to read, and why. Everything that comes before the first record."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redcap_licats import __version__
from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import GuardError, ServerError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.memory import Memory
from redcap_licats.journal.model import Known
from redcap_licats.protocol.models import Protocol
from redcap_licats.sync.approval import refuse_unapproved
from redcap_licats.sync.changes import OVERLAP, News, read_news
from redcap_licats.sync.history import BEGIN, LogReader
from redcap_licats.sync.preflight import (
    Preflight,
    examine,
    identify,
    in_our_words,
    preflight,
    refuse_worker_in_group,
)
from redcap_licats.sync.setup import Setup, read_setup
from redcap_licats.sync.threads import Heard, workflow_of


@dataclass(frozen=True, slots=True)
class Agenda:
    """The work of one run.

    Attributes:
        project: What preflight found out.
        conditions: Digest of what results depend on beside the record itself.
        records: The records to read, in the order given.
        changed: Those to work out even if they look as they were left: something was logged about them, or said in
            their threads.
        full: Why all records are read; '' if they are not.
        leaves: What the run leaves when it finishes; None if the next run is to begin where this one did.
        logged: Up to when the shelf held what the log tells before the run; None if it held nothing.
        log_from: From when on it is still to be read; None if the shelf holds all of it by now.
    """

    project: Preflight
    conditions: str
    records: Sequence[str]
    changed: frozenset[str]
    full: str
    leaves: Known | None
    logged: dt.datetime | None = None
    log_from: dt.datetime | None = BEGIN


def rehearse(client: RedcapClient, settings: ProjectSettings, protocol: Protocol, only: Sequence[str]) -> Agenda:
    """Make the agenda of a dry run, which remembers nothing: all records, or those named."""
    project = preflight(client, settings, protocol, dry_run=True)
    _hear(client, settings, None)
    return Agenda(project, "", only or client.record_ids(), frozenset(), "" if only else "it is a dry run", None)


def draw_up(
    client: RedcapClient,
    settings: ProjectSettings,
    protocol: Protocol,
    journal: Journal,
    *,
    full: bool,
    only: Sequence[str],
    now: dt.datetime,
    clock: Callable[[], dt.datetime],
) -> Agenda:
    """Run the guards and find out what to read; four requests if nothing changed, five where threads are kept.

    Args:
        client: The project's client.
        settings: The project.
        protocol: The protocol.
        journal: The journal, with what is remembered of the project.
        full: Whether all records are asked for.
        only: Records to read and no others; nothing else is looked for then.
        now: When the run began, by the worker's clock, in UTC.
        clock: Reads that clock.

    Raises:
        FatalError: A guard refuses, the set-up does not fit, or REDCap cannot be read.
    """
    memory = journal.memory(settings.key)
    refuse_held(memory)
    info = identify(client, settings, dry_run=False)
    known = memory.known()
    setup = Setup.from_text(known.setup) if known else read_setup(client, info)
    client.dictionary = setup.dictionary
    # should the set-up have changed, the shelf is filled anew, and nothing that this one keeps is used
    reader = LogReader(in_our_words(client, setup, protocol).dictionary, protocol)
    news = read_news(client, journal, settings, known, reader.kept, guess=settings.local(now), now=clock)
    if known and (news.design or news.missing or info.longitudinal != setup.longitudinal):
        setup = read_setup(client, info)
    project = examine(client, setup, settings, protocol)
    for row in news.rows[:1]:
        refuse_worker_in_group(row, project, settings)
    conditions = conditions_of(settings, protocol, setup, barred=news.barred)
    why = _why_full(known, conditions, settings, now, asked=full)
    refuse_unapproved(client, settings, protocol, known=not why)
    heard = _hear(client, settings, known)
    logged = known.logged if known and known.conditions == conditions else None
    log_from = still_to_read(news, logged)
    if news.begin and log_from is None:
        memory.shelf().rewrite(news.begin.replace(second=0, microsecond=0), news.logged)
    if only:
        return Agenda(project, conditions, only, frozenset(only), "", None, logged, log_from)
    leaves = Known(
        watermark=news.watermark,
        offset=news.offset,
        seen=news.seen,
        conditions=conditions,
        setup=setup.as_text(),
        full_pass=known.full_pass if known and not why else now,
        logged=logged if news.missing else news.watermark,
        heard=heard.last,
        heard_since=heard.since,
    )
    told = news.records | heard.records
    if why:
        every = _all_ids(client, memory, settings)
        return Agenda(project, conditions, every, told, why, leaves, logged, log_from)
    unsure = news.missing or news.renamed
    changed = told | (_unknown(client, memory, settings) if unsure else frozenset())
    records = dict.fromkeys([*sorted(changed), *memory.waiting(project.today)])
    return Agenda(project, conditions, tuple(records), told, "", leaves, logged, log_from)


def _hear(client: RedcapClient, settings: ProjectSettings, known: Known | None) -> Heard:
    """Make sure that threads can be kept, and ask what was said in them, where queries are answered there."""
    workflow = workflow_of(client, settings)
    before = Heard(last=known.heard, since=known.heard_since) if known else Heard()
    return workflow.hear(before) if workflow else Heard()


def refuse_held(memory: Memory) -> None:
    """Write nothing after a run was undone, until somebody says so."""
    if hold := memory.held():
        raise GuardError(
            "PROJECT-HELD",
            f"The project is held since {hold.since:%Y-%m-%d %H:%M} UTC, when run {hold.run_id} was undone",
            remedy="Find out why it had to be undone, then: licats resume",
        )


def conditions_of(settings: ProjectSettings, protocol: Protocol, setup: Setup, *, barred: bool) -> str:
    """Digest everything but the record itself that its results depend on."""
    told = (
        __version__,
        protocol.hash,
        settings.project_id,
        str(settings.data_cut),
        settings.release_days,
        settings.time_zone,
        settings.answer_in,
        barred,
        setup.as_text(),
    )
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()


def _why_full(
    known: Known | None, conditions: str, settings: ProjectSettings, now: dt.datetime, *, asked: bool
) -> str:
    if asked:
        return "it was asked for"
    if known is None:
        return "nothing is remembered of the project"
    if known.conditions != conditions:
        return "protocol, program, settings or the project's set-up have changed"
    if now - known.full_pass >= dt.timedelta(days=settings.full_pass_every):
        return "it is due"
    return ""


def still_to_read(news: News, logged: dt.datetime | None) -> dt.datetime | None:
    """Give from when on the log is still to be read for the shelf, where what was heard is not enough.

    Args:
        news: What was heard.
        logged: Up to when the shelf holds what the log tells; None if it holds nothing.
    """
    if logged is None:
        return BEGIN
    # the overlap may be a gap on the shelf, where reading broke off
    heard = news.begin is not None and news.begin <= logged - OVERLAP
    return None if heard else logged - OVERLAP


def _unknown(client: RedcapClient, memory: Memory, settings: ProjectSettings) -> frozenset[str]:
    """Compare the ids there are with those remembered: forget what is gone, give what is new."""
    ids = _all_ids(client, memory, settings)
    memory.keep_only(ids)
    return frozenset(ids) - memory.of(ids).keys()


def _all_ids(client: RedcapClient, memory: Memory, settings: ProjectSettings) -> list[str]:
    """Give all record ids; those that are remembered and not listed are asked for by name.

    A server that cuts a long list may cut it twice at the same place, and what is not listed would be forgotten.

    Raises:
        ServerError: Records that exist are missing from the list.
    """
    ids = client.record_ids()
    unlisted = memory.names() - frozenset(ids)
    if client.export_rows(sorted(unlisted), fields=[client.dictionary.record_id_field]):
        raise ServerError(
            "API-IDS",
            "Records that exist are missing from the list of all record ids",
            where=f"project '{settings.name}'",
            remedy="Run again; if it stays so, let the administrator raise the server's memory limit.",
        )
    return ids
