from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from study import Row, kidney_event, project_xml, repeat, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.journal.engine import FILE
from redcap_licats.journal.hints import NONE
from redcap_licats.journal.journal import Journal
from redcap_licats.protocol import load_protocol
from redcap_licats.query.rows import QUERY_FORM
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync import past
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.undo import UndoSummary, undo
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
WORKER = {name for name, one in PROTOCOL.instruments.items() if one.writer == "worker"}

Order = Callable[..., dict[str, str]]


def run(project: ProjectSettings) -> RunSummary:
    summary = sync(project, PROTOCOL)
    assert summary.error is None, summary.error
    return summary


def take_back(project: ProjectSettings, run_id: str) -> UndoSummary:
    summary = undo(project, PROTOCOL, run_id)
    assert summary.error is None, summary.error
    return summary


def derived(client: RedcapClient) -> dict[tuple[str, str, str, str], str]:
    """Every cell of results and summary that is not blank."""
    fields = {one.name for form in ("licats_result", "licats_summary") for one in client.dictionary.forms[form]}
    return {
        (row["record_id"], row["redcap_repeat_instrument"], row["redcap_repeat_instance"], field): row[field]
        for row in client.export_rows()
        for field in fields - {"record_id"}
        if row[field]
    }


def queries(client: RedcapClient) -> list[Row]:
    return [row for row in client.export_rows() if row["redcap_repeat_instrument"] == QUERY_FORM]


def wrong(record: str) -> list[Row]:
    """A subject with an onset before the infusion, of which a query is opened."""
    return [*subject(record)[:-1], kidney_event(record, kidney_onset="2026-01-05", kidney_sx_start="2026-01-05")]


def test_the_first_run_undone_leaves_nothing_derived(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1"), *wrong("2")])
    first = run(project)
    undone = take_back(project, first.run_id)
    assert derived(client) == {}
    assert {row["qry_state_d"] for row in queries(client)} == {"cancelled"}
    assert (undone.exit, undone.records_read, undone.cells_kept) == (0, 2, 0)
    assert undone.queries_voided == first.queries.opened > 0


def test_a_later_run_undone_gives_back_what_stood_before(
    client: RedcapClient, project: ProjectSettings, order: Order
) -> None:
    client.import_rows([*subject("1"), *wrong("2")])
    run(project)
    before, asked = derived(client), queries(client)
    order("save", record="1", form="labs", instance=2, values={"lab_crea_val": "1.6"})
    client.import_rows([kidney_event("2")])
    later = run(project)
    assert later.queries.resolved > 0
    assert derived(client) != before
    take_back(project, later.run_id)
    assert derived(client) == before
    states = [(row["qry_rule_d"], row["qry_state_d"]) for row in queries(client)]
    assert states[: len(asked)] == [(row["qry_rule_d"], row["qry_state_d"]) for row in asked]
    assert {state for _, state in states[len(asked) :]} <= {"cancelled", ""}


def test_nothing_is_written_until_somebody_resumes(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(wrong("1"))
    first = run(project)
    before = derived(client)
    take_back(project, first.run_id)
    refused = sync(project, PROTOCOL)
    assert refused.error is not None
    assert (refused.error.code, refused.exit) == ("PROJECT-HELD", 4)
    assert first.run_id in refused.error.message
    assert sync(project, PROTOCOL, dry_run=True).cells_written > 0
    assert derived(client) == {}
    hold = past.resume(project)
    assert hold is not None
    assert hold.run_id == first.run_id
    assert past.resume(project) is None
    again = run(project)
    assert derived(client) == before
    assert again.queries.opened == first.queries.opened
    assert run(project).cells_written == 0


def test_what_others_changed_since_stays(client: RedcapClient, project: ProjectSettings, order: Order) -> None:
    client.import_rows(subject("1"))
    first = run(project)
    order("save", record="1", form="licats_result", values={"res_grade_d": "4"})
    undone = take_back(project, first.run_id)
    assert undone.cells_kept == 1
    assert set(derived(client).values()) == {"4"}


def test_answers_stay_beside_a_voided_query(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(wrong("1"))
    first = run(project)
    (number,) = {row["redcap_repeat_instance"] for row in queries(client) if row["qry_rule_d"] == "DT01"}
    answer = repeat("1", "licats_query_answer", int(number), ans_reason="confirmed", ans_comment="as in the chart")
    client.import_rows([answer])
    run(project)
    take_back(project, first.run_id)
    rows = client.export_rows()
    (kept,) = [row for row in rows if row["redcap_repeat_instrument"] == "licats_query_answer"]
    assert kept["ans_comment"] == "as in the chart"
    assert {row["qry_state_d"] for row in queries(client)} == {"cancelled"}


def test_a_query_that_was_held_still_leaves_no_trace(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1")[:-1], kidney_event("1", kidney_end="") | {"licats_kidney_complete": "0"}])
    first = run(project)
    assert first.queries.held > 0
    take_back(project, first.run_id)
    assert all(not row["qry_id_d"] or row["qry_state_d"] == "cancelled" for row in queries(client))
    assert sum(not row["qry_id_d"] for row in queries(client)) == first.queries.held


def test_undoing_twice_writes_once_and_undoing_the_undoing_brings_it_back(
    client: RedcapClient, project: ProjectSettings
) -> None:
    client.import_rows(subject("1"))
    first = run(project)
    before = derived(client)
    undone = take_back(project, first.run_id)
    assert take_back(project, first.run_id).cells_written == 0
    take_back(project, undone.run_id)
    assert derived(client) == before


def test_an_unknown_run_and_a_frozen_study(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(subject("1"))
    first = run(project)
    unknown = undo(project, PROTOCOL, "yesterday")
    assert unknown.error is not None
    assert (unknown.error.code, unknown.exit) == ("RUN-UNKNOWN", 2)
    assert first.run_id in unknown.error.remedy
    frozen = undo(project.model_copy(update={"frozen": True}), PROTOCOL, first.run_id)
    assert frozen.error is not None
    assert (frozen.error.code, frozen.exit) == ("STUDY-FROZEN", 4)
    assert run(project).cells_written == 0


def test_history_tells_every_cell_and_nothing_that_a_site_entered_is_copied(
    client: RedcapClient, project: ProjectSettings
) -> None:
    remark = "seen by Dr Gray on the ward"
    client.import_rows([*subject("1")[:-1], kidney_event("1", kidney_onset="2026-01-05", kidney_crit_evid=remark)])
    first = run(project)
    entries = past.history_of(project, "1")
    assert len(entries) == first.cells_written
    grade = next(one for one in entries if one.change.field == "res_key_d")
    assert (grade.change.old, grade.change.new, grade.change.rule, grade.written) == (
        "",
        "kidney-1",
        "onset",
        True,
    )
    assert grade.run.protocol_version == PROTOCOL.version
    texts = [one.change.new for one in entries if one.change.field in ("qry_text_d", "qry_value_d")]
    assert set(texts) == {"(not kept)"}
    assert remark.encode() not in (project.state_folder / FILE).read_bytes()


def test_a_forgotten_subject_leaves_nothing_in_the_state(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("SUBJECT-17"), *subject("2")])
    run(project)
    now = dt.datetime.now(dt.UTC)
    file = project.state_folder / FILE
    assert b"SUBJECT-17" in file.read_bytes()
    with Journal(project.state) as journal:
        journal.hints(project.key).put({"SUBJECT-17"}, now, NONE)
    client.pycap.delete_records(["SUBJECT-17"])
    assert past.forget(project, "SUBJECT-17", now=now) > 0
    assert b"SUBJECT-17" not in file.read_bytes()
    with pytest.raises(ConfigError, match="SUBJECT-17"):
        past.history_of(project, "SUBJECT-17")
    assert past.history_of(project, "2")
    assert run(project).exit == 0
    assert b"SUBJECT-17" not in file.read_bytes()


def test_the_runs_are_listed_newest_first(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(subject("1"))
    first = run(project)
    undone = take_back(project, first.run_id)
    listed = past.runs_of(project)
    assert [one.run_id for one in listed] == [undone.run_id, first.run_id]
    assert listed[0].undoes == first.run_id
    with Journal(project.state) as journal:
        assert journal.run(project, first.run_id) is not None


def test_projects_of_one_name_that_share_a_state_are_kept_apart(
    client: RedcapClient, project: ProjectSettings, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.import_rows(subject("1"))
    first = run(project)
    token = create_project(sandbox.url, sandbox.super_token, title="Other", odm=project_xml(), rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as other_client:
        other_client.import_rows(subject("1"))
        other = project.model_copy(update={"project_id": other_client.project_info().project_id})
    assert past.runs_of(other) == ()
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    second = run(other)
    refused = undo(other, PROTOCOL, first.run_id)
    assert refused.error is not None
    assert refused.error.code == "RUN-UNKNOWN"
    assert {one.run.run_id for one in past.history_of(other, "1")} == {second.run_id}
    past.forget(other, "1", now=dt.datetime.now(dt.UTC))
    assert {one.run.run_id for one in past.history_of(project, "1")} == {first.run_id}
