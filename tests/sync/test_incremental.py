"""What a run reads: only what changed or is due, and everything when nothing else is sure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from study import Row, kidney_event, repeat, sample, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.dictionary import field_as_row
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.journal.journal import Journal
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
RECORDS = ["1", "2", "3", "4", "5"]

Order = Callable[..., dict[str, str]]


def run(project: ProjectSettings, **options: object) -> RunSummary:
    summary = sync(project, PROTOCOL, **options)  # type: ignore[arg-type]  # options pass through
    assert summary.error is None, summary.error
    return summary


@pytest.fixture
def study(client: RedcapClient, project: ProjectSettings) -> RedcapClient:
    """Five subjects that a first run has worked out."""
    client.import_rows([row for record in RECORDS for row in subject(record)])
    assert run(project).records_read == len(RECORDS)
    return client


def result(client: RedcapClient, record: str) -> Row:
    rows = client.export_rows([record])
    return next(row for row in rows if row["redcap_repeat_instrument"] == "licats_result")


def written(project: ProjectSettings, summary: RunSummary) -> set[tuple[str, str, str, str]]:
    with Journal(project.state) as journal:
        changes = [one.change for one in journal.changes_of_run(summary.run_id)]
    return {(one.record, one.field, one.old, one.new) for one in changes}


def test_an_idle_run_reads_nothing_and_asks_four_times_at_most(
    study: RedcapClient, project: ProjectSettings
) -> None:
    for _ in range(3):
        idle = run(project)
        assert (idle.records_read, idle.cells_written) == (0, 0)
        assert idle.requests <= 4


def test_queries_are_counted_even_if_nobody_read_them(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1")[:-1], kidney_event("1", kidney_onset="2026-01-05")])
    first = run(project)
    assert first.queries.open > 0
    idle = run(project)
    assert (idle.records_read, idle.queries.open, idle.queries.held) == (0, first.queries.open, first.queries.held)


def test_only_what_a_site_changed_is_read(study: RedcapClient, project: ProjectSettings, order: Order) -> None:
    order("save", record="2", form="labs", instance=2, values={"lab_crea_val": "1.6"})
    again = run(project)
    assert again.records_read == 1
    assert {record for record, *_ in written(project, again)} == {"2"}
    assert result(study, "2")["res_c1_ratio_d"] == "2.0000"
    assert run(project).records_read == 0


def test_an_edit_taken_back_is_worked_out_too(study: RedcapClient, project: ProjectSettings, order: Order) -> None:
    for value in ("1.6", "1.2"):
        order("save", record="2", form="labs", instance=2, values={"lab_crea_val": value})
    again = run(project)
    assert (again.records_read, again.records_due, again.cells_written) == (1, 1, 0)


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_workers_cell_changed_by_somebody_else_wakes_repairs_and_names_it(
    study: RedcapClient, project: ProjectSettings, order: Order, by_hand: bool
) -> None:
    if by_hand:
        order("save", record="3", form="licats_result", values={"res_grade_d": "4"})
    else:
        study.import_rows([repeat("3", "licats_result", 1, res_grade_d="4")])
    again = run(project)
    assert again.records_read == 1
    assert written(project, again) == {("3", "res_grade_d", "4", "1")}
    assert run(project).records_read == 0


def test_the_worker_does_not_wake_itself(study: RedcapClient, project: ProjectSettings, order: Order) -> None:
    order("save", record="1", form="labs", instance=2, values={"lab_crea_val": "1.6"})
    order("save", record="4", form="licats_kidney", values={"kidney_onset": "2026-01-05"})
    assert run(project).queries.opened > 0
    assert run(project).records_read == 0


def test_a_new_a_deleted_and_a_renamed_record(study: RedcapClient, project: ProjectSettings, token: str) -> None:
    study.import_rows(subject("6"))
    study.pycap.delete_records(["1"])
    rename = {"content": "record", "action": "rename", "record": "2", "new_record_name": "two"}
    assert requests.post(study.url, data={"token": token, **rename}, timeout=30).text == "1"
    again = run(project)
    assert again.exit == 0
    assert result(study, "6")["res_grade_d"] == "1"
    with Journal(project.state) as journal:
        memory = journal.memory(project.key)
        assert set(memory.of(["1", "2", "3", "4", "5", "6", "two"])) >= {"3", "4", "5", "6", "two"}
        assert "1" not in memory.of(["1"])
    assert run(project).records_read == 0
    assert run(project, full=True).records_read == 5
    with Journal(project.state) as journal:
        assert set(journal.memory(project.key).of(["1", "2"])) == set()


def test_a_deleted_instance_wakes_its_record(study: RedcapClient, project: ProjectSettings) -> None:
    study.pycap.delete_records(["5"], instrument="labs", repeat_instance=1)
    assert run(project).records_read == 1
    assert result(study, "5")["res_c1_ratio_d"] == ""


def test_a_move_to_another_access_group_wakes_the_record(study: RedcapClient, project: ProjectSettings) -> None:
    study.import_rows([{"record_id": "1", "redcap_data_access_group": "site_a"}])
    assert run(project).records_read == 1


def test_a_change_of_the_set_up_reads_it_anew_and_all_records(
    study: RedcapClient, project: ProjectSettings
) -> None:
    more = Field("own_field", "own_form", FieldType.TEXT, label="Own")
    study.pycap.import_metadata([field_as_row(one) for one in (*study.metadata(), more)], import_format="json")
    again = run(project)
    assert (again.records_read, again.cells_written) == (5, 0)
    idle = run(project)
    assert (idle.records_read, idle.requests <= 4) == (0, True)


def test_without_the_log_changes_are_found_and_the_deleted_forgotten(
    study: RedcapClient, project: ProjectSettings, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = order("users", username="worker", rights={"api_export": 1, "api_import": 1})["token"]
    monkeypatch.setenv("LICATS_TEST_TOKEN", worker)
    run(project)
    study.import_rows([sample("2", 2, "2026-01-21", "1.6")])
    study.pycap.delete_records(["1"])
    assert run(project).cells_written > 0
    assert result(study, "2")["res_c1_ratio_d"] == "2.0000"
    assert run(project).cells_written == 0
    with Journal(project.state) as journal:
        assert set(journal.memory(project.key).of(RECORDS)) == set(RECORDS) - {"1"}


def test_a_record_that_was_left_out_is_tried_again_by_every_run(
    study: RedcapClient, project: ProjectSettings
) -> None:
    study.import_rows([repeat("1", "licats_query", 7, qry_id_d="x", qry_state_d="open")])
    for _ in range(2):
        summary = run(project)
        assert (summary.exit, [one.record for one in summary.left_out]) == (1, ["1"])
    study.pycap.delete_records(["1"], instrument="licats_query", repeat_instance=7)
    assert run(project).exit == 0
    assert run(project).records_read == 0


def test_a_frozen_record_waits_for_a_full_pass_or_for_being_unlocked(
    study: RedcapClient, project: ProjectSettings, order: Order
) -> None:
    order("save", record="1", form="labs", instance=2, values={"lab_crea_val": "1.6"})
    order("lock", record="1")
    assert run(project).frozen == ["1"]
    idle = run(project)
    assert (idle.records_read, idle.frozen) == (0, ["1"])
    assert run(project, full=True).frozen == ["1"]
    order("lock", record="1", locked=False)
    assert run(project).frozen == []
    assert result(study, "1")["res_c1_ratio_d"] == "2.0000"


def test_what_is_due_by_time_is_read_on_its_day(client: RedcapClient, project: ProjectSettings) -> None:
    with Journal(project.state) as journal:
        assert journal.memory(project.key).known() is None
    client.import_rows([*subject("1")[:-1], kidney_event("1", kidney_end="") | {"licats_kidney_complete": "0"}])
    first = run(project)
    assert first.queries.held > 0
    with Journal(project.state) as journal:
        memory = journal.memory(project.key)
        (due,) = (one.next_due for one in memory.of(["1"]).values())
        assert due is not None
        assert memory.waiting(due) == ("1",)
    assert run(project).records_read == 0


def test_all_is_read_when_it_is_due_asked_for_or_the_protocol_is_another(
    study: RedcapClient, project: ProjectSettings
) -> None:
    full = run(project, full=True)
    assert (full.records_read, full.records_due, full.cells_written) == (5, 0, 0)
    other = project.model_copy(update={"release_days": 9})
    assert run(other).records_due == 5


def test_one_record_only(study: RedcapClient, project: ProjectSettings, order: Order) -> None:
    for record in ("1", "2"):
        order("save", record=record, form="labs", instance=2, values={"lab_crea_val": "1.6"})
    only = run(project, records=["2"])
    assert {record for record, *_ in written(project, only)} == {"2"}
    rest = run(project)
    assert {record for record, *_ in written(project, rest)} == {"1"}
    unknown = sync(project, PROTOCOL, records=["nobody"])
    assert unknown.error is not None
    assert unknown.error.code == "RECORD-UNKNOWN"


def test_records_that_a_cut_list_leaves_out_are_not_forgotten(
    client: RedcapClient, project: ProjectSettings, sandbox: SandboxProcess
) -> None:
    client.import_rows([row for record in ("1", "2", "3", "4") for row in subject(record)])
    first = sync(project, PROTOCOL)
    assert first.error is None
    faults = sandbox.url.replace("/api/", "/sandbox/faults")
    headers = {"Authorization": f"Bearer {sandbox.super_token}"}
    # what other tests were given is counted no more
    requests.delete(faults, headers=headers, timeout=30).raise_for_status()
    order = {"name": "truncated_rows", "times": 2, "skip": 5}
    requests.post(f"{faults}/next", json=order, headers=headers, timeout=30).raise_for_status()
    cut = sync(project, PROTOCOL, full=True)
    given = requests.get(faults, headers=headers, timeout=30).json()["given"]
    requests.delete(faults, headers=headers, timeout=30).raise_for_status()
    assert given == {"truncated_rows": 2}
    assert cut.error is not None
    assert (cut.error.code, cut.exit) == ("API-IDS", 3)
    with Journal(project.state) as journal:
        assert journal.memory(project.key).names() == {"1", "2", "3", "4"}
    assert sync(project, PROTOCOL, full=True).records_read == 4
