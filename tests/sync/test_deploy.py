"""Our forms come into a running study over real HTTP: compared, written, read back, put back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from deploy_study import FIELDS, PROTOCOL, ROWS, mapping_text, own_project
from study import base, project_xml, sample
from study import settings as make_settings

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.api.retry import Retry
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.odm import read_project, write_project
from redcap_licats.deploy.backup import read_backup
from redcap_licats.deploy.carry_out import deploy, refuse_production, refuse_without_rights, restore, write_layout
from redcap_licats.deploy.live import read_live
from redcap_licats.deploy.placement import placement_of
from redcap_licats.deploy.plan import Plan, make_plan, plan_restoring
from redcap_licats.errors import ConfigError, GuardError, ServerError
from redcap_licats.forms.compare import Effect, Kind
from redcap_licats.forms.place import Placement
from redcap_licats.mapping import load_mapping
from redcap_licats.sandbox.process import SandboxProcess


@pytest.fixture
def token(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> str:
    """Token of a fresh study of its own, with data."""
    odm = write_project(own_project())
    token = create_project(sandbox.url, sandbox.super_token, title="Own", odm=odm, rate_per_minute=0)
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    return token


@pytest.fixture
def client(sandbox: SandboxProcess, token: str) -> Iterator[RedcapClient]:
    with RedcapClient(sandbox.url, token, rate_per_minute=0, retry=Retry(attempts=1)) as client:
        client.import_rows(ROWS)
        yield client


@pytest.fixture
def placement(tmp_path: Path) -> Placement:
    (tmp_path / "mapping.toml").write_text(mapping_text())
    return placement_of(load_mapping(tmp_path / "mapping.toml", PROTOCOL), PROTOCOL)


def plan_of(client: RedcapClient, placement: Placement) -> Plan:
    return make_plan(client, PROTOCOL, placement)


def own_rows(client: RedcapClient) -> list[dict[str, str]]:
    return [dict(row) for row in client.metadata_rows() if row["field_name"] in {one.name for one in FIELDS}]


def test_a_running_study_gets_our_forms_and_keeps_its_own(
    client: RedcapClient, project: ProjectSettings, placement: Placement
) -> None:
    before, layout, data = own_rows(client), read_live(client).layout, client.export_rows()
    taken = plan_of(client, Placement())
    names = {(one.difference.form, one.difference.field) for one in taken.collisions}
    assert {("demographics", "enr_age"), ("labs", ""), ("labs", "lab_date"), ("adverse_event", "")} <= names
    assert taken.proposed_prefix == "lic_"
    with pytest.raises(GuardError, match="for something else") as refused:
        deploy(client, taken, project, accepted=["enr_age", "labs"], folder=None)
    assert 'prefix = "lic_"' in refused.value.remedy

    plan = plan_of(client, placement)
    assert {one.effect for one in plan.judged} == {Effect.SAFE}
    done = deploy(client, plan, project, accepted=(), folder=None)
    assert done.steps == ("data dictionary", "mapping of forms to events", "repeating set-up")
    assert own_rows(client) == before
    live = read_live(client)
    assert [one.name for one in live.project.dictionary][:3] == ["subject_id", "sex", "enr_age"]
    assert live.project.dictionary.fields[3].form == "lic_enrolment"
    events = {event.unique_name: event.forms for event in live.project.events}
    assert [form for form in events["follow_up_arm_2"] if not form.startswith("lic_")] == ["labs", "adverse_event"]
    assert events["infusion_arm_1"] == ("lic_infusion", "labs")
    repeats = {(one.form, one.event): one.custom_label for one in live.project.repeats}
    assert repeats["adverse_event", "follow_up_arm_2"] == "[ae_term]"
    assert repeats["lic_labs", "follow_up_arm_1"].startswith("[lic_lab_date]")
    kept = [{key: row[key] for key in data[0]} for row in client.export_rows()]
    assert kept == data

    again = plan_of(client, placement)
    assert not again.to_write
    assert {one.difference.kind for one in again.judged} == {Kind.FORM_LABEL, Kind.MISSING_CODES}

    backup = read_backup(done.backup, project)
    entered = {"subject_id": "B-1", "redcap_event_name": "baseline_arm_2", "lic_enr_dx_year": "1999"}
    client.import_rows([entered])
    with pytest.raises(GuardError, match="of 1 records: lic_enrolment"):
        restore(client, plan_restoring(client, backup), project, accepted=())
    assert restore(client, plan_restoring(client, backup), project, accepted=["lic_enrolment"])
    assert read_live(client).layout == layout
    assert client.export_rows() == data


def test_the_backup_is_whole_private_and_of_one_project(
    client: RedcapClient, project: ProjectSettings, placement: Placement, tmp_path: Path
) -> None:
    done = deploy(
        client, plan_of(client, placement), project, accepted=(), folder=tmp_path / "state" / "backups" / "kept"
    )
    files = {path.name: path for path in done.backup.iterdir()}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    above = (done.backup, *done.backup.parents[:2])
    assert {path.stat().st_mode & 0o777 for path in above} == {0o700}
    with_data = read_project(files["project_with_data.xml"].read_bytes())
    assert {cell.record for cell in with_data.cells} == {"A-1", "B-1"}
    assert not read_project(files["project.xml"].read_bytes()).cells
    other = project.model_copy(update={"project_id": project.project_id + 1})
    with pytest.raises(GuardError, match="that of project"):
        read_backup(done.backup, other)
    files["layout.json"].write_text("{}")
    with pytest.raises(ConfigError, match="changed since"):
        read_backup(done.backup, project)
    with pytest.raises(ConfigError, match="no backup"):
        read_backup(tmp_path, project)
    with pytest.raises(ConfigError, match="cannot be written"):
        deploy(client, plan_of(client, replace(placement, left_out=frozenset({"biopsy"}))), project,
               accepted=(), folder=tmp_path / "state" / "backups" / "kept")  # fmt: skip


@pytest.mark.parametrize(("content", "when"), [("metadata", "after"), ("repeatingFormsEvents", "before")])
def test_a_deployment_killed_at_any_write_is_finished_by_the_next(
    client: RedcapClient, project: ProjectSettings, placement: Placement, tmp_path: Path, content: str, when: str
) -> None:
    file = tmp_path / "settings.json"
    file.write_text(
        json.dumps(
            project.model_dump(mode="json", exclude_none=True) | {"mapping": str(tmp_path / "mapping.toml")}
        )
    )
    before = read_live(client).layout
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed_deploy.py")), str(file), content, when],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL, run.stderr
    (first,) = (project.state_folder / "backups").iterdir()
    assert read_backup(first, project) == before
    plan = plan_of(client, placement)
    assert plan.losses() == ()
    if plan.to_write:
        deploy(client, plan, project, accepted=(), folder=None)
    assert not plan_of(client, placement).to_write
    restore(client, plan_restoring(client, read_backup(first, project)), project, accepted=())
    assert read_live(client).layout == before


def fault(sandbox: SandboxProcess, **order: object) -> None:
    url = sandbox.url.replace("/api/", "/sandbox/faults/next")
    headers = {"Authorization": f"Bearer {sandbox.super_token}"}
    requests.post(url, json=order, headers=headers, timeout=30).raise_for_status()


def test_an_answer_that_is_lost_is_looked_up(
    sandbox: SandboxProcess, client: RedcapClient, project: ProjectSettings, placement: Placement
) -> None:
    plan = plan_of(client, placement)
    fault(sandbox, name="gateway_timeout", content="metadata", action="import")
    fault(sandbox, name="reset_after", content="formEventMapping", action="import")
    assert len(deploy(client, plan, project, accepted=(), folder=None).steps) == 3
    assert not plan_of(client, placement).to_write


def test_a_step_that_is_refused_takes_back_the_steps_before(
    sandbox: SandboxProcess, client: RedcapClient, project: ProjectSettings, placement: Placement
) -> None:
    live, plan = read_live(client), plan_of(client, placement)
    bad = replace(plan.layout, repeats=(*plan.layout.repeats, {"event_name": "x", "form_name": "lic_labs"}))
    with pytest.raises(ServerError, match="the project is as it was before") as refused:
        write_layout(client, live, bad, project, None)
    assert "event 'x' is not available" in refused.value.message
    assert read_live(client).layout == live.layout
    fault(sandbox, name="unavailable", content="formEventMapping", action="import")
    with pytest.raises(ServerError, match="mapping of forms to events was not written"):
        deploy(client, plan, project, accepted=(), folder=None)
    assert read_live(client).layout == live.layout


def test_a_dictionary_that_redcap_refuses_changes_nothing(
    client: RedcapClient, project: ProjectSettings, placement: Placement
) -> None:
    live, plan = read_live(client), plan_of(client, placement)
    row = {**plan.layout.fields[-1], "field_name": "Not A Name"}
    with pytest.raises(ServerError, match="data dictionary was not written"):
        write_layout(client, live, replace(plan.layout, fields=(*plan.layout.fields, row)), project, None)
    assert read_live(client).layout == live.layout


def test_never_in_production(
    sandbox: SandboxProcess, client: RedcapClient, project: ProjectSettings, placement: Placement, order: object
) -> None:
    plan = plan_of(client, placement)
    order("status", status="production")  # type: ignore[operator]
    plan = plan_of(client, placement)
    for attempt in (
        lambda: deploy(client, plan, project, accepted=(), folder=None),
        lambda: restore(client, plan_restoring(client, plan.layout), project, accepted=()),
        lambda: refuse_production(plan.live, project),
    ):
        with pytest.raises(GuardError) as refused:
            attempt()
        assert (refused.value.code, refused.value.exit_code) == ("DEPLOY-PRODUCTION", 4)
    assert not (project.state_folder / "backups").exists()


@pytest.mark.parametrize(
    ("lacking", "named"), [("design", "Project Design and Setup"), ("api_import", "API Import/Update")]
)
def test_rights_are_looked_at_before_anything_is_written(
    sandbox: SandboxProcess,
    client: RedcapClient,
    project: ProjectSettings,
    order: object,
    lacking: str,
    named: str,
) -> None:
    given = {"api_export": 1, "api_import": 1, "design": 1} | {lacking: 0}
    token = order("users", username="somebody", rights=given)["token"]  # type: ignore[operator]
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as other, pytest.raises(GuardError, match=named):
        refuse_without_rights(other, project)
    refuse_without_rights(client, project)


def test_a_project_that_changes_meanwhile_is_left_alone(
    client: RedcapClient, project: ProjectSettings, placement: Placement
) -> None:
    plan = plan_of(client, placement)
    client.pycap.import_metadata([dict(row) for row in client.metadata_rows()][:-1])
    with pytest.raises(GuardError, match="changed the project"):
        deploy(client, plan, project, accepted=(), folder=None)


@pytest.fixture(scope="module")
def ours(sandbox: SandboxProcess) -> Iterator[RedcapClient]:
    """A study made of our project XML, with data."""
    token = create_project(sandbox.url, sandbox.super_token, title="LICATS", odm=project_xml(), rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        client.import_rows(
            [
                base("1"),
                base("2") | {"enr_dx": "other", "enr_dx_year": "1950"},
                sample("1", 1, "2026-01-03", "0.8"),
                sample("2", 1, "2026-01-03", "0.9"),
            ]
        )
        yield client


def changed(client: RedcapClient, name: str, **cells: str) -> list[dict[str, str]]:
    rows = [dict(row) for row in client.metadata_rows()]
    return [row | cells if row["field_name"] == name else row for row in rows]


def test_our_own_project_has_nothing_to_deploy(ours: RedcapClient) -> None:
    plan = plan_of(ours, Placement())
    assert plan.judged == ()
    assert plan.layout == plan.live.layout


def worst(plan: Plan, kind: Kind) -> Sequence[tuple[Effect, tuple[str, ...]]]:
    return [(one.effect, one.records) for one in plan.judged if one.difference.kind is kind]


def test_records_at_risk_are_named_and_losses_must_be_named_to_be_accepted(
    sandbox: SandboxProcess, ours: RedcapClient, tmp_path: Path
) -> None:
    project = make_settings(ours.url, tmp_path / "state", ours.project_info().project_id)
    was = [dict(row) for row in ours.metadata_rows()]
    rows = changed(ours, "enr_dx_year", text_validation_min="1900")
    at = next(at for at, row in enumerate(rows) if row["field_name"] == "enr_dx_year")
    old = dict(rows[at]) | {"field_name": "enr_former", "field_label": "Of an earlier protocol"}
    own = dict(rows[at]) | {"field_name": "site_note", "field_label": "The study's own"}
    ours.pycap.import_metadata([*rows[: at + 1], old, own, *rows[at + 1 :]])
    ours.import_rows([{"record_id": "1", "enr_former": "2001", "site_note": "2002"},
                      {"record_id": "2", "enr_dx_year": "1930"}], overwrite=False)  # fmt: skip
    try:
        plan = plan_of(ours, Placement())
        assert worst(plan, Kind.RANGE) == [(Effect.LOSS, ("2",))]
        assert worst(plan, Kind.FIELD_GONE) == [(Effect.LOSS, ("1",))]
        with pytest.raises(GuardError, match="would lose data of 2 records") as refused:
            deploy(ours, plan, project, accepted=(), folder=None)
        assert "1930" not in str(refused.value)
        with pytest.raises(GuardError, match="would lose data of 1 records: enr_dx_year"):
            deploy(ours, plan, project, accepted=["enr_former"], folder=None)
        deploy(ours, plan, project, accepted=["enr_former", "enr_dx_year"], folder=None)
        names = [row["field_name"] for row in ours.metadata_rows()]
        assert "enr_former" not in names
        assert names[names.index("site_note") - 1] == "enr_dx_year"
    finally:
        ours.pycap.import_metadata(was)


def test_repeats_and_whole_forms_count_too(sandbox: SandboxProcess, ours: RedcapClient) -> None:
    repeats = ours.pycap.export_repeating_instruments_events()
    fewer = [row for row in repeats if row["form_name"] not in ("hospital_stay", "labs")]
    rows = [dict(row) for row in ours.metadata_rows()]
    organ = [{**row, "form_name": "licats_eye", "field_name": f"eye_{row['field_name'].removeprefix('skin_')}"}
             for row in rows if row["form_name"] == "licats_skin" and row["field_type"] == "text"
             and not row["branching_logic"]]  # fmt: skip
    ours.pycap.import_metadata([*rows, *organ])
    ours.pycap.import_repeating_instruments_events(fewer)
    try:
        plan = plan_of(ours, Placement())
        assert worst(plan, Kind.FORM_GONE) == [(Effect.DRAFT, ())]
        begins = {one.difference.form: one for one in plan.judged if one.difference.kind is Kind.REPEAT_ADDED}
        assert begins["hospital_stay"].effect is Effect.DRAFT
    finally:
        ours.pycap.import_metadata(rows)
        ours.pycap.import_repeating_instruments_events(repeats)


def test_what_the_study_still_reads_is_not_taken_away(ours: RedcapClient) -> None:
    was = [dict(row) for row in ours.metadata_rows()]
    at = next(at for at, row in enumerate(was) if row["field_name"] == "enr_dx_year")
    former = was[at] | {"field_name": "enr_former"}
    reader = was[at] | {"field_name": "site_note", "branching_logic": "[enr_former] = '2001'"}
    ours.pycap.import_metadata([*was[: at + 1], former, reader, *was[at + 1 :]])
    try:
        with pytest.raises(ConfigError, match=r"there is no field \[enr_former\]"):
            plan_of(ours, Placement())
    finally:
        ours.pycap.import_metadata(was)


def test_records_of_other_sites_are_never_taken_for_safe(sandbox: SandboxProcess, ours: RedcapClient) -> None:
    kept = read_live(ours).layout
    kept = replace(kept, fields=tuple(row for row in kept.fields if row["field_name"] != "enr_dx_year"))
    assert worst(plan_restoring(ours, kept), Kind.FIELD_GONE) == [(Effect.LOSS, ("2",))]
    ours.import_rows([{"record_id": "1", "redcap_data_access_group": "site_a"}])
    url = sandbox.url.replace("/api/", f"/sandbox/projects/{ours.project_info().project_id}/users")

    def user_in(group: str) -> RedcapClient:
        body = {"username": f"user_{group}", "group": group}
        head = {"Authorization": f"Bearer {sandbox.super_token}"}
        reply = requests.post(url, json=body, headers=head, timeout=30)
        return RedcapClient(sandbox.url, reply.json()["token"], rate_per_minute=0)

    with user_in("site_a") as other, pytest.raises(GuardError) as refused:
        plan_restoring(other, kept)
    assert refused.value.code == "DEPLOY-GROUP"
    # nobody can tell an empty project from a group without records
    with user_in("site_b") as other:
        assert worst(plan_restoring(other, kept), Kind.FIELD_GONE) == [(Effect.LOSS, ())]
