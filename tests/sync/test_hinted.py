"""Records by hearsay: those that exist are worked off, others are passed over."""

from __future__ import annotations

import pytest
from study import kidney_event, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.journal.journal import Journal
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()


def test_hints_are_worked_off_and_nothing_else_is(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1"), *subject("2")])
    assert sync(project, PROTOCOL).exit == 0
    client.import_rows([kidney_event("1", kidney_end="2026-01-29"), kidney_event("2", kidney_end="2026-01-29")])
    summary = sync(project, PROTOCOL, hints=["1", "not there"])
    assert (summary.exit, summary.records_read, summary.left_out) == (0, 1, [])
    assert summary.cells_written > 0
    assert sync(project, PROTOCOL, hints=["1"]).cells_written == 0
    assert sync(project, PROTOCOL).cells_written > 0, "the other one was left to the run that looks by itself"


def test_a_record_that_is_gone_is_forgotten(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1"), *subject("2")])
    sync(project, PROTOCOL)
    client.pycap.delete_records(["1"])
    assert sync(project, PROTOCOL, hints=["1", "2"]).exit == 0
    with Journal(project.state) as journal:
        assert set(journal.memory(project.key).of(["1", "2"])) == {"2"}


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_record_that_was_named_has_to_be_there(
    client: RedcapClient, project: ProjectSettings, dry_run: bool
) -> None:
    client.import_rows(subject("1"))
    summary = sync(project, PROTOCOL, records=["not there"], hints=["nor this"], dry_run=dry_run)
    assert summary.error is not None
    assert summary.error.code == "RECORD-UNKNOWN"
    assert "'not there'" in summary.error.message
