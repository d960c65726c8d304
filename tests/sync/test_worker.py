from __future__ import annotations

import datetime as dt
import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from study import Row, base, kidney_event, repeat, sample, settings, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.api.retry import Retry
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.model import Event
from redcap_licats.definition.odm import write_project
from redcap_licats.errors import GuardError
from redcap_licats.forms.build import build_project
from redcap_licats.journal.journal import Journal
from redcap_licats.protocol import load_protocol
from redcap_licats.report.produce import read_source, write_workbooks
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.lock import run_lock
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()


def run(project: ProjectSettings, **options: bool) -> RunSummary:
    return sync(project, PROTOCOL, **options)


def rows(client: RedcapClient, form: str, record: str = "1") -> list[Row]:
    found = client.export_rows([record])
    repeats = "" if form == "licats_summary" else form
    return [row for row in found if row["redcap_repeat_instrument"] == repeats]


def test_a_subject_is_derived_written_and_then_left_alone(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(subject("1"))
    first = run(project)
    assert first.error is None
    assert first.exit == 0
    (result,) = rows(client, "licats_result")
    expected = {
        "redcap_repeat_instance": "1",
        "res_key_d": "kidney-1",
        "res_onset_day_d": "10",
        "res_timing_d": "early",
        "res_c1_ratio_d": "1.5000",
        "res_grade_d": "1",
        "res_class_d": "confirmed",
        "res_proto_d": f"{PROTOCOL.version} {PROTOCOL.hash[:12]}",
        "licats_result_complete": "2",
    }
    assert {field: result[field] for field in expected} == expected
    (summary,) = rows(client, "licats_summary")
    assert summary["sum_any_d"] == "1"
    assert summary["sum_kidney_d"].startswith("Kidney 1: early, day 10")
    assert first.cells_written > 30
    before = client.export_rows()
    second = run(project)
    assert (second.exit, second.cells_written) == (0, 0)
    assert client.export_rows() == before


def test_the_json_is_that_of_the_contract(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(subject("1"))
    content = json.loads(json.dumps(run(project).as_dict()))
    assert list(content) == [
        "run_id",
        "project",
        "project_id",
        "exit",
        "error",
        "records_read",
        "records_due",
        "records_left_out",
        "records_frozen",
        "cells_written",
        "queries",
        "threads",
        "conflicts",
        "without_source",
        "requests",
        "seconds",
        "protocol",
    ]
    assert list(content["queries"]) == ["held", "opened", "resolved", "reopened", "cancelled", "open"]
    assert content["protocol"] == {"version": PROTOCOL.version, "hash": PROTOCOL.hash}
    assert content["error"] is None
    assert content["records_read"] == content["records_due"] == 1
    assert content["requests"] > 0


@pytest.mark.parametrize("key", ["max_changes", "max_records"])
def test_a_run_that_would_change_more_than_it_may_changes_nothing(
    client: RedcapClient, project: ProjectSettings, key: str
) -> None:
    client.import_rows([base(str(number)) for number in range(105)])
    needed = {"max_changes": sync(project, PROTOCOL, dry_run=True).cells_written, "max_records": 105}[key]
    stopped = run(project.model_copy(update={key: needed - 1}))
    assert stopped.error is not None
    assert (stopped.exit, stopped.error.code, stopped.cells_written) == (4, "GUARD-FUSE", 0)
    assert str(needed - 1) in stopped.error.message
    assert "105 records" in stopped.error.message
    assert f"--{key.replace('_', '-')}" in stopped.error.remedy
    assert not any(row["redcap_repeat_instrument"] == "licats_result" for row in client.export_rows())
    done = run(project.model_copy(update={key: needed}))
    assert (done.exit, done.records_due) == (0, 105)
    assert run(project).cells_written == 0


def test_rows_that_somebody_else_put_on_the_workers_instruments_are_blanked(
    client: RedcapClient, project: ProjectSettings
) -> None:
    client.import_rows(subject("1"))
    run(project)
    client.import_rows(
        [
            repeat("1", "licats_result", 8, res_key_d="kidney-1", res_fin_grade_d="4"),
            repeat("1", "licats_result", 9, res_grade_d="4"),
            repeat("1", "licats_query", 9, qry_text_d="Please delete this event."),
        ]
    )
    assert run(project).cells_written == 4
    assert [row["res_key_d"] for row in rows(client, "licats_result")] == ["kidney-1", "", ""]
    assert {row["res_grade_d"] + row["res_fin_grade_d"] for row in rows(client, "licats_result")[1:]} == {""}
    assert rows(client, "licats_query")[-1]["qry_text_d"] == ""
    assert run(project).cells_written == 0


def test_what_the_coordinator_entered_is_never_touched(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1"), *subject("2")])
    worker = {name for name, one in PROTOCOL.instruments.items() if one.writer == "worker"}
    own = {
        column
        for field in client.dictionary
        if field.form not in worker
        for column in [*field.columns, f"{field.form}_complete"]
    }

    def entered() -> list[Row]:
        kept = [row for row in client.export_rows() if row["redcap_repeat_instrument"] not in worker]
        return [{column: value for column, value in row.items() if column in own} for row in kept]

    before = entered()
    run(project)
    assert entered() == before


def test_a_dry_run_writes_nothing_anywhere(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(subject("1"))
    before = client.export_rows()
    dry = run(project, dry_run=True)
    assert client.export_rows() == before
    assert not project.state_folder.exists()
    assert dry.exit == 0
    assert len(dry.changes) == dry.cells_written > 0
    assert run(project).cells_written == dry.cells_written


def test_an_event_keeps_its_row_when_others_come_and_go(client: RedcapClient, project: ProjectSettings) -> None:
    late = {"kidney_onset": "2026-03-01", "kidney_sx_start": "2026-03-01", "kidney_end": "2026-03-05"}
    client.import_rows([*subject("1"), sample("1", 4, "2026-03-02", "1.3"), kidney_event("1", 2, **late)])
    run(project)
    client.pycap.delete_records(["1"], instrument="licats_kidney", repeat_instance=1)
    client.import_rows([repeat("1", "licats_skin", 1, skin_onset="2026-01-15", skin_ongoing="1")])
    run(project)
    found = rows(client, "licats_result")
    assert [row["res_key_d"] for row in found] == ["kidney-1", "kidney-2", "skin-1"]
    vanished = {field: value for field, value in found[0].items() if field.startswith("res_") and value}
    assert vanished == {"res_key_d": "kidney-1"}
    assert rows(client, "licats_summary")[0]["sum_organs_d"] == "kidney"
    assert run(project).cells_written == 0
    client.import_rows([kidney_event("1", 1)])
    run(project)
    assert rows(client, "licats_result")[0]["res_onset_day_d"] == "10"


def test_somebody_elses_change_to_a_workers_cell_is_repaired(
    client: RedcapClient, project: ProjectSettings
) -> None:
    client.import_rows(subject("1"))
    run(project)
    client.import_rows([repeat("1", "licats_result", 1, res_grade_d="4", res_grade_miss_d="nothing")])
    repaired = run(project)
    assert repaired.cells_written == 2
    assert rows(client, "licats_result")[0]["res_grade_d"] == "1"
    assert rows(client, "licats_result")[0]["res_grade_miss_d"] == ""


def test_a_correction_changes_only_what_follows_from_it(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1"), *subject("2")])
    run(project)
    client.import_rows([sample("1", 2, "2026-01-21", "1.6")])
    again = run(project)
    with Journal(project.state) as journal:
        entries = journal.changes_of_run(again.run_id)
    assert {one.change.record for one in entries} == {"1"}
    changed = {one.change.field: (one.change.old, one.change.new, one.change.rule) for one in entries}
    assert changed["res_c1_ratio_d"] == ("1.5000", "2.0000", "criterion.crea")
    assert "res_onset_d" not in changed
    assert all(one.written for one in entries)
    assert len(entries) == again.cells_written


def test_the_journal_knows_the_run_and_only_its_owner_may_read_it(
    client: RedcapClient, project: ProjectSettings
) -> None:
    client.import_rows(subject("1"))
    summary = run(project)
    with Journal(project.state) as journal:
        (entry,) = journal.runs(project)
    assert (entry.run_id, entry.exit_code, entry.cells_written) == (summary.run_id, 0, summary.cells_written)
    assert entry.finished is not None
    for path in project.state_folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_state_can_be_thrown_away(client: RedcapClient, project: ProjectSettings, tmp_path: Path) -> None:
    client.import_rows(subject("1"))
    run(project)
    elsewhere = project.model_copy(update={"state": str(tmp_path / "other")})
    assert run(elsewhere).cells_written == 0


@pytest.mark.parametrize(
    ("more", "code", "exit_code"),
    [
        ({"project_id": 999}, "GUARD-PROJECT", 4),
        ({"frozen": True}, "STUDY-FROZEN", 4),
        ({"token": {"env": "SURELY_NOT_SET"}}, "TOKEN-MISSING", 2),
    ],
)
def test_what_stops_a_run_is_in_its_summary(
    client: RedcapClient,
    project: ProjectSettings,
    tmp_path: Path,
    more: dict[str, object],
    code: str,
    exit_code: int,
) -> None:
    client.import_rows(subject("1"))
    before = client.export_rows()
    changed = settings(client.url, tmp_path / "state", project.project_id).model_dump(exclude_unset=True) | more
    summary = run(ProjectSettings.model_validate(changed))
    assert summary.error is not None
    assert summary.error.code == code
    assert summary.exit == summary.as_dict()["exit"] == exit_code
    assert client.export_rows() == before


def test_an_outage_ends_the_run_and_the_next_one_goes_on(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(subject("1"))
    nobody = RedcapClient("http://127.0.0.1:9/api/", "F" * 32, retry=Retry(sleep=lambda seconds: None))
    summary = sync(project, PROTOCOL, client=nobody)
    assert summary.error is not None
    assert (summary.error.code, summary.exit, summary.requests) == ("API-UNREACHABLE", 3, 5)
    assert run(project).exit == 0


def test_a_wrong_token_is_named_and_nowhere_to_be_read(
    client: RedcapClient, project: ProjectSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LICATS_TEST_TOKEN", "F" * 32)
    summary = run(project)
    assert summary.error is not None
    assert summary.error.code == "API-TOKEN"
    assert "F" * 32 not in json.dumps(summary.as_dict())


def test_two_runs_never_overlap(client: RedcapClient, project: ProjectSettings) -> None:
    with run_lock(project.state_folder, project.key, now=dt.datetime.now(dt.UTC)):
        summary = run(project)
    assert isinstance(summary.error, GuardError)
    assert summary.exit == 4
    assert str(os.getpid()) in summary.error.message


def test_one_bad_record_does_not_stop_the_others(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1"), *subject("2")])
    run(project)
    client.import_rows([repeat("1", "licats_query", 7, qry_id_d="x", qry_state_d="open")])
    client.import_rows([sample("2", 2, "2026-01-21", "1.6")])
    summary = run(project)
    assert summary.exit == 1
    assert [one.record for one in summary.left_out] == ["1"]
    assert "instance 7" in summary.left_out[0].reason
    assert rows(client, "licats_result", "2")[0]["res_c1_ratio_d"] == "2.0000"


def test_an_empty_project_is_no_error(client: RedcapClient, project: ProjectSettings) -> None:
    summary = run(project)
    assert (summary.exit, summary.records_read, summary.cells_written) == (0, 0, 0)


def test_progress_is_told_batch_by_batch(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([row for record in ("1", "2", "3") for row in [base(record)]])
    told: list[tuple[int, int]] = []
    sync(project, PROTOCOL, progress=lambda done, all_: told.append((done, all_)))
    assert told == [(3, 3)]


def test_queries_are_opened_and_resolved_by_themselves(client: RedcapClient, project: ProjectSettings) -> None:
    wrong = kidney_event("1", kidney_onset="2026-01-05", kidney_sx_start="2026-01-05")
    client.import_rows([*subject("1")[:-1], wrong])
    first = run(project)
    assert first.queries.opened > 0
    found = [row for row in rows(client, "licats_query") if row["qry_rule_d"] == "DT01"]
    assert [row["qry_state_d"] for row in found] == ["open"]
    assert rows(client, "licats_summary")[0]["sum_q_any_d"] == "1"
    assert run(project).cells_written == 0
    client.import_rows([kidney_event("1")])
    again = run(project)
    assert again.queries.resolved > 0
    found = [row for row in rows(client, "licats_query") if row["qry_rule_d"] == "DT01"]
    assert [row["qry_state_d"] for row in found] == ["resolved"]
    assert run(project).cells_written == 0


def test_a_longitudinal_study_is_served_in_its_first_event(
    sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classic = build_project(PROTOCOL)
    first = classic.events[0]
    second = Event("Follow-up", 1, "followup_arm_1", forms=("labs", "assessment"))
    study = replace(
        classic,
        longitudinal=True,
        events=(first, second),
        repeats=tuple(replace(one, event=first.unique_name) for one in classic.repeats),
    )
    token = create_project(
        sandbox.url, sandbox.super_token, title="Long", odm=write_project(study), rate_per_minute=0
    )
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        client.import_rows([row | {"redcap_event_name": first.unique_name} for row in subject("1")])
        project = settings(client.url, tmp_path / "state", client.project_info().project_id)
        summary = run(project)
        assert summary.error is None
        (result,) = rows(client, "licats_result")
        assert (result["redcap_event_name"], result["res_class_d"]) == (first.unique_name, "confirmed")
        assert run(project).cells_written == 0
        source = read_source(client, project, PROTOCOL)
        ids = {row["unique_event_name"]: row["event_id"] for row in client.pycap.export_events()}
        assert source.event_ids == ids
        assert set(ids) == {first.unique_name, "followup_arm_1"}
        now = dt.datetime.now(dt.UTC)
        (made,) = write_workbooks(source, project, PROTOCOL, tmp_path, at=now, language="en")
        formulas = [
            str(cell.value) for sheet in openpyxl.load_workbook(made.path) for line in sheet for cell in line
        ]
        # a long address is written in pieces
        links = [one.replace('"&"', "") for one in formulas if one.startswith("=HYPERLINK")]
        form = f"id=1&event_id={ids[first.unique_name]}&page=licats_kidney&instance=1"
        assert any(form in link for link in links)
