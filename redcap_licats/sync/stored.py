"""A record as it stands in REDCap now, worked out without writing."""

from __future__ import annotations

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.protocol.models import Protocol
from redcap_licats.sync.held import Row
from redcap_licats.sync.history import Log
from redcap_licats.sync.preflight import Preflight, preflight
from redcap_licats.sync.record import Worked, work_out

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
    history = log_of(client, project, protocol, records=1).of(record, rows)
    return work_out(record, rows, project, settings, protocol, history=history)


def log_of(client: RedcapClient, project: Preflight, protocol: Protocol, *, records: int | None = None) -> Log:
    """Give REDCap's log as a protocol's checks need it, for so many records or for all; nothing is read yet."""
    classic = not any(home.event for home in project.homes.values())
    few = records is not None and records <= _FEW
    return Log(client, project.dictionary, protocol, classic=classic, few=few)
