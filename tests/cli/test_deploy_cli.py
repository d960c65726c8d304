"""diff, deploy and restore as a data manager meets them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.cli.instruments_deploy import deploy_command, diff_command, restore_command
from redcap_licats.definition.dictionary import read_dictionary
from redcap_licats.definition.model import DataDictionary, Field, FieldType, Project
from redcap_licats.definition.odm import write_project
from redcap_licats.errors import ConfigError, GuardError
from redcap_licats.sandbox.process import SandboxProcess

PROGRAM = "from redcap_licats.cli import main; main()"
OWN = (
    Field("pid", "start", FieldType.TEXT, label="=Id"),
    Field("enr_sex", "start", FieldType.YESNO, label="Female"),
    Field("note", "start", FieldType.NOTES, label="Notes"),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def study(sandbox: SandboxProcess, tmp_path: Path) -> Path:
    """A classic study of its own with one colliding name, and its configuration."""
    odm = write_project(Project("Own", DataDictionary(OWN), {"start": "Start"}))
    token = create_project(sandbox.url, sandbox.super_token, title="Own", odm=odm, rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        number = client.project_info().project_id
    (tmp_path / "token").write_text(token)
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "mapping.toml").write_text("")
    (tmp_path / "licats.toml").write_text(
        f'[[project]]\nname = "own"\nurl = "{sandbox.url}"\nproject_id = {number}\nrate_per_minute = 0\n'
        'token = { file = "token" }\nmapping = "mapping.toml"\n'
    )
    return tmp_path


Told = Callable[..., dict[str, object]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], study: Path) -> Told:
    """Run a command with --json; give what it printed."""

    def run(command: Callable[..., int], exit_code: int = 0, **options: object) -> dict[str, object]:
        assert command(config=study / "licats.toml", as_json=True, **options) == exit_code
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        assert found["exit"] == exit_code
        return found

    return run


def rows(found: dict[str, object]) -> list[dict[str, object]]:
    listed = found["differences"]
    assert isinstance(listed, list)
    return listed


def test_a_taken_name_is_told_with_a_prefix_to_use(study: Path, told: Told) -> None:
    found = told(diff_command, 4)
    assert found["proposed_prefix"] == "lic_"
    assert [(one["kind"], one["field"]) for one in rows(found)] == [("name is taken", "enr_sex")]
    with pytest.raises(GuardError, match="for something else"):
        diff_command(config=study / "licats.toml", dictionary=study / "upload.csv")
    assert not (study / "upload.csv").exists()


def test_the_whole_way(study: Path, told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "mapping.toml").write_text('prefix = "lic_"\n')
    upload, listing = study / "upload.csv", study / "list.csv"
    names = study / "field_map.json"
    found = told(diff_command, dictionary=upload, listing=listing, mapped=names, without=["biopsy"])
    told_names = json.loads(names.read_text())
    forms = told_names["forms"]
    assert (told_names["project"], told_names["own"]) == (found["project_id"], [])
    assert "biopsy" not in forms
    assert (forms["licats_summary"]["name"], forms["enrolment"]["fields"]["sex"]) == (
        "lic_licats_summary",
        "lic_enr_sex",
    )
    assert {one["class"] for one in rows(found)} == {"safe"}
    dictionary = read_dictionary(upload.read_text())
    assert dictionary.fields[:3] == OWN
    assert "lic_biopsy" not in dictionary.forms
    with listing.open(newline="") as file:
        assert {row["kind"] for row in csv.DictReader(file)} >= {"form added"}

    dry = told(deploy_command, without=["biopsy"])
    assert (dry["backup"], dry["written"]) == (None, [])
    done = told(deploy_command, apply=True, without=["biopsy"])
    assert done["written"] == ["data dictionary", "repeating set-up"]
    assert diff_command(config=study / "licats.toml", without=["biopsy"]) == 0
    assert "there is nothing to deploy" in capsys.readouterr().out
    folder = Path(str(done["backup"]))
    assert told(restore_command, folder=folder)["written"] == []
    assert told(restore_command, folder=folder, apply=True)["written"] == ["data dictionary", "repeating set-up"]


def test_only_optional_forms_can_be_left_out(study: Path) -> None:
    with pytest.raises(ConfigError, match="none of ours that a study can do without"):
        diff_command(config=study / "licats.toml", without=["labs"])


def test_production_is_refused_with_exit_code_4(sandbox: SandboxProcess, study: Path) -> None:
    number = (study / "licats.toml").read_text().partition("project_id = ")[2].partition("\n")[0]
    url = sandbox.url.replace("/api/", f"/sandbox/projects/{number}/status")
    headers = {"Authorization": f"Bearer {sandbox.super_token}"}
    requests.post(url, json={"status": "production"}, headers=headers, timeout=30).raise_for_status()
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, "instruments", "deploy", "--apply", "--json"],
        cwd=study, env={"PATH": "/usr/bin:/bin", "HOME": str(study)}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert run.returncode == 4, run.stderr
    assert json.loads(run.stdout)["error"]["code"] == "DEPLOY-PRODUCTION"
