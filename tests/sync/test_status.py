"""How a project stands, read from the local state alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from study import RUN, repeat, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Hold
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.status import Status, status_of
from redcap_licats.sync.worker import sync

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def lock(sandbox: SandboxProcess, project: ProjectSettings) -> Callable[[str], None]:
    def give(record: str) -> None:
        url = sandbox.url.replace("/api/", f"/sandbox/projects/{project.project_id}/lock")
        headers = {"Authorization": f"Bearer {sandbox.super_token}"}
        assert requests.post(url, json={"record": record}, headers=headers, timeout=30).ok

    return give


def test_before_the_first_run_nothing_is_made(project: ProjectSettings) -> None:
    assert status_of(project) == Status()
    assert not Path(project.state).exists()


def test_after_a_run(client: RedcapClient, project: ProjectSettings, lock: Callable[[str], None]) -> None:
    unreadable = repeat("2", "licats_query", 1, qry_id_d="x", qry_state_d="open")
    client.import_rows([*subject("1"), *subject("2"), unreadable, *subject("3")])
    lock("3")
    summary = sync(project, load_protocol())
    stands = status_of(project)
    assert stands.last_run is not None
    assert stands.last_run == stands.last_done
    assert (stands.last_run.run_id, stands.last_run.exit_code) == (summary.run_id, summary.exit)
    assert stands.left_out == tuple(summary.left_out)
    assert [one.record for one in stands.left_out] == ["2"]
    assert stands.frozen == ("3",)
    assert stands.queries_open == summary.queries.open
    assert stands.queries_held == summary.queries.held
    assert stands.hold is None
    assert stands.next_full_pass is not None
    assert stands.next_full_pass - stands.last_run.started == dt.timedelta(days=project.full_pass_every)


def test_a_failure_does_not_hide_the_last_run_that_came_to_its_end(project: ProjectSettings) -> None:
    with Journal(project.state) as journal:
        mine = replace(RUN, server=project.installation, project_id=project.project_id)
        done = replace(mine, run_id="done", finished=NOW, exit_code=0)
        journal.start(replace(mine, run_id="other", project_id=mine.project_id + 1, started=NOW))
        failed = replace(done, run_id="failed", started=NOW, exit_code=3, error_code="API-UNREACHABLE")
        undone = replace(done, run_id="undo", started=NOW + dt.timedelta(hours=1), undoes="done")
        for run in (done, failed, undone):
            journal.start(run)
        journal.memory(project.key).hold(Hold("done", NOW))
    stands = status_of(project)
    assert (stands.last_run, stands.last_done) == (failed, done)
    assert stands.hold == Hold("done", NOW)
