"""Write planned changes to REDCap, a record's cells together, and journal them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.imports import EVENT, INSTANCE, INSTRUMENT
from redcap_licats.api.rejections import ImportRejected, Rejection
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import NOT_KEPT, Change
from redcap_licats.query.rows import MEDICAL_FORM, PEOPLES_FORMS, QUERY_FORM, STEMS
from redcap_licats.sync.held import Home

#: records in one request
_RECORDS = 100
#: cells that repeat what a site entered, or what people wrote freely; the journal keeps no copy of it
_REPEATING = frozenset(
    [f"{STEMS[form]}_{name}_d" for form in (QUERY_FORM, MEDICAL_FORM) for name in ("value", "text")]
    + [f"{STEMS[form]}_{name}" for form in PEOPLES_FORMS for name in ("comment", "text")]
)


class Writer:
    """Write changes, request by request.

    Every request is journalled before it is sent and confirmed afterwards. REDCap takes a request whole or not at
    all, so of a refused one the records that REDCap names are left out and the rest is sent again; where it names
    none, the request is halved until the record is found.

    Attributes:
        cells: Cells written so far.
        refused: Records that REDCap refused, with its reasons.
        gone: Records that were deleted or renamed since they were read; nothing is written for them.
    """

    def __init__(
        self, client: RedcapClient, journal: Journal, run_id: str, homes: Mapping[str, Home], *, id_field: str
    ) -> None:
        self._client = client
        self._journal = journal
        self._run_id = run_id
        self._homes = homes
        self._id_field = id_field
        self.cells = 0
        self.refused: dict[str, tuple[Rejection, ...]] = {}
        self.gone: set[str] = set()

    def write(self, changes: Sequence[Change]) -> None:
        """Write the changes of some records.

        A blank is ignored by a normal import and erases in an overwriting one, so blanks go separately, in
        requests whose rows all hold exactly the columns to clear.

        Raises:
            FatalError: REDCap refuses for another reason than single values, or cannot be reached.
        """
        self._push([one for one in changes if one.new], overwrite=False)
        for cleared in _by_columns([one for one in changes if not one.new]):
            self._push([one for one in cleared if not self.left_out(one.record)], overwrite=True)

    def left_out(self, record: str) -> bool:
        """Whether a record's cells were not written, or not all of them."""
        return record in self.refused or record in self.gone

    def _push(self, changes: Sequence[Change], *, overwrite: bool) -> None:
        """Send the changes; leave out the records that cannot be saved."""
        of: dict[str, list[Change]] = {}
        for one in changes:
            of.setdefault(one.record, []).append(one)
        everybody = list(of)
        waiting = [everybody[start : start + _RECORDS] for start in range(0, len(of), _RECORDS)]
        while waiting:
            records = waiting.pop()
            try:
                self._send([one for record in records for one in of[record]], overwrite=overwrite)
            except ImportRejected as error:
                named = [record for record in records if error.of(record)] or records[: len(records) == 1]
                for record in named:
                    rejections = error.of(record) or error.rejections
                    if any(one.gone for one in rejections):
                        self.gone.add(record)
                    else:
                        self.refused[record] = rejections
                left = [record for record in records if record not in named]
                parts = [left] if named else [left[len(left) // 2 :], left[: len(left) // 2]]
                waiting += filter(None, parts)

    def _send(self, changes: Sequence[Change], *, overwrite: bool) -> None:
        rows = list(self._rows(changes))
        batch = self._journal.intend(self._run_id, [_kept(one) for one in changes], dt.datetime.now(dt.UTC))
        try:
            self._client.update_rows(rows, overwrite=overwrite, batch=len(rows))
        except ImportRejected:
            self._journal.withdraw(self._run_id, batch)
            raise
        self._journal.confirm(self._run_id, batch)
        self.cells += len(changes)

    def _rows(self, changes: Iterable[Change]) -> Iterator[dict[str, str]]:
        """Gather the changes into one row per record and place."""
        for row in _by_row(changes):
            yield self._keys(row[0]) | {one.field: one.new for one in row}

    def _keys(self, change: Change) -> dict[str, str]:
        repeats = self._homes[change.instrument].repeats
        return {
            self._id_field: change.record,
            **({EVENT: change.event} if change.event else {}),
            INSTRUMENT: change.instrument if repeats else "",
            INSTANCE: str(change.instance) if repeats else "",
        }


def _kept(change: Change) -> Change:
    """Give a change as the journal may keep it."""
    if change.field not in _REPEATING:
        return change
    return replace(change, old=change.old and NOT_KEPT, new=change.new and NOT_KEPT)


def _by_row(changes: Iterable[Change]) -> Iterator[list[Change]]:
    rows: dict[tuple[str, str, str, int], list[Change]] = {}
    for one in changes:
        rows.setdefault((one.record, one.event, one.instrument, one.instance), []).append(one)
    yield from rows.values()


def _by_columns(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Group changes so that in each group every row has the same columns."""
    groups: dict[tuple[str, ...], list[Change]] = {}
    for row in _by_row(changes):
        groups.setdefault(tuple(sorted(one.field for one in row)), []).extend(row)
    yield from groups.values()
