"""REDCap's log of organ involvement and organ events, read only if a check needs it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import LogEntry
from redcap_licats.check.model import NO_EVENT_NAMES, NO_LOGGING_RIGHT, Change, History, Unread
from redcap_licats.definition.model import DataDictionary
from redcap_licats.errors import ServerError
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.model import Place
from redcap_licats.sync.held import Row

#: before any REDCap project
BEGIN = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

#: ``kidney_onset = '2026-01-20'`` or ``kidney_crit(crea) = checked``, parted by commas
_CELL = re.compile(
    r"(?:^|,)\s*(?P<field>[a-z][a-z0-9_]*)(?:\((?P<code>[^)]*)\))? = "
    r"(?:'(?P<value>.*?)'(?=\s*$|,\s*[a-z][a-z0-9_]*(?:\([^)]*\))? = )|(?P<box>checked|unchecked))"
)
_INSTANCE = re.compile(r"\[instance = ([0-9]+)\],?\s*")


class Log:
    """The log of one project, read for records with an organ event: whole at the first one, or record by record.

    Args:
        client: The project's client.
        dictionary: The live data dictionary, which tells the form of a variable.
        protocol: Its checks tell whether the log is needed at all.
        classic: Whether the project has no events; the log does not name them.
        few: Whether so few records are to come that the log of each is less than the whole one.
    """

    def __init__(
        self,
        client: RedcapClient,
        dictionary: DataDictionary,
        protocol: Protocol,
        *,
        classic: bool,
        few: bool = False,
    ) -> None:
        self._client = client
        self._forms = {f"licats_{slug}" for slug in protocol.organs}
        wanted = self._forms | {"enrolment"}
        self._form_of = {field.name: field.form for field in dictionary if field.form in wanted}
        self._needed = any(one.enabled and one.needs_history for one in protocol.checks.values())
        self._few = few
        self._read: Mapping[str, tuple[Change, ...]] | Unread | None = None if classic else NO_EVENT_NAMES

    def of(self, record: str, rows: Iterable[Row]) -> History:
        """Give a record's changes, oldest first; none are looked for where it has no organ event."""
        if not self._needed or not any(row.get("redcap_repeat_instrument") in self._forms for row in rows):
            return ()
        if self._few and not isinstance(self._read, Unread):
            self._read = self._fetch(record)
        elif self._read is None:
            self._read = self._fetch()
        return self._read if isinstance(self._read, Unread) else self._read.get(record, ())

    def _fetch(self, record: str = "") -> Mapping[str, tuple[Change, ...]] | Unread:
        """Read the log of all records, or of one; a run goes on without it."""
        try:
            entries = self._client.log(BEGIN, kind="record", record=record)
        except ServerError as error:
            return (
                NO_LOGGING_RIGHT if error.code.startswith("API-RIGHT") else Unread(f"log not read: {error.code}")
            )
        if entries and not any(entry.record for entry in entries):
            return Unread("the log of this version of REDCap does not name records")
        changes: dict[str, list[Change]] = {}
        for entry in reversed(entries):
            changes.setdefault(entry.record, []).extend(self._changes(entry))
        return {record: tuple(some) for record, some in changes.items()}

    def _changes(self, entry: LogEntry) -> Iterator[Change]:
        """Take the cells out of one line of the log; without an instance it is about the first."""
        instance = _INSTANCE.match(entry.details)
        for found in _CELL.finditer(entry.details[instance.end() if instance else 0 :]):
            form = self._form_of.get(found["field"])
            if form is not None:
                place = Place(form, int(instance[1]) if instance else 1)
                field = f"{found['field']}___{found['code']}" if found["code"] else found["field"]
                value = {"checked": "1", "unchecked": "0"}.get(found["box"] or "", found["value"] or "")
                yield Change(entry.at.date(), place, field, value)
