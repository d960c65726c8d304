"""Import rows so that repeating the call does no harm, and find out what became of an unclear one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from redcap_licats.api.exports import TOO_MUCH, Row
from redcap_licats.api.retry import Retry, given_up
from redcap_licats.errors import ConfigError, RetriableError, ServerError

INSTRUMENT = "redcap_repeat_instrument"
INSTANCE = "redcap_repeat_instance"
EVENT = "redcap_event_name"
GROUP = "redcap_data_access_group"

Key = tuple[str, str, str, str]


def row_key(row: Mapping[str, str], id_field: str) -> Key:
    """Give what identifies a row: record, event, repeating instrument, instance."""
    return row.get(id_field, ""), row.get(EVENT, ""), row.get(INSTRUMENT, ""), row.get(INSTANCE, "")


def by_records(rows: Sequence[Row], id_field: str, size: int) -> Iterator[list[Row]]:
    """Cut rows into batches of so many records, in order of first appearance; a record is never split."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.get(id_field, ""), []).append(row)
    records = list(grouped.values())
    for start in range(0, len(records), size):
        yield [row for record in records[start : start + size] for row in record]


def check_rows(rows: Sequence[Row], id_field: str) -> None:
    """Refuse rows of which a second import would not find the same place again.

    Raises:
        ConfigError: A row without a record id, or with an instance that REDCap would choose.
    """
    for number, row in enumerate(rows, start=1):
        instance = row.get(INSTANCE, "")
        if not row.get(id_field, "").strip():
            problem = "has no record id"
        elif instance and not instance.isdecimal():
            problem = f"leaves the instance number to REDCap ('{instance}')"
        elif row.get(INSTRUMENT) and not instance:
            problem = "names a repeating instrument without an instance number"
        else:
            continue
        raise ConfigError(
            "API-ROW",
            f"Row {number} {problem}",
            remedy="Give every row its record id, and every repeating row its instance number.",
        )


def import_payload(rows: Sequence[Row], *, overwrite: bool) -> Mapping[str, object]:
    """Give the request that imports rows and may be repeated."""
    return {
        "content": "record",
        "type": "flat",
        "overwriteBehavior": "overwrite" if overwrite else "normal",
        "forceAutoNumber": "false",
        "dateFormat": "YMD",
        "returnContent": "ids",
        "data": json.dumps(rows, separators=(",", ":")),
    }


def import_records(
    rows: Sequence[Row],
    *,
    id_field: str,
    send: Callable[[Sequence[Row]], Sequence[str]],
    read_back: Callable[[Sequence[str], Sequence[str]], Sequence[Row]],
    blanks_count: bool,
    retry: Retry,
) -> int:
    """Import rows in one request; after an unclear failure read back before trying again.

    Args:
        rows: Rows of whole records.
        id_field: Name of the record id field.
        send: One request, without retries; gives the ids that REDCap says it saved.
        read_back: Export these records with these columns.
        blanks_count: Whether a blank erases (``overwrite``) or is ignored.
        retry: Tries and pauses.

    Returns:
        Number of records saved.

    Raises:
        ImportRejected: REDCap refused single values; nothing of this request was saved.
        ServerError: REDCap refuses, did not succeed at the last try, or cannot be asked what became of the import.
    """
    records = list(dict.fromkeys(row[id_field] for row in rows))
    for failures in range(1, retry.attempts + 1):
        try:
            saved = send(rows)
        except RetriableError as error:
            retry.pause(failures, error.code)
            # the server may have finished the save although its answer was lost
            try:
                held = read_back(records, _columns(rows, id_field))
            except ServerError as unread:
                raise _unclear(unread, len(records)) from unread
            if _holds(rows, held, id_field, blanks_count):
                return len(records)
            if failures == retry.attempts:
                raise given_up(error, failures) from error
            if error.code in TOO_MUCH and len(records) > 1:
                return sum(
                    import_records(
                        half,
                        id_field=id_field,
                        send=send,
                        read_back=read_back,
                        blanks_count=blanks_count,
                        retry=retry,
                    )
                    for half in by_records(rows, id_field, -(-len(records) // 2))
                )
        else:
            _compare_saved(records, saved)
            return len(records)
    raise AssertionError("attempts must be at least 1")


def _unclear(error: ServerError, count: int) -> ServerError:
    return ServerError(
        "API-UNCLEAR",
        f"It is not known whether {count} records were saved; reading them back failed: {error.message}",
        where=error.where,
        remedy=error.remedy or "Run again: importing the same rows twice does no harm.",
    )


def _columns(rows: Sequence[Row], id_field: str) -> list[str]:
    keys = {id_field, EVENT, INSTRUMENT, INSTANCE}
    return list(dict.fromkeys(column for row in rows for column in row if column not in keys))


def _holds(rows: Sequence[Row], held: Sequence[Row], id_field: str, blanks_count: bool) -> bool:
    """Whether REDCap holds every row with every value."""
    by_key = {row_key(row, id_field): row for row in held}
    columns = _columns(rows, id_field)
    return all(row_key(row, id_field) in by_key for row in rows) and all(
        by_key[row_key(row, id_field)].get(column, "") == row[column]
        for row in rows
        for column in columns
        if column in row and (row[column] or blanks_count)
    )


def _compare_saved(records: Sequence[str], saved: Sequence[str]) -> None:
    if set(records) != set(saved):
        raise ServerError(
            "API-COUNT",
            f"{len(records)} records were sent but REDCap reports {len(set(saved))} other or fewer as saved",
            remedy="Look into the project's log before the next run.",
        )
