"""How a project stands by the local state alone: REDCap is not asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from redcap_licats.config import ProjectSettings
from redcap_licats.journal.engine import FILE
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Hold, Run
from redcap_licats.sync.summary import LeftOut

#: runs to look through for the last one that came to its end
_RUNS = 1000


@dataclass(frozen=True, slots=True)
class Status:
    """How a project stood after its last run that came to its end.

    Attributes:
        last_run: The latest run, however it ended; None before the first.
        last_done: The latest that came to its end, with records left out or without; the rest is from then.
        queries_open, queries_held: How many queries stood so.
        left_out, frozen: Records not processed, with the reason, and records locked as a whole.
        hold: Why nothing may be written; None if it may.
        next_full_pass: From when on the next run reads all records; None if it does at once.
    """

    last_run: Run | None = None
    last_done: Run | None = None
    queries_open: int = 0
    queries_held: int = 0
    left_out: tuple[LeftOut, ...] = ()
    frozen: tuple[str, ...] = ()
    hold: Hold | None = None
    next_full_pass: dt.datetime | None = None


def status_of(settings: ProjectSettings) -> Status:
    """Read how a project stands from the local state, which is not made where there is none.

    Raises:
        ConfigError: The state cannot be opened.
    """
    if "://" not in settings.state and not (Path(settings.state) / FILE).exists():
        return Status()
    with Journal(settings.state) as journal:
        runs = [run for run in journal.runs(settings, limit=_RUNS) if not run.undoes]
        memory = journal.memory(settings.key)
        known = memory.known()
        held, open_ = memory.queries()
        return Status(
            last_run=next(iter(runs), None),
            last_done=next((run for run in runs if run.exit_code in (0, 1)), None),
            queries_open=open_,
            queries_held=held,
            left_out=tuple(LeftOut(one.record, one.reason) for one in memory.left_out()),
            frozen=memory.frozen(),
            hold=memory.held(),
            next_full_pass=known.full_pass + dt.timedelta(days=settings.full_pass_every) if known else None,
        )
