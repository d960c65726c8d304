"""A long log comes slice by slice: every line once, no slice longer than the server bears."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from redcap_licats.api.model import LogEntry, LogRange
from redcap_licats.api.slices import slices
from redcap_licats.errors import ServerError

BEGIN = dt.datetime.fromisoformat("2000-01-01")
CREATED = dt.datetime.fromisoformat("2026-04-01 10:00:30")
MINUTE = dt.timedelta(minutes=1)
#: bytes of a line
LINE = 400


class Server:
    """Holds a log of the given minutes after the project was made; fails where too many lines are asked for."""

    def __init__(self, minutes: Sequence[int], most: int = 1_000_000, size: int = LINE) -> None:
        start = CREATED.replace(second=0)
        self.lines = [LogEntry(start + minute * MINUTE, "u", "Update", "", "1") for minute in minutes]
        self.most, self.size, self.asked = most, size, list[LogRange]()

    def _find(self, asked: LogRange) -> list[LogEntry]:
        first, last = asked.begin.replace(second=0), (asked.end or self.lines[-1].at).replace(second=0)
        return [one for one in reversed(self.lines) if first <= one.at <= last]

    def size_of(self, asked: LogRange) -> int:
        return len(self._find(asked)) * self.size

    def __call__(self, asked: LogRange) -> list[LogEntry]:
        self.asked.append(asked)
        found = self._find(asked)
        if len(found) > self.most:
            raise ServerError("API-MEMORY", "too much")
        if asked.most is not None and len(found) * self.size > asked.most:
            raise ServerError("API-LARGE", "too large")
        return found


def read(server: Server, days: int = 400) -> list[LogEntry]:
    read: list[LogEntry] = []
    before = None
    for since, lines in slices(server, BEGIN, CREATED, CREATED + dt.timedelta(days=days)):
        assert since.second == 0
        assert before is None or since > before
        assert all(one.at >= since for one in lines)
        before = since
        read += reversed(lines)
    return read


@pytest.mark.parametrize("days", [0, 1, 400])
def test_every_line_comes_once_in_its_order(days: int) -> None:
    server = Server([-5, 0, 0, *range(1, 3000, 7), 60 * 24 * 390, 60 * 24 * 500])
    assert read(server, days) == server.lines
    assert len(server.asked) < 14


def test_a_dense_log_comes_in_short_slices() -> None:
    server = Server([minute for minute in range(10) for _ in range(30_000)])
    assert read(server) == server.lines
    assert len(server.asked) > 10


def test_a_minute_is_read_however_large_it_is_and_nothing_beside_it() -> None:
    dense = [minute for minute in range(60, 64) for _ in range(900)]
    server = Server([*range(0, 60, 20), *dense, 100_000], size=40_000)
    assert read(server) == server.lines
    unlimited = [one for one in server.asked if one.most is None and one.begin >= CREATED]
    assert {one.end - one.begin for one in unlimited if one.end} == {dt.timedelta(0)}


def test_what_is_too_much_for_the_server_is_asked_for_in_less() -> None:
    server = Server([*range(0, 1000, 100), *range(100_000, 100_400)], most=50)
    assert read(server) == server.lines


def test_a_minute_that_cannot_be_had_is_an_error() -> None:
    with pytest.raises(ServerError, match="too much"):
        read(Server([1] * 60, most=50))


@pytest.mark.parametrize("dense", [[60], [60, 61], [60, 200, 61_000], [3, 90, 5000, 5001]])
def test_the_way_to_a_dense_minute_is_short(dense: list[int]) -> None:
    server = Server(
        sorted([*range(0, 100_000, 500), *(minute for minute in dense for _ in range(900))]), size=40_000
    )
    assert read(server) == server.lines
    assert len(server.asked) < 30 * (1 + len(dense))


@pytest.mark.parametrize("behind", [-2000, -90, 0, 1, 3, 90, 2000])
def test_a_clock_that_is_not_known_well_costs_few_requests(behind: int) -> None:
    server = Server([minute for minute in range(4) for _ in range(900)], size=40_000)
    now = server.lines[-1].at - behind * MINUTE
    for first in (CREATED, now):
        server.asked.clear()
        found = [line for _, lines in slices(server, CREATED, first, now) for line in reversed(lines)]
        assert found == server.lines
        assert len(server.asked) < 25


def test_long_lines_are_asked_for_in_shorter_slices_without_a_refusal_each_time() -> None:
    server = Server([minute for minute in range(600) for _ in range(200)], size=10_000)
    assert read(server) == server.lines
    refused = sum(one.most is not None and server.size_of(one) > one.most for one in server.asked)
    assert refused < len(server.asked) / 4


def test_a_server_that_gives_all_whatever_is_asked_is_not_asked_for_ever() -> None:
    server = Server([*range(5)] * 400, size=100_000)
    asked = []

    def everything(wanted: LogRange) -> list[LogEntry]:
        asked.append(wanted)
        if wanted.most is not None:
            raise ServerError("API-LARGE", "too large")
        return server.lines[::-1]

    end = CREATED + dt.timedelta(days=3)
    for _ in slices(everything, end - 5 * MINUTE, end, end):
        pass
    assert len(asked) < 20


def test_once_a_reply_was_too_large_shorter_slices_cure_other_failures_too() -> None:
    server = Server([*range(40)])
    codes = ["API-LARGE", "API-TIMEOUT"]

    def ask(wanted: LogRange) -> list[LogEntry]:
        if codes and wanted.end != wanted.begin:
            raise ServerError(codes.pop(0), "no")
        return server(wanted)

    now = server.lines[-1].at
    found = [line for _, lines in slices(ask, CREATED, now, now) for line in reversed(lines)]
    assert (found, codes) == (server.lines, [])
