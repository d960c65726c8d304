"""Explain, simulate, compare and approve, as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess

ROWS = [
    {
        "record_id": "1",
        "enr_dx": "sle",
        "enr_kidney_aff": "1",
        "inf_ld_start": "2026-01-05",
        "inf_date": "2026-01-10",
    },
    *(
        {
            "record_id": "1",
            "redcap_repeat_instrument": "labs",
            "redcap_repeat_instance": str(number),
            "lab_date": date,
            "lab_lab": "conv",
            "lab_crea_val": value,
        }
        for number, (date, value) in enumerate([("2026-01-03", "0.8"), ("2026-01-21", "1.2")], start=1)
    ),
    {
        "record_id": "1",
        "redcap_repeat_instrument": "licats_kidney",
        "redcap_repeat_instance": "1",
        "kidney_onset": "2026-01-20",
        "kidney_end": "2026-01-27",
        "kidney_crit___crea": "1",
        "kidney_gc": "0",
        "kidney_hosp": "0",
        "kidney_icu": "0",
    },
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def study(sandbox: SandboxProcess, tmp_path: Path) -> Path:
    """A folder set up by init, over a study with one patient."""
    odm = write_project(build_project(load_protocol()))
    token = create_project(sandbox.url, sandbox.super_token, title="Trial", odm=odm, rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        client.import_rows(ROWS)
        project_id = str(client.project_info().project_id)
    (tmp_path / "token").write_text(token)
    (tmp_path / "token").chmod(0o600)
    run = licats(
        *("init", "--url", sandbox.url, "--project-id", project_id, "--token-file", "token", "--name", "trial"),
        folder=tmp_path,
    )
    assert run.returncode == 0, run.stderr
    return tmp_path


def licats(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from redcap_licats.cli import main; main()", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def answer(*arguments: str, folder: Path, exit_code: int = 0) -> dict[str, object]:
    run = licats(*arguments, "--json", folder=folder)
    assert run.returncode == exit_code, run.stdout + run.stderr
    found: dict[str, object] = json.loads(run.stdout)
    assert found["exit"] == exit_code
    return found


def other_cut(folder: Path) -> Path:
    overlay = folder / "overlay"
    overlay.mkdir()
    (overlay / "study.toml").write_text("[settings.timing]\nearly_until = 9\n", encoding="utf-8")
    return overlay


def use_overlay(folder: Path) -> None:
    file = folder / "licats.toml"
    file.write_text(file.read_text().replace('# overlay = "overlay"', 'overlay = "overlay"'))


@pytest.mark.parametrize("command", ["explain", "simulate", "protocol diff", "protocol approve"])
def test_every_command_has_help_with_an_example(command: str, tmp_path: Path) -> None:
    run = licats(*command.split(), "--help", folder=tmp_path)
    assert run.returncode == 0
    assert "Example: licats" in run.stdout


def test_explain_goes_down_to_the_cells(study: Path) -> None:
    run = licats("explain", "1", "--event", "kidney-1", folder=study)
    assert run.returncode == 0, run.stderr
    assert "“creatinine values 50% higher than baseline levels”" in run.stdout
    assert "lab_crea_val = 0.8 mg/dL" in run.stdout
    japanese = licats("explain", "1", "--language", "ja", folder=study)
    assert "本研究の設定" in japanese.stdout
    found = answer("explain", "1", folder=study)
    assert [row["event"] for row in found["rows"]] == ["", "kidney-1"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("99",), "RECORD-UNKNOWN"),
        (("1", "--event", "skin-1"), "EXPLAIN-EVENT"),
        (("1", "--language", "fr"), "LANGUAGE"),
    ],
)
def test_explain_names_what_is_wrong(study: Path, arguments: tuple[str, ...], code: str) -> None:
    error = answer("explain", *arguments, folder=study, exit_code=2)["error"]
    assert isinstance(error, dict)
    assert error["code"] == code
    assert error["remedy"]


def test_an_amendment_from_diff_to_approval(study: Path) -> None:
    overlay = other_cut(study)
    assert answer("sync", folder=study)["exit"] == 0
    simulated = answer("simulate", "--protocol", str(overlay), folder=study)
    assert simulated["moves"] == [
        {"record": "1", "what": "timing", "event": "kidney-1", "from": "early", "to": "intermediate"}
    ]
    use_overlay(study)
    keys = answer("protocol", "diff", folder=study)
    assert keys["against"] == "approved"
    assert {one["key"] for one in keys["differences"]} == {"settings.timing.early_until", "settings.timing.source"}  # type: ignore[attr-defined]
    error = answer("sync", folder=study, exit_code=4)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "PROTOCOL-UNAPPROVED"
    assert licats("doctor", folder=study).returncode == 4
    assert answer("simulate", folder=study)["moves"] == simulated["moves"]

    approved = answer("protocol", "approve", "--by", "A. Sato", "--why", "Amendment 2", folder=study)
    assert approved["moved"] == simulated["moved"]
    kept = json.loads((study / "trial.approved.json").read_text(encoding="utf-8"))["approvals"]
    assert [(one["by"], one["why"]) for one in kept] == [
        ("licats init", "First set-up"),
        ("A. Sato", "Amendment 2"),
    ]
    assert kept[-1]["moved"] == simulated["moved"]
    assert answer("sync", folder=study)["exit"] == 0
    assert answer("protocol", "diff", folder=study)["differences"] == []
    assert "A. Sato" in licats("doctor", folder=study).stdout


def test_init_over_written_results_approves_no_other_protocol(study: Path) -> None:
    other_cut(study)
    use_overlay(study)
    answer("protocol", "approve", "--by", "A. Sato", "--why", "Amendment 2", folder=study)
    assert answer("sync", folder=study)["exit"] == 0
    config = (study / "licats.toml").read_text()
    (study / "licats.toml").unlink()
    (study / "trial.approved.json").unlink()
    url, project_id = config.split('url = "')[1].split('"')[0], config.split("project_id = ")[1].split()[0]
    run = licats(
        *("init", "--url", url, "--project-id", project_id, "--token-file", "token", "--name", "trial"),
        folder=study,
    )
    assert run.returncode == 4
    assert "PROTOCOL-UNAPPROVED" in run.stdout
    assert not (study / "trial.approved.json").exists()


def test_an_approval_needs_a_name_and_a_reason(study: Path) -> None:
    assert licats("protocol", "approve", "--by", "A. Sato", folder=study).returncode == 2
    error = answer("protocol", "approve", "--by", " ", "--why", "x", folder=study, exit_code=2)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "APPROVAL-WHO"


def test_an_overlay_is_compared_with_the_shipped_protocol_without_a_configuration(tmp_path: Path) -> None:
    run = licats("protocol", "diff", "--overlay", str(other_cut(tmp_path)), folder=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "settings.timing.early_until" in run.stdout
    none = answer("protocol", "diff", "--against", "approved", folder=tmp_path, exit_code=2)["error"]
    assert isinstance(none, dict)
    assert none["code"] == "CONFIG-MISSING"
