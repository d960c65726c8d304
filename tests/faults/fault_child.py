"""One run in a process of its own, that dies at a given moment or whose disk is full."""

from __future__ import annotations

import os
import resource
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection, connect

import fault_ground  # noqa: F401 - finds the modules of tests/sync
from killed import lethal
from sqlalchemy import Engine, event

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.limit import Limiter
from redcap_licats.api.retry import Retry
from redcap_licats.api.token import read_token
from redcap_licats.config import ProjectSettings
from redcap_licats.journal.engine import FILE
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
#: exit codes of the process: that of the run and this
ENDED = 100
_PAGE = 4096


@dataclass(frozen=True)
class Trap:
    """What ends a run before its time.

    Attributes:
        place, when, count: Where the process kills itself; '' for nowhere.
        pages: Pages by which the journal may grow before its disk is full; None for as many as it likes.
        bytes: Up to which byte files may be written, counted from the end of the journal; None for no limit.
    """

    place: str = ""
    when: str = ""
    count: int = 1
    pages: int | None = None
    bytes: int | None = None


def impatient(settings: ProjectSettings, batch: int = 100) -> RedcapClient:
    """Give a client that does not pause between tries."""
    retry = Retry(sleep=lambda _seconds: None)
    client = RedcapClient(settings.url, read_token(settings), limiter=Limiter(0), retry=retry)
    client.batch.now = batch
    return client


def run(settings: ProjectSettings, trap: Trap, batch: int, full: bool) -> None:
    """Run the worker; the process ends with what came of it."""
    file = Path(settings.state) / FILE
    if trap.pages is not None and file.exists():
        # leaves no room within
        with closing(connect(file)) as journal:
            journal.execute("VACUUM")
    size = file.stat().st_size if file.exists() else 0
    if trap.place:
        lethal(trap.place, trap.when, trap.count)
    if trap.pages is not None:
        most = size // _PAGE + trap.pages

        def fill(connection: Connection, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {most}")

        event.listen(Engine, "connect", fill)
    if trap.bytes is not None:
        limit = max(0, size + trap.bytes)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with impatient(settings, batch) as client:
        summary = sync(settings, PROTOCOL, client=client, full=full)
    os._exit(ENDED + summary.exit)
