"""Whatever a study holds and whatever a run did to it, undoing the run brings back what was derived before."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from study import Row, project_xml, settings
from test_second_run import disturb

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.protocol import load_protocol
from redcap_licats.query.rows import MEDICAL_FORM, QUERY_FORM, STATE_CODES, STEMS
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync import past
from redcap_licats.sync.undo import undo
from redcap_licats.sync.worker import sync
from redcap_licats.synth.cohort import synthesise

PROTOCOL = load_protocol()
LIVE = {code for state, code in STATE_CODES.items() if state.live}
DERIVED = ("res_", "sum_")

Key = tuple[str, str, str]


def derived(rows: list[Row]) -> dict[tuple[Key, str], str]:
    """Give every cell of results and summaries that is not blank."""
    return {
        (key(row), name): value
        for row in rows
        for name, value in row.items()
        if value and name.startswith(DERIVED)
    }


def key(row: Row) -> Key:
    return row["record_id"], row["redcap_repeat_instrument"], row["redcap_repeat_instance"]


def live(rows: list[Row]) -> dict[Key, str]:
    """Give the identities of the queries that are live, by where they stand."""
    return {
        key(row): row[f"{STEMS[form]}_id_d"]
        for row in rows
        for form in (QUERY_FORM, MEDICAL_FORM)
        if row[f"{STEMS[form]}_state_d"] in LIVE
    }


def entered(rows: list[Row]) -> list[Row]:
    """Keep what people filled, as the edits below must leave the worker's cells alone."""
    return [{name: value for name, value in row.items() if not name.endswith(("_d", "_complete"))} for row in rows]


@pytest.mark.parametrize("seed", range(3))
def test_undoing_a_run_brings_back_what_stood_before_it(
    sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    token = create_project(sandbox.url, sandbox.super_token, title="Any", odm=project_xml(), rate_per_minute=0)
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        project = settings(client.url, tmp_path / "state", client.project_info().project_id)
        client.import_rows([dict(row) for row in synthesise(seed=seed + 50, patients=5).rows])
        for _ in range(3):
            before = client.export_rows()
            run = sync(project, PROTOCOL)
            assert run.error is None
            between = client.export_rows()
            undone = undo(project, PROTOCOL, run.run_id)
            assert (undone.error, undone.exit, undone.cells_kept) == (None, 0, 0)
            after = client.export_rows()
            assert derived(after) == derived(before)
            raised = {one: name for one, name in live(between).items() if live(before).get(one) != name}
            assert undone.queries_voided >= len(raised)
            assert live(after) == live(before)
            assert not raised.items() & live(after).items()
            refused = sync(project, PROTOCOL)
            assert refused.error is not None
            assert (refused.error.code, refused.exit, refused.cells_written) == ("PROJECT-HELD", 4, 0)
            assert client.export_rows() == after
            assert past.resume(project) is not None
            again = sync(project, PROTOCOL)
            assert again.error is None
            resumed = client.export_rows()
            assert derived(resumed) == derived(between)
            assert sorted(live(resumed).values()) == sorted(live(between).values())
            assert sync(project, PROTOCOL, full=True).cells_written == 0
            client.import_rows(disturb(entered(client.export_rows()), random))
