"""What happened in REDCap since the last finished run, in two requests as a rule, whatever the size of the study.

A record has to be worked out when the log says something about it that no run has seen and that the worker did not
write itself. The log is kept by the server's wall clock, whose zone nobody tells; so the watermark is a time of
that same clock: that of the newest line, less what the reading took. Each run reads again from some minutes before
it, since lines may come late, and knows those again that it has seen (facts/redcap_api.md 1.6, 2.18).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.exports import TOO_MUCH, Row, ids_of
from redcap_licats.api.model import LogEntry
from redcap_licats.api.slices import slices
from redcap_licats.errors import ServerError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import FOR_PEOPLE, Change, Known, Logged, Whose
from redcap_licats.sync.lines import (
    changes_a_record,
    changes_the_design,
    digest_of,
    is_own,
    is_renaming,
    record_of,
)

#: gives what checks follow of a line of the log; see :meth:`history.LogReader.kept`
Keep = Callable[[LogEntry], Iterable[Logged] | None]

#: lines this much older than the watermark are read again
OVERLAP = dt.timedelta(minutes=5)
#: how far the newest line may lie before and after what is expected of this run's own; beyond it a clock was set.
#: Stamps are whole minutes, and a request may have to be made several times; what the reading took is allowed for.
_BEHIND, _AHEAD = dt.timedelta(seconds=90), dt.timedelta(minutes=15)
#: no clock is set, and no zone lies, further away than this
_DAY = dt.timedelta(days=1)


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
    """What the log tells, as it is read; no line is kept as a whole.

    The lines of a minute keep their order. So those that a run has seen are known again by one digest of them all;
    should a line come late in their midst, all of that minute count as new.

    Args:
        known: What the last finished run left, None if there is none; then no line is asked what it says.
        keep: Gives what checks follow of a line.
        woken: Finds the records for which some new lines are news.
        id_field: Name of the record id field.

    Attributes:
        newest: Time of the newest line; None if there is none.
        records: Records that lines are about.
        logged: What checks follow of them, oldest first.
        woken, design, renamed: See :class:`News`.
    """

    def __init__(
        self,
        known: Known | None,
        keep: Keep,
        woken: Callable[[Sequence[LogEntry]], frozenset[str]],
        id_field: str,
    ) -> None:
        self._seen = known.seen if known else frozenset()
        self._keep = keep
        self._find = woken
        self._id_field = id_field
        self._minutes: dict[dt.datetime, hashlib.blake2b] = {}
        self.newest: dt.datetime | None = None
        self.records: set[str] = set()
        self.logged: list[Logged] = []
        self.woken: set[str] = set()
        self.design = self.renamed = False

    def take(self, lines: list[_Line]) -> None:
        """Take all lines of some minutes, newest first, out of a list; each time those of later minutes."""
        new: dict[dt.datetime, list[LogEntry]] = {}
        while lines:
            one = lines.pop()
            self.newest = one.at
            minute = self._minutes.setdefault(one.at, hashlib.blake2b(digest_size=8))
            minute.update(one.digest)
            self.records.add(one.record)
            if one.entry:
                self.logged += self._keep(one.entry) or ()
                of_minute = new.setdefault(one.at, [])
                of_minute.append(one.entry)
                if minute.hexdigest() in self._seen:
                    of_minute.clear()
        self._hear([one for of_minute in new.values() for one in of_minute])

    def _hear(self, new: Sequence[LogEntry]) -> None:
        self.woken |= self._find(new)
        self.design = self.design or any(map(changes_the_design, new))
        self.renamed = self.renamed or any(is_renaming(one, self._id_field) for one in new)

    def since(self, begin: dt.datetime) -> frozenset[str]:
        """Give the digests by which the lines since a moment are known again."""
        return frozenset(of.hexdigest() for at, of in self._minutes.items() if at >= begin)


@dataclass(frozen=True, slots=True)
class News:
    """What happened.

    Attributes:
        watermark: The server's wall clock when it was asked first, to the minute.
        offset: What that goes ahead of the worker's clock in UTC.
        seen: By what the next run knows the lines again that were seen.
        begin: From when on the log was read.
        logged: What checks follow of what it told, oldest first.
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
    logged: Sequence[Logged] = ()
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
    keep: Keep,
    *,
    guess: dt.datetime,
    now: Callable[[], dt.datetime],
) -> News:
    """Ask REDCap what changed, and its log what happened. Both come before any record is read.

    Args:
        client: The project's client; it must know the data dictionary.
        journal: Tells what the worker wrote itself.
        project: The project, as the journal knows it.
        known: What the last finished run left; without it only the newest lines are read, to know them again.
        keep: Gives what checks follow of a line; asked only if something is known.
        guess: The server's wall clock as far as the worker can tell.
        now: Reads the worker's clock, in UTC.

    Raises:
        ServerError: REDCap refuses or cannot be reached.
    """
    begun = now()
    expected = _wall(begun) + known.offset if known else _wall(guess)
    since = (known.watermark if known else expected) - OVERLAP
    # a run that had to do without the log may have taken the server's clock for another than it is
    sure = known is None or known.seen
    for begin in (since, since - _DAY) if sure else (since - _DAY,):
        # this export leaves a line in the log, by which its newest line tells the server's time
        rows = client.changed_since(begin)
        # as far back by the worker's clock as the lines go by the server's
        written = begun - (expected - begin) - OVERLAP
        told = _Told(known, keep, partial(_woken, journal, project, written), client.dictionary.record_id_field)
        try:
            _read_log(client, told, begin, expected, whole=known is not None)
        except ServerError as error:
            barred = error.code.startswith("API-RIGHT")
            if not barred and error.code not in TOO_MUCH:
                raise
            return _without_log(client, begin, expected, begun, f"it cannot be read ({error.code})", barred=barred)
        read = now()
        if told.newest and -_BEHIND <= told.newest - expected <= _AHEAD + (read - begun):
            break
    if not told.newest:
        return _without_log(client, begin, expected, begun, "it shows nothing of this run")
    # the newest line is the trace of one of the last requests: a server that is slow is taken to go behind, never
    # ahead, so that the next run begins to read too early rather than too late
    offset = told.newest - _wall(read)
    if known and begin == since:
        # a clock that was set back shows once the newest line is too old, however short the time between runs
        offset = max(offset, known.offset)
    watermark = (told.newest - (read - begun)).replace(second=0, microsecond=0)
    changed = _ids(rows, client)
    return News(
        watermark=watermark,
        offset=offset,
        seen=told.since(watermark - OVERLAP),
        begin=begin,
        logged=told.logged,
        records=(changed - told.records) | told.woken if known else changed | (told.records - {""}),
        rows=rows,
        design=told.design,
        renamed=told.renamed,
    )


def _read_log(client: RedcapClient, told: _Told, begin: dt.datetime, now: dt.datetime, *, whole: bool) -> None:
    """Read the log since a moment; at once, if it is wanted whole and not too large.

    Of a project of which nothing is known yet all records are read anyway, so no more is wanted than to know the
    lines again. They may be many, where data were brought in a moment ago.
    """
    read = _Line.whole if whole else _Line.bare
    for _, lines in slices(partial(client.read_log, read), begin, now if whole else begin, now):
        told.take(lines)


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


def _wall(time: dt.datetime) -> dt.datetime:
    """Give a time as a clock on the wall shows it."""
    return time.replace(tzinfo=None)


def _woken(journal: Journal, project: Whose, since: dt.datetime, new: Iterable[LogEntry]) -> frozenset[str]:
    """Give the records with a line that is not the worker's own."""
    lines: dict[str, list[str]] = {}
    for one in new:
        if changes_a_record(one):
            lines.setdefault(record_of(one), []).append(one.details)
    return frozenset(
        record
        for record, sent in journal.sent_since(project, since, lines)
        if not all(is_own(details, _derived(sent)) for details in lines[record])
    )


def _derived(sent: Iterable[Change]) -> list[Change]:
    """Leave out what was written for people: an answer out of a workbook is news to the worker."""
    return [one for one in sent if one.rule != FOR_PEOPLE]
