"""Ask for record ids alone: of all records, or of those that changed."""

from __future__ import annotations

import datetime as dt

from redcap_licats.api.calls import Calls
from redcap_licats.api.exports import Row, ids_of
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


def changed_since(calls: Calls, id_field: str, begin: dt.datetime) -> list[Row]:
    """Give the record ids, with the access group, of what was created or changed after a moment, in one request.

    Args:
        calls: The project's calls.
        id_field: Name of the record id field.
        begin: The server's wall clock, precise to the second.

    Returns:
        Rows with the record id, one for each row of a record. A deleted record is never among them
        (facts/redcap_api.md 2.18).
    """
    return calls.records_once(
        {
            "content": "record",
            "type": "flat",
            "fields[0]": id_field,
            "dateRangeBegin": f"{begin:%Y-%m-%d %H:%M:%S}",
            "exportDataAccessGroups": "true",
        }
    )
