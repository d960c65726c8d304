"""A miniature of ``make load``."""

from __future__ import annotations

from pathlib import Path

from load import ANSWERS, Figures, load, serving


def test_no_valid_hint_is_lost_and_no_other_let_in(tmp_path: Path) -> None:
    with serving(tmp_path, 60) as (study, service):
        figures = load(study, service, rate=60, seconds=5)
    assert figures.sent == 300
    assert {kind for kind, _ in figures.answers} == set(ANSWERS)
    assert figures.unexpected == {}
    assert figures.accepted
    assert figures.queued == figures.accepted
    assert "lost 0, accepted wrongly 0, unexpected 0" in "\n".join(figures.lines())


def test_what_is_lost_or_let_in_would_be_seen() -> None:
    figures = Figures(accepted={"1", "2"}, queued={"2", "3"})
    figures.answers["garbage", 204] += 1
    assert (figures.lost, figures.intruded, figures.unexpected) == ({"1"}, {"3"}, {("garbage", 204): 1})
