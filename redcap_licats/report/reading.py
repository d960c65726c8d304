"""Read the rows of all records, doing without one that cannot be read when the others can."""

from __future__ import annotations

from collections.abc import Sequence

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.exports import TOO_MUCH
from redcap_licats.errors import ServerError

Row = dict[str, str]

#: Records after one another that may fail; then it is the server.
IN_A_ROW = 3


def read_rows(client: RedcapClient, ids: Sequence[str]) -> tuple[tuple[Row, ...], dict[str, str]]:
    """Export records whole, blank cells left out: they are nearly all, and a study's would not fit in memory.

    Returns:
        Their rows; and the records that could not be read, with the reason.

    Raises:
        ServerError: REDCap refuses, or so many records after one another cannot be read that it is not for them.
    """
    id_field = client.dictionary.record_id_field
    rows: list[Row] = []
    unread: dict[str, str] = {}
    left = list(ids)
    failed = 0
    while left:
        came: set[str] = set()
        try:
            for batch in client.export_batches(left, groups=True):
                rows.extend({name: cell for name, cell in row.items() if cell} for row in batch)
                came.update(row[id_field] for row in batch)
        except ServerError as error:
            left = [record for record in left if record not in came]
            failed = 1 if came else failed + 1
            if error.code not in TOO_MUCH or failed > IN_A_ROW:
                raise
            # the client has come down to single records: it is the first one that did not come
            unread[left.pop(0)] = str(error)
        else:
            break
    return tuple(rows), unread
