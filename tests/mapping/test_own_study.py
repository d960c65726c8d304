from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from own_study import PREFIX, Entry, mapping_text, own_project

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.mapping import load_mapping
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.deploy import deploy
from redcap_licats.sync.deploy_plan import make_plan
from redcap_licats.sync.placement import placement_of
from redcap_licats.sync.running import client_of
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import sync
from redcap_licats.synth.cohort import synthesise

PROTOCOL = load_protocol()
PATIENTS = 39
Row = dict[str, str]
#: places, and the hash of cells by place and value as entered
PLACES = frozenset({"res_key_d", "res_fprint_d"})


@dataclass(frozen=True)
class Project:
    """A project with what a run of the worker said and left in it."""

    settings: ProjectSettings
    summary: RunSummary
    rows: tuple[Row, ...]

    def of(self, form: str) -> list[Row]:
        return [row for row in self.rows if row["redcap_repeat_instrument"] == form]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def cohort() -> list[Row]:
    """The demo's cohort, with a drug and an adverse event, which it has none of."""
    rows: list[Row] = []
    for row in synthesise(seed=1, patients=PATIENTS).rows:
        rows.append(dict(row))
        if not row.get("redcap_repeat_instrument") and row["record_id"] in ("1", "2"):
            day = dt.date.fromisoformat(row["inf_date"]) + dt.timedelta(days=3)
            keys = {"record_id": row["record_id"], "redcap_repeat_instance": "1"}
            drug = {"cm_drug": "Ibuprofen", "cm_class": "nsaid", "cm_start": f"{day}", "cm_ongoing": "1"}
            event = {
                "ae_term": "Rash",
                "ae_start": f"{day}",
                "ae_ctc_ver": "5",
                "ae_grade": "3",
                "ae_serious": "1",
            }
            rows.append(keys | {"redcap_repeat_instrument": "conmed"} | drug)
            rows.append(keys | {"redcap_repeat_instrument": "adverse_event"} | event)
    return rows


def _settings(client: RedcapClient, token: str, folder: Path, name: str, **more: object) -> ProjectSettings:
    secret = folder / f"{name}.token"
    secret.touch(mode=0o600)
    secret.write_text(token)
    return ProjectSettings.model_validate(
        {
            "name": name,
            "url": client.url,
            "project_id": client.project_info().project_id,
            "token": {"file": str(secret)},
            "state": str(folder / f"{name}-state"),
            "approval": str(folder / f"{name}.approved.json"),
            "rate_per_minute": 0,
            **more,
        }
    )


def _run(settings: ProjectSettings) -> RunSummary:
    summary = sync(settings, PROTOCOL)
    assert summary.error is None
    assert summary.left_out == []
    return summary


def _left(settings: ProjectSettings, summary: RunSummary) -> Project:
    with client_of(settings) as client:
        forms = ("licats_result", "licats_summary", "licats_query", "licats_medical_query")
        return Project(settings, summary, tuple(client.export_rows(forms=forms)))


@pytest.fixture(scope="module")
def classic(sandbox: SandboxProcess, cohort: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("classic")
    odm = write_project(build_project(PROTOCOL))
    token = create_project(sandbox.url, sandbox.super_token, title="Classic", odm=odm, rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        client.import_rows(cohort)
        settings = _settings(client, token, folder, "classic")
    return _left(settings, _run(settings))


@pytest.fixture(scope="module")
def own(sandbox: SandboxProcess, cohort: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same cohort in the study's own project, which got our instruments by a deployment."""
    folder = tmp_path_factory.mktemp("own")
    odm = write_project(own_project())
    token = create_project(sandbox.url, sandbox.super_token, title="Own", odm=odm, rate_per_minute=0)
    (folder / "mapping.toml").write_text(mapping_text(PROTOCOL))
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        settings = _settings(client, token, folder, "own", mapping=str(folder / "mapping.toml"))
        placement = placement_of(load_mapping(settings.mapping, PROTOCOL), PROTOCOL)
        plan = make_plan(client, PROTOCOL, placement)
        deploy(client, plan, settings, accepted=(), folder=folder / "backup")
        client.pycap.import_dags(
            [{"data_access_group_name": g, "unique_group_name": ""} for g in ("Site A", "Site B")]
        )
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        client.import_rows([*Entry(PROTOCOL).rows(cohort)])
    return _left(settings, _run(settings))


def _results(project: Project) -> dict[tuple[str, ...], Row]:
    rows = project.of("licats_result")
    return {
        (row[next(iter(row))], row["res_organ_d"], row["res_event_inst_d"]): {
            name: value for name, value in row.items() if name.startswith("res_") and name not in PLACES
        }
        for row in rows
    }


def test_the_same_cohort_gives_the_same_results(classic: Project, own: Project) -> None:
    assert len(_results(classic)) == 55
    assert _results(own) == _results(classic)


def _summaries(project: Project) -> dict[str, Row]:
    return {
        row[next(iter(row))]: {name: value for name, value in row.items() if name.startswith("sum_")}
        for row in project.rows
        if not row["redcap_repeat_instrument"] and row["sum_n_d"]
    }


def test_the_same_cohort_gives_the_same_summaries(classic: Project, own: Project) -> None:
    assert len(_summaries(classic)) == PATIENTS
    assert _summaries(own) == _summaries(classic)


def _queries(project: Project, form: str, stem: str) -> Counter[tuple[str, ...]]:
    kept = ("rule", "sev", "text", "opened", "state", "since", "reopened", "changed", "kind")
    return Counter((row[next(iter(row))], *(row[f"{stem}_{one}_d"] for one in kept)) for row in project.of(form))


@pytest.mark.parametrize(("form", "stem"), [("licats_query", "qry"), ("licats_medical_query", "mqry")])
def test_the_same_cohort_gives_the_same_queries(classic: Project, own: Project, form: str, stem: str) -> None:
    theirs, ours = _queries(own, form, stem), _queries(classic, form, stem)
    assert ours
    assert theirs - ours == Counter()
    assert ours - theirs == Counter()


def test_a_query_names_the_studys_own_form(own: Project) -> None:
    places = {(row["qry_form_d"], row["qry_field_d"]) for row in own.of("licats_query")}
    assert {form for form, _ in places} & {"labs", "stay", "ae", "medication", "demographics"}
    for form, field in places:
        assert form.startswith(PREFIX) == field.startswith(PREFIX) or not field


def test_a_second_run_writes_nothing(own: Project) -> None:
    again = _run(own.settings)
    assert (again.cells_written, again.records_read) == (0, 0)
    full = sync(own.settings, PROTOCOL, full=True)
    assert (full.error, full.cells_written, full.records_read) == (None, 0, PATIENTS)
