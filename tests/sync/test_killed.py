"""Killed at any moment, the next run comes to the same end as a run that nobody disturbed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from study import Row, kidney_event, project_xml, settings, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.config import ProjectSettings
from redcap_licats.journal.journal import Journal
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync import past
from redcap_licats.sync.undo import undo
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
SCRIPT = Path(__file__).with_name("killed.py")

Kill = Callable[..., None]


def entered() -> list[Row]:
    wrong = kidney_event("2", kidney_onset="2026-01-05", kidney_sx_start="2026-01-05")
    return [*subject("1"), *subject("2")[:-1], wrong]


def corrected() -> list[Row]:
    """What empties some of the worker's cells, and changes others."""
    return [kidney_event("2"), kidney_event("1", kidney_end="2026-01-29", kidney_hosp="1")]


@pytest.fixture
def kill(project: ProjectSettings, tmp_path: Path) -> Kill:
    def run(place: str, when: str, count: int = 1, command: str = "sync") -> None:
        file = tmp_path / "settings.json"
        file.write_text(project.model_dump_json(exclude_unset=True))
        done = subprocess.run(
            [sys.executable, str(SCRIPT), str(file), command, place, when, str(count)], check=False, timeout=120
        )
        assert done.returncode == -signal.SIGKILL

    return run


@pytest.fixture(scope="module")
def undisturbed(sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[list[Row]]]:
    """What stands in REDCap after the first run, and after the run that follows the corrections."""
    token = create_project(sandbox.url, sandbox.super_token, title="Twin", odm=project_xml(), rate_per_minute=0)
    file = tmp_path_factory.mktemp("twin") / "token"
    file.touch(0o600)
    file.write_text(token)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        number = client.project_info().project_id
        twin = settings(client.url, file.parent / "state", number, token={"file": str(file)})
        states = []
        for rows in (entered(), corrected()):
            client.import_rows(rows)
            assert sync(twin, PROTOCOL).error is None
            states.append(comparable(client))
    yield states


def comparable(client: RedcapClient) -> list[Row]:
    """All cells but the identities of queries, which hold the number of the project."""
    return [{name: value for name, value in row.items() if name != "qry_id_d"} for row in client.export_rows()]


POINTS = [
    ("request", "before", 1),
    ("request", "after", 3),
    ("intend", "before", 1),
    ("intend", "after", 1),
    ("import", "before", 1),
    ("import", "after", 1),
    ("confirm", "before", 1),
    ("confirm", "after", 1),
    ("remember", "before", 1),
    ("remember", "after", 1),
    ("learn", "before", 1),
    ("learn", "after", 1),
    ("finish", "before", 1),
]


@pytest.mark.parametrize(("place", "when", "count"), POINTS)
def test_a_first_run_killed(
    client: RedcapClient,
    project: ProjectSettings,
    kill: Kill,
    undisturbed: list[list[Row]],
    place: str,
    when: str,
    count: int,
) -> None:
    client.import_rows(entered())
    kill(place, when, count)
    assert sync(project, PROTOCOL).error is None
    assert comparable(client) == undisturbed[0]
    assert sync(project, PROTOCOL).cells_written == 0


@pytest.mark.parametrize(
    ("place", "when", "count"), [*POINTS[2:10:2], ("import", "after", 2), ("import", "before", 3)]
)
def test_a_later_run_killed(
    client: RedcapClient,
    project: ProjectSettings,
    kill: Kill,
    undisturbed: list[list[Row]],
    place: str,
    when: str,
    count: int,
) -> None:
    client.import_rows(entered())
    assert sync(project, PROTOCOL).error is None
    client.import_rows(corrected())
    kill(place, when, count)
    assert sync(project, PROTOCOL).error is None
    assert comparable(client) == undisturbed[1]
    idle = sync(project, PROTOCOL)
    assert (idle.cells_written, idle.exit) == (0, 0)


def test_what_a_killed_run_wrote_is_in_the_journal(
    client: RedcapClient, project: ProjectSettings, kill: Kill
) -> None:
    client.import_rows(subject("1"))
    kill("import", "after")
    (run,) = past.runs_of(project)
    assert run.finished is None
    with Journal(project.state) as journal:
        entries = journal.changes_of_run(run.run_id)
    assert entries
    assert not any(one.written for one in entries)
    undone = undo(project, PROTOCOL, run.run_id)
    assert undone.queries_voided == len({one.change.instance for one in entries if one.change.field == "qry_id_d"})
    assert undone.cells_kept == 0
    assert not any(row["res_key_d"] or row["sum_day0_d"] for row in client.export_rows())


@pytest.mark.parametrize(
    ("place", "when"), [("hold", "before"), ("hold", "after"), ("import", "before"), ("import", "after")]
)
def test_an_undoing_killed_is_done_again_and_holds_the_project(
    client: RedcapClient, project: ProjectSettings, kill: Kill, place: str, when: str
) -> None:
    client.import_rows(entered())
    first = sync(project, PROTOCOL)
    kill(place, when, command=first.run_id)
    next_run = sync(project, PROTOCOL)
    if (place, when) == ("hold", "before"):
        assert (next_run.error, next_run.cells_written) == (None, 0)
    else:
        assert next_run.error is not None
        assert next_run.error.code == "PROJECT-HELD"
    assert undo(project, PROTOCOL, first.run_id).error is None
    left = [row for row in client.export_rows() if row["redcap_repeat_instrument"] == "licats_result"]
    assert not any(row["res_key_d"] or row["res_grade_d"] for row in left)
