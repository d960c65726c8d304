"""The short form of `make campaign`, and that it would notice."""

from __future__ import annotations

from pathlib import Path

import pytest
from campaign import run

from redcap_licats.api.exports import Batches


def test_three_hundred_requests_with_many_faults(tmp_path: Path) -> None:
    campaign, given = run(300, 0.15, seed=3, folder=tmp_path)
    assert campaign.wrong == []
    assert sum(given.values()) > 30
    assert len(given) > 10
    for tally in (campaign.read, campaign.imported):
        assert tally.due > 0
        assert tally.done.total() >= 0.99 * tally.due
        # whatever was not done in its run was reported as left out of it
        later = tally.due - tally.done[1]
        assert tally.left_out.total() >= later


def test_a_client_that_believes_the_last_record_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def believe(self: Batches, batch: list[str]) -> tuple[list[dict[str, str]], list[str]]:
        return self.fetch(batch), []

    monkeypatch.setattr(Batches, "_read_batch", believe)
    campaign, _ = run(60, 0.3, seed=1, folder=tmp_path)
    assert any("was not read as it is" in one for one in campaign.wrong)


def test_a_client_that_believes_every_import_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redcap_licats.api.imports._holds", lambda *_: True)
    campaign, _ = run(120, 0.5, seed=1, folder=tmp_path)
    assert any("is not stored" in one for one in campaign.wrong)
