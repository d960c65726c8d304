"""What each rule has asked of people."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest

from redcap_licats.protocol.load import load_protocol
from redcap_licats.query.burden import Raised, RuleBurden, burden, read_raised
from redcap_licats.query.model import Answer, Query, State
from redcap_licats.query.rows import query_cells

PROTOCOL = load_protocol()
DAY = dt.date(2026, 3, 1)
QUERY = Query(
    number=1,
    id="q1",
    fingerprint="f",
    rule="DT01",
    severity="query",
    form="licats_kidney",
    instance=1,
    event="",
    field="kidney_onset",
    value="",
    text="",
    opened=DAY,
    state=State.OPEN,
    since=DAY,
    reopened=0,
    changed=False,
    kind="rule",
    medical=False,
)


def raised(state: State = State.OPEN, *, days: int = 0, reason: str = "", rule: str = "DT01") -> Raised:
    query = replace(QUERY, state=state, since=DAY + dt.timedelta(days=days), rule=rule)
    return Raised(query, Answer(1, reason, "", "", None) if reason else None)


def test_a_rule_is_told_how_often_it_fired_was_answered_and_how_long_it_took() -> None:
    of = burden(
        [
            raised(State.HELD),
            raised(State.OPEN),
            raised(State.ANSWERED, days=2, reason="typo"),
            raised(State.CLOSED, days=3, reason="confirmed"),
            raised(State.RESOLVED, days=6),
            raised(State.CANCELLED, days=99),
        ],
        PROTOCOL,
    )
    assert of["DT01"] == RuleBurden(
        rule="DT01", fired=5, open=2, reopened=0, answered=2, confirmed=1, median_days=4.5, too_often=False
    )
    assert of["DT01"].confirmed_share == Fraction(1, 2)


def test_every_check_has_its_line_in_the_protocols_order_then_retired_rules_then_manual_queries() -> None:
    of = burden([raised(rule="manual"), raised(rule="OLD1"), raised()], PROTOCOL)
    assert list(of) == [*PROTOCOL.checks, "OLD1", "manual"]
    assert of["DT02"] == RuleBurden("DT02")
    assert of["DT02"].confirmed_share is None


@pytest.mark.parametrize(
    ("confirmed", "other", "too_often"),
    [(5, 5, False), (6, 4, True), (9, 0, False), (10, 0, True), (6, 5, True), (0, 20, False)],
)
def test_a_rule_confirmed_too_often_is_pointed_out_once_it_has_enough_answers(
    confirmed: int, other: int, too_often: bool
) -> None:
    reasons = ["confirmed"] * confirmed + ["typo"] * other
    answers = [raised(State.CLOSED, reason=one) for one in reasons]
    assert burden(answers, PROTOCOL)["DT01"].too_often is too_often


def test_the_limit_is_a_setting_of_the_study() -> None:
    queries = PROTOCOL.settings.queries.model_copy(update={"confirmed_from_answers": 1})
    settings = PROTOCOL.settings.model_copy(update={"queries": queries})
    protocol = PROTOCOL.model_copy(update={"settings": settings})
    assert burden([raised(State.CLOSED, reason="confirmed")], protocol)["DT01"].too_often


def test_monitors_are_not_told_that_they_ask_too_much() -> None:
    manual = [raised(State.CLOSED, reason="confirmed", rule="manual")] * 50
    assert not burden(manual, PROTOCOL)["manual"].too_often


def test_queries_are_read_with_their_answers_and_no_site_answers_a_medical_query() -> None:
    keys = {"redcap_repeat_instance": "1"}
    medical = replace(QUERY, medical=True, rule="AC01", severity="medical")
    rows = [
        {"redcap_repeat_instrument": "licats_query", **keys, **query_cells(QUERY)},
        {"redcap_repeat_instrument": "licats_medical_query", **keys, **query_cells(medical)},
        {"redcap_repeat_instrument": "licats_query_answer", **keys, "ans_reason": "confirmed"},
    ]
    answer = Answer(1, "confirmed", "", "", None)
    assert read_raised(iter(rows)) == (Raised(QUERY, answer), Raised(medical, None))
