"""Queries in threads, from end to end."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import requests
from drw_study import PROTOCOL, REST, RIGHT, WRONG, Study, at_rest
from study import kidney_event, repeat

from redcap_licats.api.client import RedcapClient
from redcap_licats.journal.journal import Journal
from redcap_licats.query.model import ConflictCode, State
from redcap_licats.query.rows import read_queries
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync import past
from redcap_licats.sync.doctor import examine_project
from redcap_licats.sync.simulate import simulate
from redcap_licats.sync.stored import work_out_stored
from redcap_licats.sync.summary import ThreadCounts
from redcap_licats.sync.undo import undo
from redcap_licats.sync.worker import sync


def test_a_dry_run_only_says_what_it_would_open(study: Study) -> None:
    study.enter(*REST, WRONG)
    assert study.run(dry_run=True).threads == ThreadCounts(opened=2)
    assert study.threads() == ()


def test_a_thread_is_answered_sent_back_answered_and_accepted(asked: Study) -> None:
    idle = asked.run()
    assert (idle.cells_written, idle.records_read, idle.threads) == (0, 0, ThreadCounts())
    assert idle.requests <= 5
    steps: list[tuple[dict[str, str], State]] = [
        ({"response": "CONFIRMED_CORRECT"}, State.ANSWERED),
        ({"user": "3"}, State.SENT_BACK),
        ({"response": "CONFIRMED_CORRECT"}, State.ANSWERED),
        ({"user": "3", "status": "CLOSED"}, State.CLOSED),
    ]
    for said, state in steps:
        asked.say("kidney_onset", **said)
        summary = asked.run()
        assert summary.records_read == 1
        assert asked.queries()["DT01"].state is state
        assert (summary.threads, summary.conflicts) == (ThreadCounts(), [])
        assert asked.run().records_read == 0
    at_rest(asked)
    assert asked.thread("kidney_onset").status == "CLOSED"


def test_a_corrected_value_closes_its_thread_and_a_wrong_one_opens_it_again(asked: Study) -> None:
    asked.enter(RIGHT)
    assert asked.run().threads == ThreadCounts(closed=1)
    assert asked.queries()["DT01"].state is State.RESOLVED
    assert [one.status for one in asked.thread("kidney_onset").steps] == ["OPEN", "CLOSED"]
    at_rest(asked)
    asked.enter(WRONG)
    assert asked.run().threads == ThreadCounts(opened=1)
    assert asked.queries()["DT01"].reopened == 1
    assert asked.thread("kidney_onset").status == "OPEN"


def test_what_a_person_answered_stays_theirs_when_the_value_is_corrected(asked: Study) -> None:
    asked.say("kidney_onset", response="TYPOGRAPHICAL_ERROR")
    asked.enter(RIGHT)
    assert asked.run().threads == ThreadCounts()
    assert asked.queries()["DT01"].state is State.RESOLVED
    assert asked.thread("kidney_onset").status == "OPEN"
    asked.say("kidney_onset", status="CLOSED", user="3")
    summary = asked.run()
    assert summary.conflicts == []
    assert asked.queries()["DT01"].state is State.RESOLVED
    at_rest(asked)


def test_a_thread_closed_without_an_answer_cancels_and_all_who_look_see_it_so(asked: Study) -> None:
    asked.say("kidney_onset", status="CLOSED", user="3")
    assert asked.run().threads == ThreadCounts()
    assert asked.queries()["DT01"].state is State.CANCELLED
    with RedcapClient(asked.project.url, asked.token, rate_per_minute=0) as client:
        worked = work_out_stored(client, asked.project, PROTOCOL, "1")
        assert [one.state for one in worked.reconciled.queries if one.rule == "DT01"] == [State.CANCELLED]
        assert simulate(client, asked.project, None, PROTOCOL).moves == []


def test_two_queries_on_a_field_share_a_thread(study: Study) -> None:
    question = {"dec_m_form": "licats_kidney", "dec_m_field": "kidney_onset", "dec_m_text": "Which source?"}
    study.enter(*REST, WRONG, repeat("1", "licats_query_decision", 7, **question))
    study.run()
    (step,) = study.thread("kidney_onset").steps
    both = study.queries()
    assert {one.id for one in step.asks} == {both["DT01"].id, both["manual"].id}
    study.enter(RIGHT)
    assert study.run().threads == ThreadCounts(opened=1)
    thread = study.thread("kidney_onset")
    assert (thread.status, [one.id for one in thread.steps[-1].asks]) == ("OPEN", [both["manual"].id])
    # what is said now is about the one that is still asked
    study.say("kidney_onset", response="OTHER")
    study.say("kidney_onset", status="CLOSED", user="3")
    assert study.run().conflicts == []
    states = {rule: one.state for rule, one in study.queries().items()}
    assert (states["DT01"], states["manual"]) == (State.RESOLVED, State.CLOSED)
    at_rest(study)


def test_what_was_resolved_before_a_person_closed_the_thread_is_asked_again(study: Study) -> None:
    question = {"dec_m_form": "licats_kidney", "dec_m_field": "kidney_onset", "dec_m_text": "Which source?"}
    study.enter(*REST, WRONG, repeat("1", "licats_query_decision", 7, **question))
    study.run()
    study.enter(RIGHT)
    study.run()
    study.say("kidney_onset", status="CLOSED", user="3")
    study.enter(WRONG)
    study.run()
    states = {rule: one.state for rule, one in study.queries().items()}
    assert (states["DT01"], states["manual"]) == (State.OPEN, State.CANCELLED)
    thread = study.thread("kidney_onset")
    assert (thread.status, [one.id for one in thread.steps[-1].asks]) == ("OPEN", [study.queries()["DT01"].id])
    at_rest(study)


def test_a_thread_closed_without_an_answer_and_opened_again_is_heard(asked: Study) -> None:
    asked.say("kidney_onset", status="CLOSED", user="3")
    asked.run()
    assert asked.queries()["DT01"].state is State.CANCELLED
    states = []
    for said in ({"user": "3"}, {"response": "OTHER"}, {"status": "CLOSED", "user": "3"}):
        asked.say("kidney_onset", **said)
        asked.run()
        rows = [one for one in read_queries(asked.core.export_rows(["1"])) if one.rule == "DT01"]
        states.append([one.state for one in rows])
    cancelled = State.CANCELLED
    assert states == [[cancelled, State.OPEN], [cancelled, State.ANSWERED], [cancelled, State.CLOSED]]
    at_rest(asked)


def test_a_medical_query_and_one_on_the_status_of_a_form_have_no_thread(study: Study) -> None:
    event = kidney_event("1", kidney_ac_infection="1", kidney_inv_grade="1")
    study.enter(*REST, event, repeat("1", "conmed", 1))
    study.run()
    standing = read_queries(study.core.export_rows(["1"]))
    medical = {one.id for one in standing if one.medical}
    forms = {one.id: one for one in standing if one.rule == "CO03"}
    assert medical
    assert forms
    asked = {one.id for thread in study.threads() for step in thread.steps for one in step.asks}
    assert asked
    assert not asked & {*medical, *forms}
    # it is answered on the form
    (query,) = forms.values()
    study.enter(repeat("1", "licats_query_answer", query.number, ans_reason="confirmed", ans_comment="n/a"))
    study.run()
    assert study.queries()["CO03"].state is State.ANSWERED


def test_a_thread_that_is_refused_is_named_and_tried_again(study: Study) -> None:
    no_right = {"users": {"worker": {"rights": {"7": {"forms": {"licats_kidney": "0"}}}}}}
    study.redcap.do("new", {"settings": {"7": {"answer-drw": "1"}}} | no_right)
    study.enter(*REST, WRONG)
    for _ in range(2):
        (left_out,) = study.run(exit_code=1).left_out
        assert left_out.record == "1"
        assert "licats_kidney, instance 1, kidney_onset: right" in left_out.reason


def test_a_manual_query_on_a_mistyped_field_is_named_once_and_moves_when_it_is_corrected(asked: Study) -> None:
    question = {"dec_m_form": "licats_kidney", "dec_m_field": "kidney_onest", "dec_m_text": "Which source?"}
    asked.enter(repeat("1", "licats_query_decision", 7, **question))
    assert [one.code for one in asked.run().conflicts] == [ConflictCode.NO_FIELD]
    assert asked.queries()["manual"].conflict is ConflictCode.NO_FIELD
    at_rest(asked)
    asked.enter(repeat("1", "licats_query_decision", 7, **question | {"dec_m_field": "kidney_end"}))
    summary = asked.run()
    assert (summary.conflicts, summary.threads) == ([], ThreadCounts(opened=1))
    moved = asked.queries()["manual"]
    assert (moved.field, moved.conflict) == ("kidney_end", None)
    assert [one.id for one in asked.thread("kidney_end").steps[-1].asks] == [moved.id]
    # to another field once more: the thread follows
    asked.enter(repeat("1", "licats_query_decision", 7, **question | {"dec_m_field": "kidney_sx_start"}))
    assert asked.run().threads == ThreadCounts(opened=1, closed=1)
    assert asked.thread("kidney_end").status == "CLOSED"
    at_rest(asked)


def test_a_run_killed_between_rows_and_threads_is_made_good(study: Study, tmp_path: Path) -> None:
    study.enter(*REST, WRONG)
    file = tmp_path / "settings.json"
    file.write_text(study.project.model_dump_json(exclude={"mapping"}))
    script = Path(__file__).parents[1] / "sync" / "killed.py"
    done = subprocess.run(
        [sys.executable, script, file, "sync", "threads", "before", "1"], check=False, timeout=120
    )
    assert done.returncode == -signal.SIGKILL
    assert study.queries()["DT01"].state is State.OPEN
    assert study.threads() == ()
    summary = study.run()
    assert (summary.cells_written, summary.threads) == (0, ThreadCounts(opened=2))
    at_rest(study)


def test_a_workflow_that_is_switched_off_in_the_middle_of_a_run_is_made_good(study: Study) -> None:
    study.enter(*REST, WRONG)
    # with a limit all rows are worked out before the first is written
    limited = study.project.model_copy(update={"max_changes": 10_000})

    summary = sync(limited, PROTOCOL, progress=lambda _done, _all: study.switch(on=False))
    assert summary.error is not None
    assert (summary.error.code, summary.exit) == ("MODULE-DRW", 4)
    assert study.queries()["DT01"].state is State.OPEN
    study.switch(on=True)
    again = study.run()
    assert (again.cells_written, again.threads) == (0, ThreadCounts(opened=2))
    at_rest(study)


def test_undoing_a_run_closes_its_threads(asked: Study) -> None:
    with Journal(asked.project.state) as journal:
        (run,) = journal.runs(asked.project)
    asked.switch(on=False)
    undone = undo(asked.project, PROTOCOL, run.run_id)
    assert (undone.exit, undone.queries_voided) == (4, 2)
    asked.switch(on=True)
    undone = undo(asked.project, PROTOCOL, run.run_id)
    assert (undone.error, undone.exit) == (None, 0)
    assert {one.status for one in asked.threads()} == {"CLOSED"}
    past.resume(asked.project)
    assert asked.run().threads == ThreadCounts(opened=2)
    assert {one.status for one in asked.threads()} == {"OPEN"}
    at_rest(asked)


def test_a_locked_record_and_a_deleted_one_are_left(asked: Study, sandbox: SandboxProcess) -> None:
    lock = sandbox.url.replace("/api/", f"/sandbox/projects/{asked.project.project_id}/lock")
    key = {"Authorization": f"Bearer {sandbox.super_token}"}
    assert requests.post(lock, json={"record": "1"}, headers=key, timeout=30).ok
    asked.say("kidney_onset", response="OTHER")
    asked.say("enr_muscle_aff", status="CLOSED", user="3")
    summary = asked.run()
    assert (summary.frozen, summary.threads) == (["1"], ThreadCounts())
    assert requests.post(lock, json={"record": "1", "locked": False}, headers=key, timeout=30).ok
    asked.run(full=True)
    assert asked.queries()["DT01"].state is State.ANSWERED
    asked.core.pycap.delete_records(["1"])
    asked.say("kidney_onset", user="3")
    assert asked.run().records_read == 0


REFUSALS: list[tuple[dict[str, object], str, str, int]] = [
    ({"settings": {"7": {"answer-drw": ""}}}, "", "MODULE-DRW-OFF", 2),
    ({"settings": {"7": {"service-user": "coordinator"}}}, "", "MODULE-USER", 2),
    ({"users": {"worker": {"rights": {"7": {"data_quality_resolution": "2"}}}}}, "", "MODULE-RIGHT", 2),
    ({}, "update redcap_projects set data_resolution_enabled = 1", "MODULE-DRW", 4),
    ({}, "alter table redcap_data_quality_status drop column query_status", "MODULE-DRW", 4),
]


def test_a_run_refuses_before_it_writes(study: Study) -> None:
    study.enter(*REST, WRONG)
    for world, sql, code, exit_code in REFUSALS:
        study.redcap.do("new", {"settings": {"7": {"answer-drw": "1"}}} | world)
        if sql:
            study.redcap.do("sql", [sql])
        error = study.run(exit_code=exit_code).error
        assert error is not None
        assert error.code == code
        assert "answer_in" in error.remedy
    assert study.queries() == {}


def test_a_dry_run_and_the_doctor_name_what_stands_against_threads(study: Study) -> None:
    study.redcap.do("new", {})
    assert study.run(exit_code=2, dry_run=True).threads == ThreadCounts()
    found = examine_project(study.project, PROTOCOL)
    assert ("MODULE-DRW-OFF", 2) in {(one.code, one.exit) for one in found.findings}


def test_a_server_without_the_module_refuses(study: Study, sandbox: SandboxProcess) -> None:
    project = study.project.model_copy(update={"url": sandbox.url})
    error = sync(project, PROTOCOL).error
    assert error is not None
    assert (error.code, error.exit_code) == ("MODULE-ABSENT", 2)
