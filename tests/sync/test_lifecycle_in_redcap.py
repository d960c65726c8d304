"""One record in REDCap through edits, answers, decisions, protocol changes, runs and the loss of local state."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from study import Row, kidney_event, repeat, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.query.lifecycle import LIFECYCLE
from redcap_licats.query.model import Query, State
from redcap_licats.query.rows import read_queries
from redcap_licats.sync.approval import Approval, record_approval
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
Slot = tuple[bool, int]


def switched_off(folder: Path) -> Protocol:
    """The protocol without the checks on onset before infusion and on infections."""
    folder.mkdir()
    checks = "".join(f'[[check]]\nid = "{one}"\nenabled = false\n' for one in ("DT01", "AC01"))
    (folder / "checks.toml").write_text(checks, encoding="utf-8")
    return load_protocol(folder)


def within_a_run(source: State | None, steps: int = 4) -> set[State | None]:
    """Give the states that a query may have after a run: that of the table's steps, a few at most."""
    reached = {source}
    for _ in range(steps):
        reached |= {moves[one] for moves in LIFECYCLE.values() for one in reached if one in moves}
    return reached


class Study:
    """The record, its people and its worker."""

    def __init__(
        self, client: RedcapClient, project: ProjectSettings, protocols: list[Protocol], seed: int
    ) -> None:
        self.client, self.project, self.protocols = client, project, protocols
        self.protocol = protocols[0]
        self.random = Random(seed)
        self.stored: dict[Slot, Query] = {}
        self.written = 0

    def edit(self) -> None:
        cells = {
            "kidney_onset": ["2026-01-02", "2026-01-20", "2026-01-21"],
            "kidney_gc": ["0", "1"],
            "kidney_ac_infection": ["0", "1", "2"],
            "kidney_inv_grade": ["1", "3"],
        }
        field = self.random.choice(sorted(cells))
        self.save(repeat("1", "licats_kidney", 1, **{field: self.random.choice(cells[field])}))

    def save(self, row: Row) -> None:
        self.client.import_rows([row], overwrite=True)

    def live(self, *, medical: bool) -> list[int]:
        return [number for (kind, number), one in self.stored.items() if kind is medical and one.state.live]

    def answer(self) -> None:
        self.written += 1
        for number in self.live(medical=False):
            comment = f"note {self.written}"
            self.save(repeat("1", "licats_query_answer", number, ans_reason="confirmed", ans_comment=comment))

    def decide(self) -> None:
        self.written += 1
        for number in self.live(medical=False):
            action = self.random.choice(["accept", "back", "cancel"])
            cells = {"dec_action": action, "dec_comment": f"note {self.written}"}
            self.save(repeat("1", "licats_query_decision", number, **cells))

    def decide_medically(self) -> None:
        self.written += 1
        for number in self.live(medical=True):
            action = self.random.choice(["noted", "adjudicate", "release"])
            cells = {"mdec_action": action, "mdec_text": "Please check.", "mdec_comment": f"note {self.written}"}
            self.save(repeat("1", "licats_medical_decision", number, **cells))

    def change_the_protocol(self) -> None:
        self.protocol = self.protocols[self.protocols.index(self.protocol) - 1]
        approval = Approval(
            version=self.protocol.version,
            hash=self.protocol.hash,
            by="A. Sato",
            why="Amendment",
            at="2027-04-01T00:00:00+00:00",
            moved={},
        )
        record_approval(self.project.approval, self.protocol, approval)

    def lose_the_local_state(self) -> None:
        shutil.rmtree(self.project.state)

    def run(self) -> None:
        first = sync(self.project, self.protocol)
        assert first.error is None, first.error
        assert not first.left_out
        before, after = self.stored, {(one.medical, one.number): one for one in self.read()}
        for slot, one in before.items():
            gone = slot not in after or after[slot].id != one.id
            assert not gone or one.state is State.HELD
        for slot, one in after.items():
            was = before.get(slot)
            source = was.state if was and was.id == one.id else None
            assert one.state in within_a_run(source), (source, one.state)
            assert was is None or was.id != one.id or one.reopened >= was.reopened
        live = [(one.medical, one.id) for one in after.values() if one.state.live]
        assert len(live) == len(set(live))
        again = sync(self.project, self.protocol, full=True)
        assert (again.error, again.cells_written) == (None, 0)
        self.stored = after

    def read(self) -> tuple[Query, ...]:
        return read_queries(self.client.export_rows(["1"]))


@pytest.mark.parametrize("seed", range(2))
def test_no_query_is_lost_or_doubled_and_every_change_is_one_of_the_table(
    client: RedcapClient, project: ProjectSettings, tmp_path: Path, seed: int
) -> None:
    project = project.model_copy(update={"approval": tmp_path / "study.approved.json"})
    study = Study(client, project, [PROTOCOL, switched_off(tmp_path / "overlay")], seed)
    disagreeing = {"kidney_onset": "2026-01-02", "kidney_gc": "1", "kidney_ac_infection": "1"}
    client.import_rows([*subject("1")[:-1], kidney_event("1", **disagreeing)])
    study.run()
    assert {one.medical for one in study.stored.values()} == {False, True}
    ways: list[Callable[[], None]] = [
        *[study.edit] * 3,
        *[study.answer] * 2,
        *[study.decide] * 2,
        study.decide_medically,
        study.change_the_protocol,
        study.change_the_protocol,
        study.lose_the_local_state,
    ]
    study.random.shuffle(ways)
    for act in ways:
        act()
        study.run()
    assert {one.state for one in study.stored.values()} - {State.HELD, State.OPEN}
