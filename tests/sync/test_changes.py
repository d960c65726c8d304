from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
from study import RUN

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import LogEntry, LogRange
from redcap_licats.errors import ServerError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import NOT_KEPT, Change, Known, Logged
from redcap_licats.sync.agenda import still_to_read
from redcap_licats.sync.changes import OVERLAP, News, read_news
from redcap_licats.sync.history import BEGIN
from redcap_licats.sync.lines import is_own, record_of

T = TypeVar("T")

NOON = dt.datetime(2026, 2, 1, 12, 0)  # noqa: DTZ001 - the server's wall clock has no zone
NOW = dt.datetime(2026, 2, 1, 11, 0, 20, tzinfo=dt.UTC)


def change(field: str, new: str, record: str = "1") -> Change:
    return Change(record, "", "licats_result", 1, field, "", new, "rule")


def line(record: str, details: str, minutes: int = 0, action: str = "") -> LogEntry:
    at = NOON + dt.timedelta(minutes=minutes)
    return LogEntry(at, "somebody", action or f"Update record {record}", details, record)


def trace(minutes: int = 0) -> LogEntry:
    """The line that the run's own export leaves."""
    return line("", "export_format: CSV", minutes, "Data Export (API) ")


@pytest.mark.parametrize(
    ("details", "own"),
    [
        ("res_grade_d = '2'", True),
        ("[instance = 3], res_grade_d = '2', res_flags_d = ''", True),
        ("res_flags_d = '',  res_grade_d = '2'", True),
        ("qry_text_d = 'It's 5, or x = 'y' after all', res_grade_d = '2'", True),
        ("qry_text_d = 'limits '1', and '2', differ.', res_grade_d = '2'", True),
        ("res_note_d = 'one two'", True),
        ("res_grade_d = '3'", False),
        ("res_grade_d = '2', kidney_onset = '2026-01-01'", False),
        ("xres_grade_d = '2'", False),
        ("Delete instrument = 'licats_result', instance = '1'", False),
        ("[instance = 1]", False),
        ("", False),
    ],
)
def test_a_line_is_the_workers_own_if_it_says_only_what_was_sent(details: str, own: bool) -> None:
    sent = [
        change("res_grade_d", "2"),
        change("res_flags_d", ""),
        change("qry_text_d", NOT_KEPT),
        change("res_note_d", "one\ntwo"),
    ]
    assert is_own(details, sent) is own
    assert not is_own(details, [])


@pytest.mark.parametrize(
    ("action", "named", "record"),
    [
        ("Update record (API) 12", "12", "12"),
        ("Update record (API) 12", "", "12"),
        ("Created Record (API) a b", "", "a b"),
        ("Update record (import) 5", "", "5"),
        ("Update Response 5", "", "5"),
        ("Data Export (API) ", "", ""),
        ("Manage/Design ", "", ""),
    ],
)
def test_the_record_of_a_line(action: str, named: str, record: str) -> None:
    assert record_of(LogEntry(NOON, "x", action, "", named)) == record


class _Server:
    """Answers as a REDCap would whose log is this, newest line first; nothing behind a window's begin is given."""

    def __init__(self, log: Sequence[LogEntry], changed: Sequence[str] = (), error: str = "") -> None:
        self._log = log
        self._changed = changed
        self._error = error
        self.begins: list[dt.datetime] = []
        self.asked: list[LogRange] = []
        #: lines that can be had at once, but for those of a minute
        self.most = 1000
        #: what a reply takes, and the time by the worker's clock
        self.takes, self.time = dt.timedelta(0), NOW
        self.dictionary = type("Dictionary", (), {"record_id_field": "record_id"})

    def changed_since(self, begin: dt.datetime) -> list[dict[str, str]]:
        self.begins.append(begin)
        return [{"record_id": one} for one in self._changed]

    def read_log(self, read: Callable[[LogEntry], T], asked: LogRange) -> list[T]:
        if self._error:
            raise ServerError(self._error, "refused")
        found = [one for one in self._log if asked.begin <= one.at and (asked.end is None or one.at <= asked.end)]
        if self.takes:
            self.time += self.takes
            self._log = [trace((self.time - NOW) // dt.timedelta(minutes=1)), *self._log]
        self.asked.append(asked)
        if asked.most is not None and len(found) > self.most:
            raise ServerError("API-LARGE", "too large")
        return [read(one) for one in found]

    def clock(self) -> dt.datetime:
        return self.time


def kept(entry: LogEntry) -> list[Logged]:
    return [Logged(entry.record, entry.at, "form", 1, "", "")] if entry.record else []


class Read(Protocol):
    """Reads what a server tells."""

    def __call__(self, server: _Server, known: Known | None = None, *, guess: dt.datetime = NOON) -> News: ...


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Read]:
    with Journal(str(tmp_path)) as journal:
        journal.start(RUN)
        journal.confirm(RUN.run_id, journal.intend(RUN.run_id, [change("res_grade_d", "2")], NOW))

        def news(server: _Server, known: Known | None = None, *, guess: dt.datetime = NOON) -> News:
            client: RedcapClient = server  # type: ignore[assignment]  # of the client only what it answers is used
            return read_news(client, journal, RUN, known, kept, guess=guess, now=server.clock)

        yield news


def known(seen: frozenset[str] = frozenset({"of lines long ago"}), *, ago: int = 5) -> Known:
    before = NOON - dt.timedelta(minutes=ago)
    return Known(before, dt.timedelta(minutes=59, seconds=20), seen, "", "", NOW - dt.timedelta(hours=1))


def test_new_lines_of_others_name_the_records(read: Read) -> None:
    log = [
        trace(),
        line("1", "res_grade_d = '2'", action="Update record (API) 1"),
        line("2", "kidney_onset = '2026-01-01'", -3),
        line("3", "res_grade_d = '2'", -3),
        line("4", "", -1, "Data Export 4"),
        line("5", "form = licats_kidney, field = kidney_onset, instance = 1", -1, "LICATS: data query opened"),
        line("6", "LICATS: data query closed\nform = licats_kidney", -1, "Manage/Design"),
    ]
    news = read(_Server(log), known())
    assert (news.records, news.watermark, news.missing) == (frozenset("23"), NOON, "")
    assert not news.design
    again = read(_Server(log), known(news.seen, ago=0))
    assert again.records == frozenset()


def test_the_same_line_twice_in_a_minute_is_new_the_second_time(read: Read) -> None:
    one = line("2", "kidney_onset = '2026-01-01'")
    first = read(_Server([trace(), one]), known())
    assert read(_Server([trace(), one, one]), known(first.seen, ago=0)).records == {"2"}


def test_a_line_that_comes_late_lets_all_of_its_minute_count_as_new(read: Read) -> None:
    first, second = (line(one, "kidney_onset = '2026-01-01'", -1) for one in "12")
    late, before = line("3", "kidney_onset = '2026-01-02'", -1), line("4", "kidney_onset = '2026-01-02'", -2)
    seen = read(_Server([trace(), second, first, before]), known()).seen
    assert len(seen) == 3
    log = [trace(), second, first, before]
    assert read(_Server(log), known(seen, ago=0)).records == frozenset()
    assert read(_Server([trace(), late, second, first, before]), known(seen, ago=0)).records == {"3"}
    assert read(_Server([trace(), second, late, first, before]), known(seen, ago=0)).records == set("123")
    # a line that is gone hides none
    assert read(_Server([trace(), late, second, before]), known(seen, ago=0)).records == set("23")


def test_too_large_a_log_is_read_minute_by_minute(read: Read) -> None:
    server = _Server([trace(), *(line(str(one), "kidney_onset = '2026-01-01'", -one) for one in range(1, 9))])
    server.most = 1
    news = read(server, known())
    assert news.records == set("12345678")
    assert [one.record for one in news.logged] == list("87654321")
    # what came in one reply is known again in slices, and the other way round
    for most in (1000, 1):
        server.most = most
        assert read(server, known(news.seen, ago=0)).records == frozenset()


def test_what_reading_takes_is_not_taken_for_a_clock_that_goes_ahead(read: Read) -> None:
    log = [trace(), *(line(str(one), "kidney_onset = '2026-01-01'", -one) for one in range(1, 9))]
    slow = _Server(log)
    slow.most, slow.takes = 1, dt.timedelta(minutes=2)
    first = read(slow, known())
    took = slow.time - NOW
    assert took >= dt.timedelta(minutes=20)
    # one look was enough, and it began about when the run did
    assert len(slow.begins) == 1
    assert NOON - slow.takes <= first.watermark <= NOON
    assert first.offset <= NOON - NOW.replace(tzinfo=None)
    # what came while an earlier slice was read is found by the next run
    late = line("99", "kidney_onset = '2026-01-01'", 0)
    later = _Server([trace(40), late, *log])
    later.time = NOW + dt.timedelta(minutes=40)
    there = Known(first.watermark, first.offset, first.seen, "", "", NOW)
    assert read(later, there).records >= {"99"}
    assert later.begins == [first.watermark - OVERLAP]


def test_a_line_that_comes_late_is_found(read: Read) -> None:
    first = read(_Server([trace()]), known())
    late = line("2", "kidney_onset = '2026-01-01'", -4)
    assert read(_Server([trace(), late]), known(first.seen, ago=0)).records == {"2"}
    server = _Server([trace()])
    read(server, known(ago=0))
    assert server.begins == [NOON - OVERLAP]


def test_what_changed_though_no_line_tells_is_read_too(read: Read) -> None:
    log = [trace(), line("1", "res_grade_d = '2'", -1)]
    assert read(_Server(log, ["1", "9", "9"]), known()).records == {"9"}


@pytest.mark.parametrize("hours", [-9, -1, 1, 9])
def test_a_server_in_another_zone_is_found_out_and_then_known(read: Read, hours: int) -> None:
    shift = dt.timedelta(hours=hours)
    minutes = hours * 60
    log = [trace(minutes), line("2", "kidney_onset = '2026-01-01'", minutes - 2)]
    first = read(_Server(log), None)
    assert first.watermark == NOON + shift
    server = _Server(log)
    there = Known(first.watermark, first.offset, first.seen, "", "", NOW)
    assert read(server, there).records == frozenset()
    assert server.begins == [NOON + shift - OVERLAP]


def test_a_clock_set_back_hides_no_change(read: Read) -> None:
    # summer time ended: what came after the watermark has an earlier stamp
    log = [trace(-57), line("2", "kidney_onset = '2026-01-01'", -58), trace(-5)]
    assert read(_Server(log), known()).records == {"2"}


def test_a_clock_set_back_shows_however_short_the_time_between_runs(read: Read) -> None:
    # what came before the clock was set has later stamps than all that came after it
    server = _Server([trace(-57), line("2", "kidney_onset = '2026-01-01'", -58), trace()])
    last, found = known(ago=0), set[str]()
    for number in range(4):
        server.time = NOW + number * dt.timedelta(seconds=80)
        news = read(server, last)
        found |= news.records
        last = Known(news.watermark, news.offset, news.seen, "", "", NOW)
    assert found == {"2"}


@pytest.mark.parametrize(("minutes", "whole"), [(-6, True), (-5, True), (-4, False), (3, False)])
def test_the_shelf_is_whole_only_if_all_is_heard_that_may_be_missing_there(minutes: int, whole: bool) -> None:
    news = News(NOON, dt.timedelta(0), begin=NOON + dt.timedelta(minutes=minutes))
    assert still_to_read(news, NOON) == (None if whole else NOON - OVERLAP)
    assert still_to_read(news, None) == BEGIN


def test_after_a_run_without_the_log_a_day_is_looked_at(read: Read) -> None:
    server = _Server([trace(), line("2", "kidney_onset = '2026-01-01'", -600)])
    assert read(server, known(frozenset())).records == {"2"}
    assert len(server.begins) == 1


@pytest.mark.parametrize(("error", "barred"), [("API-RIGHT", True), ("API-TIMEOUT", False)])
def test_without_the_log_a_day_is_asked_for(read: Read, error: str, barred: bool) -> None:
    server = _Server([], ["1", "2"], error)
    news = read(server, known())
    assert (news.records, news.barred, bool(news.missing)) == (frozenset("12"), barred, True)
    assert server.begins[-1] == NOON - dt.timedelta(minutes=5) - OVERLAP - dt.timedelta(days=1)


def test_an_empty_log_is_not_believed(read: Read) -> None:
    assert read(_Server([], ["1"]), known()).missing


def test_a_refusal_that_is_no_matter_of_the_log_stops_the_run(read: Read) -> None:
    with pytest.raises(ServerError):
        read(_Server([], error="API-BANNED"), known())


@pytest.mark.parametrize(
    ("action", "details", "design"),
    [
        ("Manage/Design ", "Create project field", True),
        ("Manage/Design ", "Import Data dictionary (API)", True),
        ("Manage/Design ", "Export Logging (API)", False),
        ("Manage/Design ", "Download REDCap project XML file (metadata only) (API)", False),
        ("Update record 1", "Manage/Design", False),
    ],
)
def test_a_change_of_the_set_up_shows(read: Read, action: str, details: str, design: bool) -> None:
    assert read(_Server([trace(), line("", details, -1, action)]), known()).design is design
