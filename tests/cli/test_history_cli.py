"""What runs wrote, taking it back, and letting go of it, as an operator types it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.synth.cohort import synthesise

CONFIG = """\
[[project]]
name = "trial"
url = "{url}"
project_id = {project_id}
token = {{ file = "token" }}
rate_per_minute = 0
"""

Licats = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def licats(sandbox: SandboxProcess, tmp_path: Path) -> Licats:
    """The command line in a folder with a study of three subjects."""
    odm = write_project(build_project(load_protocol()))
    token = create_project(sandbox.url, sandbox.super_token, title="Trial", odm=odm, rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        project_id = client.project_info().project_id
        client.import_rows([dict(row) for row in synthesise(patients=3).rows])
    (tmp_path / "licats.toml").write_text(CONFIG.format(url=sandbox.url, project_id=project_id))
    (tmp_path / "token").touch(0o600)
    (tmp_path / "token").write_text(token)

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from redcap_licats.cli import main; main()", *arguments],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return call


def told(run: subprocess.CompletedProcess[str]) -> dict[str, object]:
    answer: dict[str, object] = json.loads(run.stdout)
    assert answer["exit"] == run.returncode
    return answer


def test_from_a_run_to_its_undoing_and_on(licats: Licats) -> None:
    first = told(licats("sync", "--json", "--full", "--max-changes", "100000"))
    changes = told(licats("history", "1", "--json"))["changes"]
    assert isinstance(changes, list)
    assert {"field", "from", "to", "rule", "run_id", "at", "protocol", "confirmed"} <= changes[0].keys()
    assert {one["run_id"] for one in changes} == {first["run_id"]}
    (listed,) = told(licats("history", "--json"))["runs"]  # type: ignore[misc]  # a list, as the name says
    assert listed["cells_written"] == first["cells_written"]
    undone = told(licats("undo", str(first["run_id"]), "--json"))
    assert (undone["exit"], undone["undone"], undone["error"]) == (0, first["run_id"], None)
    held = told(licats("sync", "--json"))
    assert held["exit"] == 4
    assert told(licats("resume", "--json"))["was_held_for"] == first["run_id"]
    again = told(licats("sync", "--json"))
    assert (again["exit"], again["records_read"]) == (0, 3)
    removed = told(licats("forget", "1", "--json"))["changes_removed"]
    assert isinstance(removed, int)
    assert removed > 0
    assert told(licats("history", "1", "--json"))["exit"] == 2


def test_people_are_told_in_words(licats: Licats) -> None:
    run_id = str(told(licats("sync", "--json"))["run_id"])
    assert "sum_day0_d" in licats("history", "1").stdout
    assert run_id in licats("history").stdout
    undone = licats("undo", run_id).stdout
    assert "taken back" in undone
    assert "licats resume" in undone
    refused = licats("sync")
    assert refused.returncode == 4
    assert "PROJECT-HELD" in refused.stderr
    assert run_id in licats("resume").stdout
    assert "not held" in licats("resume").stdout
    assert "nothing is kept of record 1" in licats("forget", "1").stdout


def test_a_run_that_may_change_too_little_and_a_record_that_is_not_there(licats: Licats) -> None:
    assert told(licats("sync", "--json", "--max-records", "2"))["exit"] == 4
    one = told(licats("sync", "--json", "--record", "2"))
    assert (one["exit"], one["records_read"]) == (0, 1)
    unknown = licats("sync", "--record", "99")
    assert unknown.returncode == 2
    assert "'99'" in unknown.stderr
