"""What is piped into a text, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.definition.logic import Reference, SmartVariable
from redcap_licats.definition.piping import pipes, source

FIELDS = frozenset({"first", "last", "age", "race"})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("no brackets", ["no brackets"]),
        ("[age]", [Reference("age")]),
        ("Why [age]?", ["Why ", Reference("age"), "?"]),
        ("[first][last]", [Reference("first"), Reference("last")]),
        ("[first][last][2]", [Reference("first"), Reference("last", instance="2")]),
        ("[visit_1_arm_1][age][2]", [Reference("age", "visit_1_arm_1", "2")]),
        ("[previous-event-name][age]", [Reference("age", "previous-event-name")]),
        ("[age][user-name]", [Reference("age"), SmartVariable("user-name")]),
        ("[race(1)] [race:checked]", [Reference("race", code="1"), " ", Reference("race", option="checked")]),
        ("[AGE:value]", [Reference("age", option="value")]),
        ("[unknown] and [see below][age]", ["[unknown] and [see below]", Reference("age")]),
        ("[<b>age</b>] [", ["[<b>age</b>] ["]),
        ("[race(&lt;5)]", [Reference("race", code="<5")]),
    ],
)
def test_splits(text: str, parts: list[object]) -> None:
    assert list(pipes(text, FIELDS)) == parts


@given(
    st.lists(st.sampled_from(["[age]", "[first][2]", "[a_b][age]", "[user-name]", "[", "]", "[x]", "text", "<b>"]))
)
def test_nothing_is_lost(parts: list[str]) -> None:
    text = "".join(parts)
    assert "".join(one if isinstance(one, str) else source(one) for one in pipes(text, FIELDS)) == text
