"""The short form of `make faults`, and that it would notice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import fault_campaign
import pytest
from fault_campaign import Lane
from fault_ground import ground
from fault_history import Histories
from fault_report import Result, table
from fault_runs import ALL, Fault

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import LogEntry

BY_NAME = {one.name: one for one in ALL}
#: one of each sort
CHOSEN = [
    BY_NAME[name]
    for name in (
        "half_body",
        "gateway_timeout",
        "truncated_rows",
        "locked_record",
        "kill -9 after import",
        "kill -9 before confirm",
        "kill -9 at a request",
        "journal's disk full",
        "record deleted before the write",
        "record renamed before the write",
        "cells changed before the write",
        "token rotated for good",
    )
]


def campaign(folder: Path, kinds: list[Fault], *, runs: int = 0, seed: int = 3) -> Result:
    with ground(folder) as made:
        return Lane(made, seed).go(runs, 1, kinds)


def test_one_fault_of_each_sort(tmp_path: Path) -> None:
    result = campaign(tmp_path, CHOSEN)
    assert result.wrong == []
    for one in CHOSEN:
        tally = result.tallies[one.name]
        assert tally.struck >= 1, one.name
        assert (tally.converged, tally.wrong) == (tally.struck, 0)
    assert result.records >= fault_campaign.SUBJECTS
    assert result.steps > 50
    assert "| half_body | " in table([result])


def test_the_command_prints_its_table(tmp_path: Path) -> None:
    script = Path(fault_campaign.__file__)
    options = ("--runs", "2", "--each", "0", "--lanes", "2", "--seed", "5")
    run = subprocess.run([sys.executable, script, *options], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "| kill -9 after import | " in run.stdout
    assert "2 spoiled runs, in " in run.stdout
    assert run.stdout.endswith("wrong: nothing\n")


def test_a_worker_that_brings_records_back_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fault_ground.LEAST", {"api_export": 1, "api_import": 1, "logging": 1, "record_create": 1})
    monkeypatch.setattr(RedcapClient, "update_rows", RedcapClient.import_rows)
    result = campaign(tmp_path, [BY_NAME["record deleted before the write"]])
    assert any("is back from the dead" in one for one in result.wrong)
    assert any("the worker created record" in one for one in result.wrong)


def test_a_worker_that_believes_every_import_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redcap_licats.api.imports._holds", lambda *_: True)
    result = campaign(tmp_path, [BY_NAME["reset_before"], BY_NAME["unavailable"]], runs=20)
    assert any("derived cells" in one for one in result.wrong)


def line(details: str, action: str = "Update record (API) 1") -> LogEntry:
    row = {
        "timestamp": "2026-01-01 10:00",
        "username": "worker",
        "action": action,
        "details": details,
        "record": "1",
    }
    return LogEntry.from_row(row)


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (
            ("id_d = 'a', qry_state_d = 'held'", "state_d = 'open'", "state_d = 'answered'", "state_d = 'closed'"),
            "",
        ),
        (
            ("id_d = 'a', qry_state_d = 'open'", "state_d = 'resolved'", "state_d = 'open', qry_reopened_d = '1'"),
            "",
        ),
        (
            (
                "id_d = 'a', qry_state_d = 'held'",
                "id_d = '', qry_state_d = ''",
                "id_d = 'b', qry_state_d = 'open'",
            ),
            "",
        ),
        (("id_d = 'a', qry_state_d = 'open'", "state_d = 'held'"), "from open to held"),
        (("id_d = 'a', qry_state_d = 'open'", "state_d = ''"), "from open to None"),
        (
            ("id_d = 'a', qry_state_d = 'open'", "state_d = 'cancelled'", "state_d = 'open'"),
            "from cancelled to open",
        ),
        (
            ("id_d = 'a', qry_state_d = 'open'", "state_d = 'resolved'", "state_d = 'open'"),
            "counted 0 after 0 times",
        ),
        (("id_d = 'a', qry_state_d = 'open'", "id_d = 'b'"), "another query took the row"),
    ],
)
def test_a_history_is_judged_by_the_lifecycle(told: tuple[str, ...], wrong: str) -> None:
    histories = Histories()
    histories.follow([line(f"[instance = 2], qry_{one}") for one in told], "worker", {})
    assert (wrong in histories.wrong[0]) if wrong else not histories.wrong
    assert histories.steps > 0
