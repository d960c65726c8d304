"""Ask for record ids alone: of all records, or of those that changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from redcap_licats.api.calls import Calls, numbered
from redcap_licats.api.exports import Row, ids_of, in_disguise
from redcap_licats.api.rejections import NOT_THERE, ImportRejected, Rejection
from redcap_licats.errors import RetriableError


def agreed_ids(calls: Calls, id_field: str, where: str) -> list[str]:
    """Give all record ids, asked for twice, since nothing else tells of a list that was cut short.

    Raises:
        RetriableError: The two answers differ.
    """
    first, second = _ids(calls, id_field), _ids(calls, id_field)
    if first != second:
        raise RetriableError(
            "API-IDS",
            "Two lists of the record ids, asked for one after the other, differ",
            where=where,
            remedy="Try again when fewer records are being created.",
        )
    return second


def _ids(calls: Calls, id_field: str) -> list[str]:
    return ids_of(calls.records_once({"content": "record", "type": "flat", "fields[0]": id_field}), id_field)


def refuse_gone(calls: Calls, id_field: str, rows: Sequence[Row]) -> None:
    """Make sure, right before an import, that all its records exist.

    REDCap creates a record whose id it does not know, so that one deleted or renamed after it was read would come
    back. To a user without the right to create records it refuses that itself; for one who has it, this leaves
    only the blink between the two requests.

    Raises:
        ImportRejected: Names the records that are gone, as REDCap does.
        ServerError: REDCap refuses or cannot be reached.
    """
    records = list(dict.fromkeys(row[id_field] for row in rows))
    there = calls.retry.call(lambda: _existing(calls, id_field, records))
    if gone := [one for one in records if one not in there]:
        message = f"There is no such record; nobody asked to {NOT_THERE}."
        raise ImportRejected([Rejection(one, id_field, message) for one in gone])


def _existing(calls: Calls, id_field: str, records: Sequence[str]) -> frozenset[str]:
    """Give those of some records that exist; those that did not come are asked for again, a reply may be cut.

    Raises:
        RetriableError: Other records came.
    """
    there: frozenset[str] = frozenset()
    for _ in range(2):
        missing = [one for one in records if one not in there]
        if missing:
            asked = numbered("records", missing)
            rows = calls.records_once({"content": "record", "type": "flat", "fields[0]": id_field, **asked})
            came = frozenset(ids_of(rows, id_field))
            if others := came.difference(missing):
                raise in_disguise(len(others))
            there |= came
    return there


def changed_since(calls: Calls, id_field: str, begin: dt.datetime) -> list[Row]:
    """Give the record ids, with the access group, of what was created or changed after a moment, in one request.

    Args:
        calls: The project's calls.
        id_field: Name of the record id field.
        begin: The server's wall clock, precise to the second.

    Returns:
        A row with the record id for each record, the first that came. A deleted record is never among them
        (facts/redcap_api.md 2.18).

    Raises:
        RetriableError: The rows have no record id.
    """
    rows = calls.records_once(
        {
            "content": "record",
            "type": "flat",
            "fields[0]": id_field,
            "dateRangeBegin": f"{begin:%Y-%m-%d %H:%M:%S}",
            "exportDataAccessGroups": "true",
        }
    )
    ids_of(rows, id_field)
    # most records have many rows, and all may have changed
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row[id_field], row)
    return list(first.values())
