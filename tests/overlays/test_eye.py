"""A site adds the organ eye with TOML alone: forms, derivations, checks, report and document follow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.cli.report import produce
from redcap_licats.config import ProjectSettings, TokenSource
from redcap_licats.definition.odm import write_project
from redcap_licats.derive.model import CLASS_OF_REASON
from redcap_licats.forms.build import build_project
from redcap_licats.forms.crosscheck import crosscheck
from redcap_licats.forms.publish import publish
from redcap_licats.protocol import load_protocol
from redcap_licats.protocol.document import document
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.subject.read import variables_read
from redcap_licats.sync.explain import explain
from redcap_licats.sync.stored import work_out_stored
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import sync

EYE = Path(__file__).parent / "eye"
PROTOCOL = load_protocol(EYE)
Row = dict[str, str]

CAUSES = ("infection", "drug", "crs", "icans", "flare", "othercause", "herpes")


def repeat(record: str, form: str, instance: int, **cells: str) -> Row:
    key = {"record_id": record, "redcap_repeat_instrument": form, "redcap_repeat_instance": str(instance)}
    return {**key, **cells, f"{form}_complete": "2"}


def patient(record: str, flare: str, **event: str) -> list[Row]:
    """Enter a patient with an eye event from day 10 and the flare value given, after 10 photons/ms before."""
    entries = {
        "eye_onset": "2026-01-20",
        "eye_end": "2026-01-27",
        "eye_ongoing": "0",
        "eye_newworse": "new",
        "eye_crit___flare": "1",
        "eye_side": "left",
        "eye_gc": "0",
        "eye_hosp": "0",
        "eye_icu": "0",
        "eye_outcome": "res",
        **{f"eye_ac_{cause}": "0" for cause in CAUSES},
    }
    dates = ("2026-01-03", "2026-01-21")
    samples = [{"lab_date": day, "lab_lab": "eyeclinic", "lab_ref_differ": "0"} for day in dates]
    return [
        {
            "record_id": record,
            "enr_dx": "sle",
            "enr_eye_aff": "1",
            "inf_ld_start": "2026-01-05",
            "inf_date": "2026-01-10",
            "enrolment_complete": "2",
            "infusion_complete": "2",
        },
        repeat(record, "labs", 1, **samples[0], lab_lfp_val="10"),
        repeat(record, "labs", 2, **samples[1], lab_lfp_val=flare, lab_bcell_val="0"),
        repeat(record, "licats_eye", 1, **{**entries, **event}),
    ]


@dataclass(frozen=True)
class Site:
    settings: ProjectSettings
    client: RedcapClient
    run: RunSummary

    def rows(self, record: str, form: str) -> list[Row]:
        return [row for row in self.client.export_rows([record]) if row["redcap_repeat_instrument"] == form]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A study with the overlay: one event that meets its criterion, one that does not and lacks an answer."""
    folder = tmp_path_factory.mktemp("eye")
    with SandboxProcess() as sandbox:
        odm = write_project(build_project(PROTOCOL))
        token = create_project(sandbox.url, sandbox.super_token, title="Eye", odm=odm, rate_per_minute=0)
        (folder / "token").write_text(token)
        (folder / "token").chmod(0o600)
        with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
            settings = ProjectSettings(
                name="eye",
                url=sandbox.url,
                project_id=client.project_info().project_id,
                token=TokenSource(file=folder / "token"),
                overlay=EYE,
                approval=folder / "eye.approved.json",
                state=str(folder / "state"),
                rate_per_minute=0,
            )
            client.import_rows([*patient("1", "15"), *patient("2", "14.9", eye_ac_herpes="1")])
            yield Site(settings, client, sync(settings, PROTOCOL))


def test_the_instruments_follow(tmp_path: Path) -> None:
    project = build_project(PROTOCOL)
    crosscheck(project, PROTOCOL, variables_read(PROTOCOL))
    names = {path.name for path in publish(PROTOCOL, tmp_path)}
    assert "licats_eye.zip" in names
    fields = project.dictionary.by_name
    assert {"eye_onset", "eye_ac_herpes", "eye_side", "enr_eye_aff", "lab_lfp_val", "sum_eye_d"} <= fields.keys()
    assert "kidney_side" not in fields
    assert "eye" in fields["gc_ind"].choices
    assert list(PROTOCOL.organs)[-2:] == ["eye", "other"]


def test_the_event_is_derived(site: Site) -> None:
    assert site.run.exit == 0, site.run.as_dict()
    (met,) = site.rows("1", "licats_result")
    expected = {
        "res_key_d": "eye-1",
        "res_organ_d": "eye",
        "res_timing_d": "early",
        "res_c1_id_d": "flare",
        "res_c1_state_d": "met",
        "res_c1_ratio_d": "1.5000",
        "res_c1_unit_d": "phms",
        "res_c2_id_d": "cells",
        "res_c2_state_d": "notmet",
        "res_grade_d": "1",
        "res_class_d": "confirmed",
    }
    assert {name: met[name] for name in expected} == expected
    (unmet,) = site.rows("2", "licats_result")
    assert (unmet["res_c1_state_d"], unmet["res_class_d"]) == ("notmet", "not")
    (summary,) = site.rows("1", "")
    assert summary["sum_organs_d"] == summary["sum_affected_d"] == "eye"
    assert summary["sum_eye_d"].startswith("Eye 1: ")


def test_the_checks_follow(site: Site) -> None:
    rules = {
        record: {
            row["qry_rule_d"]: row
            for row in site.rows(record, "licats_query")
            if row["qry_form_d"] == "licats_eye"
        }
        for record in ("1", "2")
    }
    assert rules["2"].keys() - rules["1"].keys() == {"OR01"}
    assert "1.49 times baseline" in rules["2"]["OR01"]["qry_text_d"]
    (medical,) = site.rows("2", "licats_medical_query")
    assert (medical["mqry_rule_d"], medical["mqry_field_d"]) == ("AC01", "eye_ac_herpes")
    assert "Herpes virus" in medical["mqry_text_d"]


def test_a_second_run_writes_nothing(site: Site) -> None:
    assert sync(site.settings, PROTOCOL).cells_written == 0


def test_the_report_the_explanation_and_the_document_follow(site: Site, tmp_path: Path) -> None:
    (made,) = produce(site.settings, tmp_path).books
    path = made.path
    book = load_workbook(path)
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value}
    assert "Eye" in cells
    for language, wording in (
        ("en", "Aqueous flare ≥ 50 % above baseline"),
        ("ja", "前房フレア値の50%以上の上昇"),
    ):
        worked = work_out_stored(site.client, site.settings, PROTOCOL, "1")
        (eye,) = explain(worked, PROTOCOL, language, event="eye-1").parts  # type: ignore[arg-type]
        flare = next(one for one in eye.steps if one.name == "criterion.flare")
        assert wording in {one.meaning for one in flare.inputs}
        assert not flare.basis[0].published
    assert "Aqueous flare" in document(PROTOCOL, CLASS_OF_REASON)


def test_the_demo_runs_with_the_overlay(tmp_path: Path) -> None:
    command = ["demo", "--out", "demo", "--patients", "2", "--overlay", str(EYE)]
    run = subprocess.run(
        [sys.executable, "-c", "from redcap_licats.cli import main; main()", *command],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    assert "0 cells written" in run.stdout
    assert (tmp_path / "demo" / "instruments" / "licats_eye.zip").is_file()
