from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook
from own_study import PREFIX, Entry, mapping_text, own_project

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.odm import write_project
from redcap_licats.deploy.carry_out import deploy
from redcap_licats.deploy.placement import placement_of
from redcap_licats.deploy.plan import make_plan
from redcap_licats.forms.build import build_project
from redcap_licats.mapping import load_mapping
from redcap_licats.protocol import load_protocol
from redcap_licats.query.people_rows import PersonRow
from redcap_licats.report.produce import read_source, write_pages, write_workbooks
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.doctor import examine_project
from redcap_licats.sync.explain import explain
from redcap_licats.sync.finding import Harm
from redcap_licats.sync.people import write_for_people
from redcap_licats.sync.running import client_of
from redcap_licats.sync.stored import work_out_stored
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.undo import undo
from redcap_licats.sync.worker import sync
from redcap_licats.synth.cohort import synthesise

PROTOCOL = load_protocol()
PATIENTS = 39
Row = dict[str, str]
#: places, and the hash of cells by place and value as entered
PLACES = frozenset({"res_key_d", "res_fprint_d"})


#: what is asked of a value's unit where the site writes the unit, and cannot be where the field has one; and of a
#: serious event's criteria, for which the study has no field
OTHERWISE_ASKED = {"27": ("UN01",), "28": ("UN02", "UN03"), "1": ("GR12",), "2": ("GR12",)}


#: what the one open query on the unit counts in a summary
ONE_LESS = {"sum_q_any_d": 1, "sum_q_hard_d": 1, "sum_q_site_d": 1}


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
    """Only one count differs: a creatinine without a unit is asked about, which a field of one unit has always."""
    theirs, ours = _summaries(own), _summaries(classic)
    assert len(ours) == PATIENTS
    differ = {record for record in ours if theirs[record] != ours[record]}
    assert differ == {"27"}
    counts = {
        name: (value, theirs["27"][name]) for name, value in ours["27"].items() if theirs["27"][name] != value
    }
    asked = [row for row in classic.of("licats_query") if (row["record_id"], row["qry_rule_d"]) == ("27", "UN01")]
    assert [(row["qry_field_d"], row["qry_state_d"]) for row in asked] == [("lab_crea_unit", "open")]
    assert {name: int(one or 0) - int(other or 0) for name, (one, other) in counts.items()} == ONE_LESS


def _queries(project: Project, form: str, stem: str) -> Counter[tuple[str, ...]]:
    kept = ("rule", "sev", "opened", "state", "since", "reopened", "changed", "kind")
    return Counter(
        (row[next(iter(row))], _evened(row[f"{stem}_text_d"]), *(row[f"{stem}_{one}_d"] for one in kept))
        for row in project.of(form)
    )


def _evened(text: str) -> str:
    """Take the numbers of rows out of a wording, which are places, and values in the units they are entered in."""
    return re.sub(r"labs row [0-9]+|[0-9.]+ (mg/dL|µmol/L);", "…", text)


@pytest.mark.parametrize(("form", "stem"), [("licats_query", "qry"), ("licats_medical_query", "mqry")])
def test_the_same_cohort_gives_the_same_queries(classic: Project, own: Project, form: str, stem: str) -> None:
    theirs, ours = _queries(own, form, stem), _queries(classic, form, stem)
    assert ours
    differ = [*(theirs - ours), *(ours - theirs)]
    assert {(one[0], one[2]) for one in differ} <= {
        (record, rule) for record, rules in OTHERWISE_ASKED.items() for rule in rules
    }


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


def test_every_record_is_written_in_its_own_arm(own: Project) -> None:
    for row in own.rows:
        record = row[next(iter(row))]
        assert row["redcap_event_name"].endswith("_arm_1" if int(record) % 2 else "_arm_2")


def test_the_doctor_finds_the_project_in_order_and_names_what_has_no_source(own: Project) -> None:
    found = examine_project(own.settings, PROTOCOL)
    assert [one for one in found.findings if one.harm is Harm.READING] == []
    edits = next(one.what for one in found.findings if one.code == "RIGHTS-FORMS")
    assert f": {PREFIX}enrolment, " in edits
    lacking = " ".join(one.what for one in found.findings if one.code == "MAPPING-LACKS")
    assert "adverse_event" in lacking
    assert "crit" in lacking
    told = own.summary.as_dict()["without_source"]
    assert isinstance(told, dict)
    assert "crit" in told["adverse_event"]


def test_one_changed_value_of_theirs_is_followed_to_the_workbook(own: Project, tmp_path: Path) -> None:
    """A creatinine is mistyped on the study's own form: that record only, named where the site entered it."""
    token = Path(own.settings.token.file or "").read_text()
    with RedcapClient(own.settings.url, token, rate_per_minute=0) as client:
        rows = client.export_rows(["9"], forms=["labs"])
        row = next(one for one in rows if one["redcap_event_name"] == "visits_arm_1" and one["lab_crea_val"])
        keys = {name: row[name] for name in ("study_id", "redcap_event_name", "redcap_repeat_instance")}
        keys["redcap_repeat_instrument"] = ""
        client.import_rows([keys | {"lab_crea_val": "99999"}])
        changed = _run(own.settings)
        assert (changed.records_read, changed.records_due) == (1, 1)
        assert changed.cells_written > 0
        assert _run(own.settings).cells_written == 0
        queries = client.export_rows(["9"], forms=[f"{PREFIX}licats_query"])
        named = {
            (
                one[f"{PREFIX}qry_form_d"],
                one[f"{PREFIX}qry_event_d"],
                one[f"{PREFIX}qry_inst_d"],
                one[f"{PREFIX}qry_field_d"],
            )
            for one in queries
            if one[f"{PREFIX}qry_rule_d"] == "UN03"
        }
        assert named == {("labs", "visits_arm_1", row["redcap_repeat_instance"], "lab_crea_val")}
    with client_of(own.settings) as client:
        source = read_source(client, own.settings, PROTOCOL)
        now = dt.datetime.now(dt.UTC)
        (made,) = write_workbooks(source, own.settings, PROTOCOL, tmp_path, at=now, language="en")
        line = next(one for one in made.report.queries if one.record == "9" and one.rule == "UN03")
        assert line.label.en == "Own lab_crea_val"
        heads, *cells = load_workbook(made.path)["Open queries"].iter_rows(values_only=True)
        at = heads.index("REDCap event")
        assert "visits_arm_1" in {row[at] for row in cells if row[heads.index("Rule")] == "UN03"}
        assert line.value_now
        assert line.value_now.raw == "99999"
        place = f"event_id={source.event_ids['visits_arm_1']}&page=labs&instance={row['redcap_repeat_instance']}"
        assert place in line.url
        assert {one.change.instrument.startswith(PREFIX) for one in made.report.changes} == {True}
        assert {one.change.field.startswith(PREFIX) for one in made.report.changes} == {True}
        lacking = "adverse_event: " + ", ".join(own.summary.without_source["adverse_event"])
        readme = load_workbook(made.path)["Read me"]
        assert any(lacking in str(cell.value) for row in readme.iter_rows() for cell in row)
        (page,) = write_pages(source, own.settings, PROTOCOL, tmp_path, at=now, language="ja")
        assert "本研究で収集していない項目" in page.read_text()
        assert lacking in page.read_text()


def test_a_derived_value_is_explained_by_the_studys_own_cells(own: Project) -> None:
    organ = "kidney"
    record = next(row[next(iter(row))] for row in own.of("licats_result") if row["res_organ_d"] == organ)
    with client_of(own.settings) as client:
        worked = work_out_stored(client, own.settings, PROTOCOL, record)
    shown = explain(worked, PROTOCOL, "en")
    written = {(one.place.form, one.field) for part in shown.parts for step in part.steps for one in step.cells}
    assert (f"{PREFIX}licats_result", f"{PREFIX}res_grade_d") in written
    assert all(name.startswith(PREFIX) for cell in written for name in cell)
    cells = {(one.place.form, one.field) for part in shown.parts for step in part.steps for one in step.inputs}
    assert ("labs", "lab_crea_val") in cells
    assert ("demographics", "dm_gender") in cells
    assert (f"{PREFIX}licats_{organ}", f"{PREFIX}{organ}_crit") in cells


def test_instances_of_two_redcap_events_stay_apart(own: Project) -> None:
    token = Path(own.settings.token.file or "").read_text()
    first = next(row for row in own.of("licats_result") if row["res_organ_d"] == "kidney")
    record = first[next(iter(first))]
    arm = 1 if int(record) % 2 else 2
    with RedcapClient(own.settings.url, token, rate_per_minute=0) as client:
        row = {
            "study_id": record,
            "redcap_event_name": f"screening_arm_{arm}",
            "redcap_repeat_instrument": f"{PREFIX}licats_kidney",
            "redcap_repeat_instance": "1",
            f"{PREFIX}kidney_onset": "2024-12-01",
        }
        client.import_rows([row])
    _run(own.settings)
    with client_of(own.settings) as client:
        rows = client.export_rows([record], forms=["licats_result"])
    keys = [row["res_key_d"] for row in rows if row["res_organ_d"] == "kidney"]
    assert f"kidney-1-treatment_arm_{arm}" in keys
    assert f"kidney-1-screening_arm_{arm}" in keys
    assert len(set(keys)) == len(keys)
    assert _run(own.settings).cells_written == 0


def test_an_answer_of_a_workbook_is_written_in_the_records_arm_and_taken(own: Project) -> None:
    query = next(row for row in own.of("licats_query") if row["qry_state_d"] == "open" and row["study_id"] == "22")
    number = int(query["redcap_repeat_instance"])
    answer = PersonRow("22", "licats_query_answer", number, {"ans_reason": "confirmed", "ans_comment": "Checked"})
    written = write_for_people(own.settings, PROTOCOL, ["22"], lambda _: [answer], apply=True)
    assert (written.error, written.left_out, written.cells_written) == (None, [], 2)
    run = sync(own.settings, PROTOCOL, full=True)
    assert (run.error, run.records_due) == (None, 1)
    with client_of(own.settings) as client:
        rows = client.export_rows(["22"], forms=["licats_query", "licats_query_answer"])
    (stands,) = (row for row in rows if row["qry_id_d"] == query["qry_id_d"])
    assert stands["qry_state_d"] == "answered"
    (said,) = (row for row in rows if row["ans_comment"])
    assert said["redcap_event_name"] == query["redcap_event_name"] == "treatment_arm_2"
    back = undo(own.settings, PROTOCOL, run.run_id)
    assert (back.error, back.left_out) == (None, [])
    assert back.cells_written > 0
