"""What happened in REDCap since the last finished run, in two requests whatever the size of the study.

A record has to be worked out when the log says something about it that no run has seen and that the worker did not
write itself. The log is kept by the server's wall clock, whose zone nobody tells; so the watermark is a time of
that same clock: that of the newest line. Each run reads again from some minutes before it, since lines may come
late, and knows those again that it has seen (facts/redcap_api.md 1.6, 2.18).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.exports import TOO_MUCH, Row, ids_of
from redcap_licats.api.model import LogEntry
from redcap_licats.api.slices import slices
from redcap_licats.errors import ServerError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import FOR_PEOPLE, NOT_KEPT, Change, Known, Whose

#: lines this much older than the watermark are read again
OVERLAP = dt.timedelta(minutes=5)
#: how far the newest line may lie before and after what is expected of this run's own; beyond it a clock was set.
#: Stamps are whole minutes, and a request may have to be made several times.
_BEHIND, _AHEAD = dt.timedelta(seconds=90), dt.timedelta(minutes=15)
#: no clock is set, and no zone lies, further away than this
_DAY = dt.timedelta(days=1)

#: lines that change nothing
_PASSIVE = re.compile(r"(?:Data Export|Data export|Export|Download|View|Page View)\b")
#: what the module writes where the worker keeps a thread; in which column is not known for all versions
_THREAD = re.compile(r"LICATS: data query\b")
_DESIGN = re.compile(r"Manage/Design\b")
#: where the log has no column for it, the record's name ends the action
_NAMED = re.compile(r"(?:Create|Update|Delete)d? (?:record|response)(?: \([^)]*\))* (?P<record>.+)", re.IGNORECASE)
_UPDATE = re.compile(r"Updated? (?:record|response)\b", re.IGNORECASE)
_INSTANCE = re.compile(r"\[instance = [0-9]+\]")
#: a cell, up to the next one or the end
_CELL = re.compile(r"(?P<field>\w+) = '(?P<value>.*?)'(?=\s*$|,\s*[a-z]\w* = ')")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the log: when, by what it is known again, about which record; ``entry`` is the whole of it."""

    at: dt.datetime
    digest: bytes
    record: str
    entry: LogEntry | None = None

    @classmethod
    def bare(cls, entry: LogEntry) -> _Line:
        return cls(entry.at, digest_of(entry), record_of(entry))

    @classmethod
    def whole(cls, entry: LogEntry) -> _Line:
        return cls(entry.at, digest_of(entry), record_of(entry), entry)


class _Told:
    """What the log tells, as it is read.

    The lines of a minute keep their order. So those that a run has seen are known again by one digest of them all;
    should a line come late in their midst, all of that minute count as new.

    Args:
        seen: Digests of the lines that were seen; see :class:`Known`.

    Attributes:
        newest: Time of the newest line; None if there is none.
        records: Records that lines are about.
        entries: The lines, oldest first, as far as they were read whole.
    """

    def __init__(self, seen: frozenset[str]) -> None:
        self._seen = seen
        self._minutes: dict[dt.datetime, hashlib.blake2b] = {}
        self._new: dict[dt.datetime, list[LogEntry]] = {}
        self.newest: dt.datetime | None = None
        self.records: set[str] = set()
        self.entries: list[LogEntry] = []

    def take(self, lines: Sequence[_Line]) -> None:
        """Take over some lines, which come newest first and are newer than all before."""
        for one in reversed(lines):
            minute = self._minutes.setdefault(one.at, hashlib.blake2b(digest_size=8))
            minute.update(one.digest)
            self.records.add(one.record)
            if one.entry:
                self.entries.append(one.entry)
                new = self._new.setdefault(one.at, [])
                new.append(one.entry)
                if minute.hexdigest() in self._seen:
                    new.clear()
        if lines:
            self.newest = lines[0].at

    def new(self) -> list[LogEntry]:
        """Give the lines that were not seen."""
        return [one for of_minute in self._new.values() for one in of_minute]

    def since(self, begin: dt.datetime) -> frozenset[str]:
        """Give the digests by which the lines since a moment are known again."""
        return frozenset(of.hexdigest() for at, of in self._minutes.items() if at >= begin)


@dataclass(frozen=True, slots=True)
class News:
    """What happened.

    Attributes:
        watermark: The server's wall clock when it was asked.
        offset: What that goes ahead of the worker's clock in UTC.
        seen: By what the next run knows the lines again that were seen.
        begin: From when on the log was read.
        entries: What it told, oldest first.
        records: Records to read: a line about them is new and not the worker's own, or no line tells of a change.
        rows: Ids and access groups of what changed by REDCap's own account.
        design: Whether the project's set-up may have changed.
        renamed: Whether records were given other ids; nothing tells which ids they had.
        missing: Why the log cannot be relied on; '' if it can. Then ``records`` are those that changed by REDCap's
            own account within a day; deletions are not among them.
        barred: Whether it cannot be for want of the right.
    """

    watermark: dt.datetime
    offset: dt.timedelta
    seen: frozenset[str] = frozenset()
    begin: dt.datetime | None = None
    entries: Sequence[LogEntry] = ()
    records: frozenset[str] = frozenset()
    rows: Sequence[Row] = ()
    design: bool = False
    renamed: bool = False
    missing: str = ""
    barred: bool = False


def read_news(
    client: RedcapClient,
    journal: Journal,
    project: Whose,
    known: Known | None,
    *,
    guess: dt.datetime,
    now: dt.datetime,
) -> News:
    """Ask REDCap what changed, and its log what happened. Both come before any record is read.

    Args:
        client: The project's client; it must know the data dictionary.
        journal: Tells what the worker wrote itself.
        project: The project, as the journal knows it.
        known: What the last finished run left; without it only the newest lines are read, to know them again.
        guess: The server's wall clock as far as the worker can tell.
        now: The worker's clock, in UTC.

    Raises:
        ServerError: REDCap refuses or cannot be reached.
    """
    expected = _wall(now) + known.offset if known else _wall(guess)
    since = (known.watermark if known else expected) - OVERLAP
    for begin in (since, since - _DAY):
        # this export leaves a line in the log, by which its newest line tells the server's time
        rows = client.changed_since(begin)
        try:
            told = _read_log(client, known, begin, expected)
        except ServerError as error:
            barred = error.code.startswith("API-RIGHT")
            if not barred and error.code not in TOO_MUCH:
                raise
            return _without_log(client, begin, expected, now, f"it cannot be read ({error.code})", barred=barred)
        if told.newest and -_BEHIND <= told.newest - expected <= _AHEAD:
            break
    if not told.newest:
        return _without_log(client, begin, expected, now, "it shows nothing of this run")
    watermark = told.newest
    news = News(
        watermark=watermark,
        offset=watermark - _wall(now),
        seen=told.since(watermark - OVERLAP),
        begin=begin,
        records=_ids(rows, client) | (told.records - {""}),
        rows=rows,
    )
    if known is None:
        return news
    new = told.new()
    # as far back by the worker's clock as the lines go by the server's
    written = now - (expected - begin) - OVERLAP
    return replace(
        news,
        entries=told.entries,
        records=_woken(new, journal, project, written) | (_ids(rows, client) - told.records),
        design=any(
            _DESIGN.match(one.action) and not (_PASSIVE.match(one.details) or _THREAD.match(one.details))
            for one in new
        ),
        renamed=any(_is_renaming(one, client.dictionary.record_id_field) for one in new),
    )


def _read_log(client: RedcapClient, known: Known | None, begin: dt.datetime, now: dt.datetime) -> _Told:
    """Read the log since a moment.

    Of a project of which nothing is known yet all records are read anyway, so no more is wanted than to know the
    lines again. They may be many, where data were brought in a moment ago.
    """
    told = _Told(known.seen if known else frozenset())
    read = _Line.whole if known else _Line.bare
    for _, lines in slices(partial(client.read_log, read), begin, now if known else begin, now):
        told.take(lines)
    return told


def _without_log(
    client: RedcapClient,
    begin: dt.datetime,
    expected: dt.datetime,
    now: dt.datetime,
    missing: str,
    *,
    barred: bool = False,
) -> News:
    """Make do with REDCap's own account; without stamps of the log nobody knows the zone of the server's clock."""
    rows = client.changed_since(begin - _DAY)
    return News(
        expected, expected - _wall(now), records=_ids(rows, client), rows=rows, missing=missing, barred=barred
    )


def _ids(rows: Sequence[Row], client: RedcapClient) -> frozenset[str]:
    return frozenset(ids_of(rows, client.dictionary.record_id_field))


def digest_of(entry: LogEntry) -> bytes:
    """Tell a line from others without keeping what it says."""
    line = repr((entry.at, entry.user, entry.action, entry.details, entry.record))
    return hashlib.blake2b(line.encode(), digest_size=8).digest()


def record_of(entry: LogEntry) -> str:
    """Give the record that a line is about; '' if none."""
    named = _NAMED.fullmatch(entry.action.strip())
    return entry.record or (named["record"] if named else "")


def _is_renaming(entry: LogEntry, id_field: str) -> bool:
    """Whether a line says that a record that was there got an id; one that is created gets it in another line."""
    return bool(_UPDATE.match(entry.action)) and any(
        cell["field"] == id_field for cell in _CELL.finditer(entry.details)
    )


def _wall(time: dt.datetime) -> dt.datetime:
    """Give a time as a clock on the wall shows it."""
    return time.replace(tzinfo=None)


def _woken(new: Iterable[LogEntry], journal: Journal, project: Whose, since: dt.datetime) -> frozenset[str]:
    """Give the records with a line that is not the worker's own."""
    lines: dict[str, list[str]] = {}
    for one in new:
        record = record_of(one)
        if record and not (_PASSIVE.match(one.action) or _THREAD.match(one.action) or _THREAD.match(one.details)):
            lines.setdefault(record, []).append(one.details)
    return frozenset(
        record
        for record, sent in journal.sent_since(project, since, lines)
        if not all(is_own(details, _derived(sent)) for details in lines[record])
    )


def _derived(sent: Iterable[Change]) -> list[Change]:
    """Leave out what was written for people: an answer out of a workbook is news to the worker."""
    return [one for one in sent if one.rule != FOR_PEOPLE]


def is_own(details: str, sent: Iterable[Change]) -> bool:
    """Whether a line says nothing but what was sent, whatever the wording around it.

    Should a server write values into its log in some other way, the record is read once more, and nothing else.
    """
    cells = {(one.field, " ".join(one.new.splitlines())) for one in sent}

    def others(found: re.Match[str]) -> str:
        field = found["field"]
        return "" if (field, found["value"]) in cells or (field, NOT_KEPT) in cells else found[0]

    rest, count = _CELL.subn(others, _INSTANCE.sub("", details))
    return count > 0 and not rest.strip(" ,")
