"""Whatever a study holds, a run that follows a run writes nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from study import Row, project_xml, settings

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.journal.journal import Journal
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.worker import sync
from redcap_licats.synth.cohort import synthesise

PROTOCOL = load_protocol()


def disturb(rows: list[Row], random: Random) -> list[Row]:
    """Change some cells at random, the worker's among them: to a neighbour's value."""
    changed = []
    for row in random.sample(rows, min(len(rows), 25)):
        filled = [name for name, value in row.items() if value and not name.startswith(("record_id", "redcap_"))]
        name = random.choice(filled) if filled else ""
        donors = [one[name] for one in rows if name and one.get(name)]
        if donors and not name.endswith("_complete"):
            keys = {key: value for key, value in row.items() if key.startswith(("record_id", "redcap_repeat"))}
            changed.append(keys | {name: random.choice(donors)})
    return changed


@pytest.mark.parametrize("seed", range(4))
def test_a_second_run_writes_nothing(
    sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    token = create_project(sandbox.url, sandbox.super_token, title="Any", odm=project_xml(), rate_per_minute=0)
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        project = settings(client.url, tmp_path / "state", client.project_info().project_id)
        client.import_rows([dict(row) for row in synthesise(seed=seed, patients=6).rows])
        for _ in range(2):
            first = sync(project, PROTOCOL)
            assert first.error is None
            for full in (False, True, True):
                again = sync(project, PROTOCOL, full=full)
                assert (again.error, again.cells_written) == (None, 0)
            # what was predicted of each record is what REDCap now holds, so that nothing is worked out again
            assert again.records_due == 0
            client.import_rows(disturb(client.export_rows(), random))
        with Journal(project.state) as journal:
            assert len(journal.runs(project, limit=99)) == 8


def test_the_first_full_pass_after_a_run_works_nothing_out(
    sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = create_project(sandbox.url, sandbox.super_token, title="Full", odm=project_xml(), rate_per_minute=0)
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        project = settings(client.url, tmp_path / "state", client.project_info().project_id)
        client.import_rows([dict(row) for row in synthesise(seed=5, patients=8).rows])
        assert sync(project, PROTOCOL).records_due == 8
        full = sync(project, PROTOCOL, full=True)
        assert (full.error, full.records_read, full.records_due, full.cells_written) == (None, 8, 0, 0)
