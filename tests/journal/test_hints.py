"""The queue of hints: one line per record, due in time, gone only when worked off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from redcap_licats.journal.engine import open_engine
from redcap_licats.journal.hints import NONE, Hint, HintQueue, Patience, put_hints

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PATIENCE = Patience(dt.timedelta(seconds=20), dt.timedelta(seconds=120))


def after(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        state = str(tmp_path / "state")
    else:
        new_database: Callable[[], str] = request.getfixturevalue("new_database")
        state = new_database()
    engine = open_engine(state)
    yield engine
    engine.dispose()


@pytest.fixture
def queue(engine: Engine) -> HintQueue:
    return HintQueue(engine, "server-1")


def test_a_record_is_due_some_seconds_after_its_last_save(queue: HintQueue) -> None:
    queue.put({"1"}, after(0), PATIENCE)
    queue.put({"1"}, after(15), PATIENCE)
    assert queue.take(after(34.9), 10) == ()
    assert queue.next_due() == after(35)
    assert queue.take(after(35), 10) == (Hint("1", 2, 0),)
    assert queue.take(after(36), 10) == (Hint("1", 2, 0),), "it stays until settled"


def test_a_stream_of_saves_does_not_put_it_off_for_ever(queue: HintQueue) -> None:
    for seconds in range(0, 300, 10):
        queue.put({"1"}, after(seconds), PATIENCE)
    assert queue.next_due() == after(120)
    assert queue.waiting().count == 1
    assert queue.waiting().since == NOW


def test_the_longest_due_comes_first_and_no_more_than_asked_for(queue: HintQueue) -> None:
    for seconds, record in enumerate(("c", "a", "b")):
        queue.put({record}, after(seconds), NONE)
    assert [one.record for one in queue.take(after(10), 2)] == ["c", "a"]


def test_what_was_saved_during_the_work_is_worked_off_again(queue: HintQueue) -> None:
    queue.put({"1", "2"}, NOW, NONE)
    taken = queue.take(NOW, 10)
    queue.put({"1"}, after(1), NONE)
    queue.settle(taken, after(5), PATIENCE)
    assert queue.take(after(24), 10) == ()
    assert queue.take(after(25), 10) == (Hint("1", 2, 0),)
    queue.settle(queue.take(after(25), 10), after(26), PATIENCE)
    assert queue.waiting().count == 0
    assert queue.next_due() is None


def test_what_failed_waits_although_it_is_saved_again(queue: HintQueue) -> None:
    queue.put({"1"}, NOW, NONE)
    queue.delay(queue.take(NOW, 10), after(60))
    queue.put({"1"}, after(1), NONE)
    assert queue.take(after(59), 10) == ()
    assert queue.take(after(60), 10) == (Hint("1", 2, 1),)


def test_projects_do_not_see_each_other(engine: Engine, queue: HintQueue) -> None:
    other = HintQueue(engine, "server-2")
    put_hints(engine, {("server-1", "1"), ("server-2", "1")}, NOW, NONE)
    queue.settle(queue.take(NOW, 10), NOW, NONE)
    assert queue.waiting().count == 0
    assert other.take(NOW, 10) == (Hint("1", 1, 0),)
    other.delay(other.take(NOW, 10), after(5))
    assert other.next_due() == after(5)


def test_nothing_is_an_empty_batch(queue: HintQueue) -> None:
    queue.put(set(), NOW, NONE)
    queue.settle((), NOW, NONE)
    queue.delay((), NOW)
    assert queue.waiting().since is None


def test_a_forgotten_record_is_gone(queue: HintQueue) -> None:
    queue.put({"1", "2"}, NOW, NONE)
    queue.forget("1")
    assert [one.record for one in queue.take(NOW, 10)] == ["2"]
