"""Export records in batches whose size follows what the server can bear, and miss none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from redcap_licats.api.retry import Retry, given_up
from redcap_licats.definition.model import DataDictionary
from redcap_licats.errors import RetriableError

Row = dict[str, str]

#: failures that fewer records at once may cure
TOO_MUCH = frozenset(
    {"API-SERVER", "API-MEMORY", "API-TIMEOUT", "API-BROKEN", "API-TRUNCATED", "API-CUT", "API-LARGE"}
)
#: answers of limited rights; they are believed when they come a second time
_LIMITED = frozenset({"API-COLUMNS", "API-UNASKED"})
#: PHP's default limit of variables in a request; it drops the rest without a word (facts/redcap_api.md 0.5)
_MOST_VARIABLES = 1000
#: a record has several rows only where one of these columns stands
_ROW_KEYS = ("redcap_event_name", "redcap_repeat_instrument")


@dataclass(slots=True)
class BatchSize:
    """Records per request: halved on failure, grown by a tenth on success. Two batches are in memory at a time."""

    now: int = 100
    most: int = 200

    def shrink(self, tried: int) -> bool:
        """Go down to half of what was tried; false if that was a single record."""
        self.now = max(1, tried // 2)
        return tried > 1

    def grow(self, tried: int) -> None:
        """Grow after a success with as many as were to be tried; fewer prove nothing."""
        if tried >= self.now:
            self.now = min(self.most, self.now + max(1, self.now // 10))


@dataclass(slots=True)
class Batches:
    """Records fetched batch by batch; a batch never splits a record.

    A reply may be cut short although it looks whole (facts/redcap_api.md 6.2). Records that are missing altogether
    show in the ids. Of the record that came last some rows may be missing: it is only given out once it came with
    others behind it, or a second time the same. So each batch begins with the last record of the one before.

    Args:
        fetch: One request, without retries.
        check_columns: Refuses rows with columns missing.
        all_ids: Asks for all record ids of the project at this moment.
        id_field: Name of the record id field.
        size: Adapted on the way.
        retry: Pauses, and tries at a size that cannot be halved any more.
        variables: Number of variables in a request beside the records.
    """

    fetch: Callable[[Sequence[str]], list[Row]]
    check_columns: Callable[[Sequence[Row]], None]
    all_ids: Callable[[], Collection[str]]
    id_field: str
    size: BatchSize
    retry: Retry
    variables: int
    _last: list[Row] = field(default_factory=list)

    def read(self, ids: Sequence[str]) -> Iterator[list[Row]]:
        """Fetch records, in any order.

        Raises:
            ServerError: A batch failed for good, or limited rights hide columns or record ids.
        """
        left = list(ids)
        room = max(1, _MOST_VARIABLES - self.variables)
        ready: list[Row] = []
        failures = stuck = 0
        while left:
            batch = left[: min(self.size.now, room)]
            try:
                sure, unsure = self._read_batch(batch)
            except RetriableError as error:
                failures += 1
                if error.code in _LIMITED:
                    stuck = max(stuck + 1, self.retry.attempts - 1)
                elif not (error.code in TOO_MUCH and self.size.shrink(len(batch))):
                    stuck += 1
                if stuck == self.retry.attempts:
                    raise given_up(error, failures) from error
                self.retry.pause(failures, error.code)
                continue
            failures = stuck = 0
            left = unsure + left[len(batch) :]
            ready += sure
            self.size.grow(len(batch))
            # the very last record belongs to its batch, it only comes twice
            if ready and (not unsure or left != unsure):
                yield ready
                ready = []

    def _read_batch(self, batch: Sequence[str]) -> tuple[list[Row], list[str]]:
        """Fetch a batch; give the rows that are sure, and the record, if any, that has to come again."""
        rows = self.fetch(batch)
        self._compare_ids(batch, rows)
        self.check_columns(rows)
        before, self._last = self._last, []
        if not rows or not any(key in rows[0] for key in _ROW_KEYS):
            return rows, []
        record = rows[-1][self.id_field]
        tail = [row for row in rows if row[self.id_field] == record]
        if tail == before:
            return rows, []
        self._last = tail
        if before and len(batch) == 1:
            raise RetriableError(
                "API-TRUNCATED", "A record came twice, but not the same", remedy="Run again when nobody edits it."
            )
        return [row for row in rows if row[self.id_field] != record], [record]

    def _compare_ids(self, asked: Sequence[str], rows: Sequence[Row]) -> None:
        """Make sure that every record came that was asked for and still exists, and no other."""
        came = set(ids_of(rows, self.id_field))
        missing = set(asked) - came
        if others := came.difference(asked):
            if came.intersection(asked):
                raise RetriableError(
                    "API-CUT",
                    f"{len(others)} records came unasked: the server read only a part of the request",
                    remedy="Let the administrator raise PHP's max_input_vars, or ask for fewer fields.",
                )
            raise in_disguise(len(others))
        if not missing:
            return
        lost = missing.intersection(self.all_ids())
        if not came and len(lost) == len(asked) > 1 and all(map(_looks_hashed, asked)):
            raise in_disguise(len(asked))
        # the list of ids may be cut short as well, but hardly a reply for just these records
        if lost or self.fetch(sorted(missing)):
            raise RetriableError(
                "API-TRUNCATED",
                f"{len(missing)} of {len(asked)} records are missing from the reply although they exist",
                remedy="Ask for fewer records at once.",
            )


def in_disguise(count: int) -> RetriableError:
    """Give the error of records that came under other ids than those asked for."""
    return RetriableError(
        "API-UNASKED",
        f"{count} records came under other ids than those they are asked for by",
        remedy="Give the token's user full export rights; limited ones hash record ids.",
    )


def _looks_hashed(record: str) -> bool:
    return len(record) >= 32 and not record.strip("0123456789abcdef")


def ids_of(rows: Sequence[Row], id_field: str) -> list[str]:
    """Give the record ids of rows, each once, in order.

    Raises:
        RetriableError: The rows have no record id.
    """
    if rows and id_field not in rows[0]:
        raise _missing_columns([id_field], "")
    return list(dict.fromkeys(row[id_field] for row in rows))


def compare_columns(
    rows: Sequence[Row],
    dictionary: DataDictionary,
    *,
    forms: Collection[str],
    fields: Collection[str],
    where: str,
) -> None:
    """Make sure that a reply has a column for everything that was asked for.

    Limited export rights drop columns without a word (facts/redcap_api.md 2.16); a dropped column would read as
    blank cells. ``forms`` and ``fields`` both empty means the whole project. All rows have the same columns.

    Raises:
        RetriableError: Names the missing columns.
    """
    if not rows:
        return
    everything = not forms and not fields
    expected = [
        column
        for field in dictionary
        if everything or field.form in forms or field.name in fields
        for column in field.columns
    ]
    expected += [f"{form}_complete" for form in dictionary.forms if everything or form in forms]
    if missing := [column for column in expected if column not in rows[0]]:
        raise _missing_columns(missing, where)


def _missing_columns(missing: Sequence[str], where: str) -> RetriableError:
    shown = ", ".join(missing[:10]) + (" …" if len(missing) > 10 else "")
    return RetriableError(
        "API-COLUMNS",
        f"{len(missing)} columns of the dictionary are missing from the export: {shown}",
        where=where,
        remedy="Give the token's user the export right 'Full Data Set' on every form.",
    )
