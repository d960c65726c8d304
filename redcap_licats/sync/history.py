"""What REDCap's log tells of organ involvement and organ events, read only if a check needs it.

The log of a project is long, and that of one record a request of its own. So what checks follow of it is kept on
a shelf: it is read once as a whole, slice by slice, and later runs add what they learn of the log anyway. What was
logged since a moment is always replaced as a whole, so nothing counts twice however often it is read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol as Interface

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import LogEntry, LogRange
from redcap_licats.api.slices import slices
from redcap_licats.check.model import NO_LOGGING_RIGHT, Change, History, Unread, followed
from redcap_licats.definition.model import DataDictionary, FieldType
from redcap_licats.errors import ServerError
from redcap_licats.journal.model import Logged
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.model import Place
from redcap_licats.sync.held import Row

#: before any REDCap project
BEGIN = dt.datetime.fromisoformat("2000-01-01")
_MINUTE = dt.timedelta(minutes=1)
NAMELESS = Unread("the log of this version of REDCap does not name records")

#: ``kidney_onset = '2026-01-20'`` or ``kidney_crit(crea) = checked``, parted by commas
_CELL = re.compile(
    r"(?:^|,)\s*(?P<field>[a-z][a-z0-9_]*)(?:\((?P<code>[^)]*)\))? = "
    r"(?:'(?P<value>.*?)'(?=\s*$|,\s*[a-z][a-z0-9_]*(?:\([^)]*\))? = )|(?P<box>checked|unchecked))"
)
_INSTANCE = re.compile(r"\[instance = ([0-9]+)\],?\s*")


class LogReader:
    """Reads the lines of a project's log.

    Args:
        dictionary: The live data dictionary, which tells the form of a variable.
        protocol: Names the organs; its checks tell whether the log is needed at all.
    """

    def __init__(self, dictionary: DataDictionary, protocol: Protocol) -> None:
        self._organs = {f"licats_{slug}" for slug in protocol.organs}
        wanted = self._organs | {"enrolment"}
        # what REDCap computes is nobody's entry
        self._form_of = {
            field.name: field.form
            for field in dictionary
            if field.form in wanted and field.type is not FieldType.CALC and "@CALCTEXT" not in field.annotation
        }
        self._followed = followed(protocol.organs)
        self._needed = any(one.enabled and one.needs_history for one in protocol.checks.values())

    def needed(self, rows: Iterable[Row]) -> bool:
        """Whether a check reads the log of a record with these rows: none does without an organ event."""
        return self._needed and any(row.get("redcap_repeat_instrument") in self._organs for row in rows)

    def kept(self, entry: LogEntry) -> tuple[Logged, ...] | None:
        """Give what checks follow of a line: the day of an organ event, and the fields followed.

        None if the line names no record.
        """
        return tuple(self._kept(entry)) if entry.record else None

    def _kept(self, entry: LogEntry) -> Iterator[Logged]:
        day_told = False
        for one in self.cells(entry):
            follows = one.field in self._followed
            if follows or (one.place.form in self._organs and not day_told):
                field, value = (one.field, one.value) if follows else ("", "")
                yield Logged(entry.record, entry.at, one.place.form, one.place.instance, field, value)
                day_told = True

    def cells(self, entry: LogEntry) -> Iterator[Change]:
        """Take the cells out of one line; without an instance it is about the first."""
        instance = _INSTANCE.match(entry.details)
        for found in _CELL.finditer(entry.details[instance.end() if instance else 0 :]):
            form = self._form_of.get(found["field"])
            if form is not None:
                place = Place(form, int(instance[1]) if instance else 1)
                field = f"{found['field']}___{found['code']}" if found["code"] else found["field"]
                value = {"checked": "1", "unchecked": "0"}.get(found["box"] or "", found["value"] or "")
                yield Change(entry.at.date(), place, field, value)


class Kept(Interface):
    """Where what the log tells is kept: :class:`shelf.Shelf`, or :class:`Aside` for the time of a run."""

    def of(self, records: Collection[str]) -> Mapping[str, Sequence[Logged]]:
        """Give what is kept of each of some records, oldest first."""

    def rewrite(self, since: dt.datetime, told: Iterable[Logged]) -> None:
        """Replace what is kept since a moment."""

    def replace(self, record: str, told: Iterable[Logged]) -> None:
        """Replace what is kept of a record."""


class Aside:
    """Keeps what the log tells for the time of a run that remembers nothing; it is read from its beginning."""

    def __init__(self) -> None:
        self._of: dict[str, list[Logged]] = {}

    def of(self, records: Collection[str]) -> Mapping[str, Sequence[Logged]]:
        """Give what is kept of each of some records, oldest first."""
        return {record: self._of.get(record, ()) for record in records}

    def rewrite(self, since: dt.datetime, told: Iterable[Logged]) -> None:
        """Add what comes; nothing later is there yet."""
        for one in (one for one in told if one.at >= since):
            self._of.setdefault(one.record, []).append(one)

    def replace(self, record: str, told: Iterable[Logged]) -> None:
        """Replace what is kept of a record."""
        self._of[record] = list(told)


class Log:
    """The history of records by the log of one project, read as far as it is not kept.

    Args:
        client: The project's client.
        reader: Reads its lines.
        kept: What is kept of it.
        begin: From when on it is still to be read; None if all that it tells is kept.
        now: The server's wall clock, about.
        few: Whether so few records are to come that the log of each is less than the whole one.
        unread: Why it is not to be read at all.

    Attributes:
        current: Whether all is kept that the log tells.
    """

    def __init__(
        self,
        client: RedcapClient,
        reader: LogReader,
        kept: Kept,
        *,
        begin: dt.datetime | None,
        now: dt.datetime,
        few: bool = False,
        unread: Unread | None = None,
    ) -> None:
        self._client = client
        self._reader = reader
        self._kept = kept
        self._begin = begin or BEGIN
        self._now = now
        self._few = few
        self._unread = unread
        self._anew = False
        self._next: Collection[str] = ()
        self._at_hand: Mapping[str, Sequence[Logged]] = {}
        self.current = begin is None

    def expect(self, records: Collection[str]) -> None:
        """Say which records come next: as soon as one is asked for, what is kept of all is fetched at once."""
        self._next, self._at_hand = records, {}

    def of(self, record: str, rows: Iterable[Row], *, told: bool = True) -> History:
        """Give a record's changes, oldest first; none are looked for where it has no organ event.

        Args:
            record: Record id.
            rows: Its rows.
            told: False if it changed although no line told: unless the log was read anew, its own one is then.
        """
        if not self._reader.needed(rows):
            return ()
        if self._unread is None:
            self._read(record, told=told)
        if self._unread:
            return self._unread
        return tuple(
            Change(one.at.date(), Place(one.form, one.instance), one.field, one.value)
            for one in self._kept_of(record)
        )

    def _kept_of(self, record: str) -> Sequence[Logged]:
        if record not in self._at_hand:
            self._at_hand = self._kept.of({record, *self._next})
        return self._at_hand[record]

    def _read(self, record: str, *, told: bool) -> None:
        """Read what is not kept; a run goes on without it."""
        try:
            if not self.current and not self._few:
                self._catch_up()
            elif not (self.current and (told or self._anew)):
                lines = self._client.read_log(self._reader.kept, LogRange(BEGIN, kind="record", record=record))
                self._take(lines, lambda cells: self._kept.replace(record, cells))
        except ServerError as error:
            barred = error.code.startswith("API-RIGHT")
            self._unread = NO_LOGGING_RIGHT if barred else Unread(f"log not read: {error.code}", passing=True)

    def _catch_up(self) -> None:
        created = self._client.project_info().created if self._begin == BEGIN else None
        # a project may be filled in the very minute in which it is made
        before = created - _MINUTE if created else self._begin
        ask = partial(self._client.read_log, self._reader.kept)
        for since, lines in slices(ask, self._begin, before, self._now, "record"):
            self._take(lines, partial(self._kept.rewrite, since))
            if self._unread:
                return
        self.current, self._anew = True, self._begin == BEGIN

    def _take(self, lines: Sequence[tuple[Logged, ...] | None], keep: Callable[[Iterable[Logged]], None]) -> None:
        """Keep what some lines tell, which come newest first."""
        if lines and all(one is None for one in lines):
            self._unread = NAMELESS
        else:
            self.expect(())
            keep(one for line in reversed(lines) for one in line or ())
