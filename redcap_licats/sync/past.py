"""Looking back at what runs wrote, and letting go of it."""

from __future__ import annotations

import datetime as dt

from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Entry, Hold, Run
from redcap_licats.sync.lock import alone


def runs_of(settings: ProjectSettings, *, limit: int = 20) -> tuple[Run, ...]:
    """Give the latest runs of a project, newest first."""
    with Journal(settings.state) as journal:
        return journal.runs(settings, limit=limit)


def history_of(settings: ProjectSettings, record: str) -> tuple[Entry, ...]:
    """Give every cell that runs wrote of a record, oldest first.

    Raises:
        ConfigError: The journal knows nothing of the record.
    """
    with Journal(settings.state) as journal:
        entries = journal.changes_of_record(settings, record)
    if not entries:
        raise ConfigError(
            "HISTORY-NONE",
            f"No run wrote anything of record '{record}', or it was forgotten",
            where=f"project '{settings.name}'",
            remedy="Give the record id as REDCap shows it; REDCap's own log knows what older state has lost.",
        )
    return entries


def resume(settings: ProjectSettings) -> Hold | None:
    """Let a held project be written again; give what held it, None if it was free."""
    with Journal(settings.state) as journal:
        memory = journal.memory(settings.key)
        hold = memory.held()
        memory.resume()
    return hold


def forget(settings: ProjectSettings, record: str, *, now: dt.datetime) -> int:
    """Remove a subject from the local state; give the number of changes that were kept of it.

    REDCap is not touched. As long as it has the record, the next run that reads it remembers it again.

    Raises:
        GuardError: A run is going on.
    """
    with alone(settings, now=now) as journal:
        journal.memory(settings.key).forget([record])
        journal.hints(settings.key).forget(record)
        return journal.forget(settings, record)
