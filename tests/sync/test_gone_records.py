"""A record that is deleted or renamed after it was read never comes back by the worker's writing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from study import Row, kidney_event, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import LogRange
from redcap_licats.api.rejections import ImportRejected
from redcap_licats.config import ProjectSettings
from redcap_licats.journal.journal import Journal
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import sync
from redcap_licats.sync.write import Writer

PROTOCOL = load_protocol()
LEAST = {"api_export": 1, "api_import": 1, "logging": 1}

Order = Callable[..., dict[str, str]]
Meanwhile = Callable[[], object]


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch, project: ProjectSettings) -> Callable[[Meanwhile], RunSummary]:
    """Run while somebody does something after the records are read and before the first is written."""

    def run(act: Meanwhile) -> RunSummary:
        waiting = [act]
        real = Writer.write

        def write(self: Writer, changes: object) -> None:
            while waiting:
                waiting.pop()()
            real(self, changes)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(Writer, "write", write)
            return sync(project, PROTOCOL)

    return run


def rename(client: RedcapClient, old: str, new: str) -> None:
    payload = {"content": "record", "action": "rename", "record": old, "new_record_name": new}
    client.pycap._call_api(payload, "record")


def graded(rows: list[Row]) -> set[str]:
    return {row["record_id"] for row in rows if row["res_grade_d"]}


@pytest.mark.parametrize("rights", [LEAST, {**LEAST, "record_create": 1}], ids=["least", "may create"])
def test_a_record_deleted_or_renamed_meanwhile_stays_so(
    client: RedcapClient,
    project: ProjectSettings,
    order: Order,
    between: Callable[[Meanwhile], RunSummary],
    monkeypatch: pytest.MonkeyPatch,
    rights: dict[str, int],
) -> None:
    client.import_rows([*subject("1"), *subject("2"), *subject("3"), *subject("4")])
    monkeypatch.setenv("LICATS_TEST_TOKEN", order("users", username="worker", rights=rights)["token"])

    def meanwhile() -> None:
        client.pycap.delete_records(["2"])
        rename(client, "3", "30")

    summary = between(meanwhile)
    assert (summary.error, summary.exit, summary.left_out, summary.frozen) == (None, 0, [], [])
    assert client.record_ids() == ["1", "4", "30"]
    assert graded(client.export_rows()) == {"1", "4"}
    with Journal(project.state) as journal:
        assert {one.change.record for one in journal.changes_of_run(summary.run_id)} == {"1", "4"}
    following = sync(project, PROTOCOL)
    assert (following.error, following.exit) == (None, 0)
    assert graded(client.export_rows()) == {"1", "4", "30"}
    with Journal(project.state) as journal:
        remembered = journal.memory(project.key).of(["1", "2", "3", "4", "30"])
    assert remembered.keys() == {"1", "4", "30"}
    log = client.read_log(lambda one: one, LogRange(dt.datetime(2026, 1, 1)))  # noqa: DTZ001 - the server's wall clock
    assert not [one for one in log if one.user == "worker" and "Create" in one.action]


def test_what_must_exist_is_looked_for_again_before_every_try(client: RedcapClient) -> None:
    client.import_rows(subject("1"))
    row = {"record_id": "1", "redcap_repeat_instrument": "", "redcap_repeat_instance": "", "enr_age": "35"}
    assert client.update_rows([row]) == 1
    with pytest.raises(ImportRejected) as refused:
        client.update_rows([row, row | {"record_id": "2"}])
    assert [(one.record, one.gone) for one in refused.value.rejections] == [("2", True)]
    assert client.record_ids() == ["1"]


def test_a_record_renamed_between_two_runs_is_forgotten_under_its_old_id(
    client: RedcapClient, project: ProjectSettings
) -> None:
    wrong = kidney_event("2", kidney_onset="2026-01-05", kidney_sx_start="2026-01-05")
    client.import_rows([*subject("1"), *subject("2")[:-1], wrong])
    first = sync(project, PROTOCOL)
    assert first.queries.open > 0
    rename(client, "2", "20")
    renamed = sync(project, PROTOCOL)
    assert (renamed.error, renamed.records_due) == (None, 1)
    assert renamed.queries.open == first.queries.open
    with Journal(project.state) as journal:
        assert journal.memory(project.key).of(["1", "2", "20"]).keys() == {"1", "20"}
    assert sync(project, PROTOCOL).cells_written == 0
