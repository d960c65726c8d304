"""A record as it stands in REDCap now, worked out without writing."""

from __future__ import annotations

import datetime as dt

from redcap_licats.api.client import RedcapClient
from redcap_licats.check.model import NO_EVENT_NAMES
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.protocol.models import Protocol
from redcap_licats.sync.held import Row
from redcap_licats.sync.history import BEGIN, Aside, Kept, Log, LogReader
from redcap_licats.sync.preflight import Preflight, preflight
from redcap_licats.sync.record import Worked, work_out
from redcap_licats.sync.threads import workflow_of

#: of more records than this, the whole log is read at once
_FEW = 250


def work_out_stored(client: RedcapClient, settings: ProjectSettings, protocol: Protocol, record: str) -> Worked:
    """Read one record and work it out.

    Raises:
        ConfigError: There is no such record.
        RecordError: Its rows cannot be made sense of.
    """
    project = preflight(client, settings, protocol, dry_run=True)
    rows: list[Row] = [*client.export_rows([record], groups=True)]
    if not rows:
        raise ConfigError(
            "RECORD-UNKNOWN",
            f"There is no record '{record}'",
            where=f"project '{settings.name}'",
            remedy="Give the record id as REDCap shows it, leading zeros included.",
        )
    history = log_of(client, project, settings, protocol, records=1).of(record, rows)
    workflow = workflow_of(client, settings)
    threads = workflow.threads([record])[record] if workflow else None
    return work_out(record, rows, project, settings, protocol, history=history, threads=threads)


def log_of(
    client: RedcapClient,
    project: Preflight,
    settings: ProjectSettings,
    protocol: Protocol,
    *,
    records: int | None = None,
    kept: Kept | None = None,
    begin: dt.datetime | None = BEGIN,
) -> Log:
    """Give REDCap's log as a protocol's checks need it; nothing is read yet.

    Args:
        client: The project's client.
        project: What preflight found out.
        settings: The project.
        protocol: The protocol.
        records: For how many records; None for all.
        kept: What is kept of it; if missing nothing is.
        begin: From when on it is not kept; None if all of it is.
    """
    return Log(
        client,
        LogReader(project.dictionary, protocol),
        kept or Aside(),
        begin=begin,
        now=settings.local(client.server_time or dt.datetime.now(dt.UTC)).replace(tzinfo=None),
        few=records is not None and records <= _FEW,
        unread=NO_EVENT_NAMES if project.arms else None,
    )
