from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from redcap_licats.journal.journal import Journal
from redcap_licats.journal.memory import Memory
from redcap_licats.journal.model import Hold, Known, Logged, Remembered, Standing

TODAY = dt.date(2026, 2, 1)
KNOWN = Known(
    watermark=dt.datetime(2026, 2, 1, 12, 0),  # noqa: DTZ001 - the server's wall clock has no zone
    offset=dt.timedelta(hours=-9, seconds=7),
    seen=frozenset({"abc"}),
    conditions="c",
    setup="{}",
    full_pass=dt.datetime(2026, 2, 1, tzinfo=dt.UTC),
)


@pytest.fixture
def journal(state: str) -> Iterator[Journal]:
    with Journal(state) as journal:
        yield journal


@pytest.fixture
def memory(journal: Journal) -> Memory:
    return journal.memory("host-7")


def test_what_a_run_leaves_comes_back_and_the_last_one_counts(journal: Journal, memory: Memory) -> None:
    assert memory.known() is None
    memory.learn(Known(KNOWN.watermark, KNOWN.offset, frozenset(), "old", "", KNOWN.full_pass))
    memory.learn(KNOWN)
    assert memory.known() == KNOWN
    assert journal.memory("host-8").known() is None


def test_records_come_back_and_no_other_projects(journal: Journal, memory: Memory) -> None:
    one = Remembered("1", "d", TODAY, Standing.LEFT_OUT, "why", 1, 2)
    memory.remember([Remembered("1", "x"), Remembered("2", "y")])
    memory.remember([one])
    journal.memory("host-8").remember([Remembered("1", "z")])
    assert memory.of(["1", "2", "3"]) == {"1": one, "2": Remembered("2", "y")}
    memory.forget(["1"])
    assert set(memory.of(["1", "2"])) == {"2"}
    assert set(journal.memory("host-8").of(["1"])) == {"1"}


def test_who_waits(memory: Memory) -> None:
    memory.remember(
        [
            Remembered("settled", "d"),
            Remembered("due", "d", TODAY),
            Remembered("later", "d", TODAY + dt.timedelta(days=1)),
            Remembered("left out", "", standing=Standing.LEFT_OUT),
            Remembered("frozen", "", standing=Standing.FROZEN),
            Remembered("undone", "d"),
        ]
    )
    memory.unsettle(["undone"])
    assert set(memory.waiting(TODAY)) == {"due", "left out", "undone"}
    assert memory.frozen() == ("frozen",)


def test_queries_are_counted_over_all_records(memory: Memory) -> None:
    assert memory.queries() == (0, 0)
    memory.remember([Remembered("1", "d", queries_held=1, queries_open=2), Remembered("2", "d", queries_open=3)])
    assert memory.queries() == (1, 5)


def test_records_that_are_gone_are_forgotten_however_many_there_are(memory: Memory) -> None:
    names = [str(number) for number in range(2500)]
    memory.remember(Remembered(name, "d") for name in names)
    memory.keep_only(names[::2])
    assert set(memory.of(names)) == set(names[::2])


def test_a_hold_stays_until_it_is_taken_off(journal: Journal, memory: Memory) -> None:
    hold = Hold("r1", dt.datetime(2026, 2, 1, 12, 0, tzinfo=dt.UTC))
    assert memory.held() is None
    memory.hold(Hold("r0", hold.since))
    memory.hold(hold)
    assert memory.held() == hold
    assert journal.memory("host-8").held() is None
    memory.resume()
    assert memory.held() is None


def test_the_last_report_is_the_one_before_today_of_the_same_audience_and_site(
    journal: Journal, memory: Memory
) -> None:
    assert memory.last_report("site", "osaka", TODAY) is None
    days = [TODAY - dt.timedelta(days=days) for days in (14, 7, 0, 0)]
    for day in days:
        memory.reported("site", "osaka", day)
    memory.reported("site", "tokyo", TODAY - dt.timedelta(days=1))
    memory.reported("monitor", "", TODAY - dt.timedelta(days=2))
    journal.memory("host-8").reported("site", "osaka", TODAY - dt.timedelta(days=3))
    assert memory.last_report("site", "osaka", TODAY) == days[1]
    assert memory.last_report("site", "osaka", TODAY + dt.timedelta(days=1)) == TODAY
    assert memory.last_report("monitor", "", TODAY) == TODAY - dt.timedelta(days=2)


def test_the_shelf_takes_nothing_from_before_what_it_replaces(memory: Memory) -> None:
    shelf = memory.shelf()
    noon = dt.datetime.fromisoformat("2026-02-01 12:00")
    first, second, third = (Logged("1", noon + dt.timedelta(minutes=one), "form", 1, "", "") for one in range(3))
    shelf.rewrite(first.at, [first, second])
    # a server may give more than it was asked for
    shelf.rewrite(second.at, [first, second, third])
    assert shelf.of(["1"])["1"] == [first, second, third]
