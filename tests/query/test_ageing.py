"""Ages of queries, day by day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from redcap_licats.protocol.load import load_protocol
from redcap_licats.query.ageing import Age, age_of
from redcap_licats.query.model import Query, State

TARGETS = load_protocol().settings.queries.target_days
RAISED = dt.date(2026, 2, 27)


QUERY = Query(
    number=1,
    id="q",
    fingerprint="f",
    rule="DT01",
    severity="query",
    form="licats_kidney",
    instance=1,
    event="",
    field="kidney_onset",
    value="",
    text="",
    opened=RAISED,
    state=State.OPEN,
    since=RAISED,
    reopened=0,
    changed=False,
    kind="rule",
    medical=False,
)


def query(state: State, *, since: int = 0) -> Query:
    return replace(QUERY, state=state, since=RAISED + dt.timedelta(days=since))


def at(day: int, one: Query) -> Age:
    return age_of(one, TARGETS, RAISED + dt.timedelta(days=day))


@pytest.mark.parametrize(("severity", "target"), [("hard", 3), ("query", 14), ("soft", 28), ("medical", 14)])
def test_a_query_is_overdue_the_day_after_its_target(severity: str, target: int) -> None:
    one = replace(QUERY, severity=severity, medical=severity == "medical")
    assert at(target, one).due == RAISED + dt.timedelta(days=target)
    assert [at(day, one).overdue for day in (target, target + 1)] == [False, True]


def test_the_target_counts_from_the_day_it_came_to_who_must_act() -> None:
    open_, answered, back = (query(one, since=20) for one in (State.OPEN, State.ANSWERED, State.SENT_BACK))
    assert [one.overdue for one in (at(34, open_), at(34, answered), at(34, back))] == [False] * 3
    assert [at(21, one).waits_for for one in (open_, answered, back)] == ["site", "monitor", "site"]
    assert (at(21, answered).days_open, at(21, answered).days_in_state) == (21, 1)


@pytest.mark.parametrize("state", [State.RESOLVED, State.CLOSED, State.CANCELLED])
def test_what_is_settled_ages_no_more_and_waits_for_nobody(state: State) -> None:
    age = at(90, query(state, since=5))
    assert age == Age("", 5, 85, None, None, False, 0, False)


def test_a_held_query_was_never_open_and_is_never_overdue() -> None:
    age = at(90, replace(QUERY, state=State.HELD, opened=None))
    assert (age.waits_for, age.days_open, age.days_in_state, age.due, age.overdue) == ("", None, 90, None, False)


def test_a_study_without_a_target_has_nothing_overdue() -> None:
    age = age_of(query(State.OPEN), {}, RAISED + dt.timedelta(days=900))
    assert (age.target_days, age.due, age.overdue, age.days_open) == (None, None, False, 900)


def test_a_query_from_after_a_data_cut_is_not_younger_than_nothing() -> None:
    age = at(-3, query(State.OPEN))
    assert (age.days_open, age.days_in_state, age.overdue) == (0, 0, False)


def test_reopenings_and_changes_are_told() -> None:
    age = at(1, replace(QUERY, reopened=2, changed=True))
    assert (age.reopened, age.changed) == (2, True)
