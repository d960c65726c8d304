"""docs/queries.md says what the code's tables say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redcap_licats.protocol.load import load_protocol
from redcap_licats.query.lifecycle import LIFECYCLE
from redcap_licats.query.model import ConflictCode, State

TEXT = (Path(__file__).parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")


def table(heading: str) -> Iterator[tuple[str, ...]]:
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    for line in rows[2:]:
        yield tuple(cell.strip() for cell in line.strip("|").split("|"))


def word(state: State | None) -> str:
    return "–" if state is None else state.value.replace("_", " ")


def test_the_steps_are_those_of_the_code_and_no_others() -> None:
    steps = [(word(a), word(b), when.value) for when, moves in LIFECYCLE.items() for a, b in moves.items()]
    assert list(table("All steps")) == steps


def test_every_state_is_explained() -> None:
    assert [row[0] for row in table("States")] == [word(state) for state in State]


def test_every_conflict_has_its_remedy() -> None:
    assert [row[0] for row in table("Conflicts")] == [code.value for code in ConflictCode]


def test_the_delay_is_the_one_of_the_study() -> None:
    assert f"({load_protocol().settings.queries.release_days} days by default)" in TEXT
