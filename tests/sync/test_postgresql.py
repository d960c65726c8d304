from __future__ import annotations

import multiprocessing
from collections.abc import Callable

from study import kidney_event, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.journal.journal import Journal
from redcap_licats.protocol import load_protocol
from redcap_licats.sync import past
from redcap_licats.sync.undo import undo
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()


def test_a_state_in_postgresql_serves_like_a_file(
    client: RedcapClient, project: ProjectSettings, new_database: Callable[[], str]
) -> None:
    project = project.model_copy(update={"state": new_database()})
    client.import_rows([*subject("1"), *subject("2")[:-1], kidney_event("2", kidney_onset="2026-01-05")])
    first = sync(project, PROTOCOL)
    assert (first.error, first.exit) == (None, 0)
    idle = sync(project, PROTOCOL)
    assert (idle.error, idle.records_read, idle.cells_written, idle.requests <= 4) == (None, 0, 0, True)
    assert len(past.history_of(project, "1")) > 30
    assert undo(project, PROTOCOL, first.run_id).error is None
    held = sync(project, PROTOCOL)
    assert held.error is not None
    assert held.error.code == "PROJECT-HELD"
    past.resume(project)
    assert sync(project, PROTOCOL).queries.opened == first.queries.opened


def test_two_runs_may_meet_a_fresh_database(new_database: Callable[[], str]) -> None:
    url = new_database()
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=_open, args=(url,)) for _ in range(3)]
    for one in runs:
        one.start()
    for one in runs:
        one.join(60)
    assert [one.exitcode for one in runs] == [0, 0, 0]


def _open(url: str) -> None:
    Journal(url).close()
