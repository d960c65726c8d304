"""Faults that give a good-looking reply with something missing or changed.

Source: facts/redcap_api.md 0.5, 2.12, 2.16, 6.2.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable

from redcap_licats.definition.php_csv import format_row
from redcap_licats.sandbox.data.options import read_delimiter
from redcap_licats.sandbox.data.plan import is_visible
from redcap_licats.sandbox.faults.exchange import Exchange
from redcap_licats.sandbox.store.layout import Layout
from redcap_licats.sandbox.store.users import EXPORT_DEIDENTIFIED

Table = list[dict[str, object]]


async def truncated_rows(exchange: Exchange) -> None:
    """Leave out the last half of the rows."""
    await _doctor(exchange, lambda table, _layout: table[: len(table) // 2])


async def hashed_ids(exchange: Exchange) -> None:
    """Give hashes in place of record ids, as to a user with de-identified export rights."""

    def hash_ids(table: Table, layout: Layout) -> Table:
        names = {layout.record_id, "record"}
        return [{key: _hash(value) if key in names else value for key, value in row.items()} for row in table]

    await _doctor(exchange, hash_ids)


async def dropped_columns(exchange: Exchange) -> None:
    """Leave out identifiers, dates and free text, as to a user with de-identified export rights."""

    def drop(table: Table, layout: Layout) -> Table:
        hidden = {
            name
            for name, column in layout.by_column.items()
            if name != layout.record_id and not is_visible(column, EXPORT_DEIDENTIFIED)
        }
        return [{key: value for key, value in row.items() if key not in hidden} for row in table]

    await _doctor(exchange, drop)


async def semicolon(exchange: Exchange) -> None:
    """Give a CSV reply with the default delimiter of another country."""
    answer = await exchange.answered()
    lines = csv.reader(io.StringIO(answer.body.decode()), strict=True)
    good = answer.good
    await exchange.give(answer, "".join(format_row(line, ";") for line in lines).encode() if good else None)


async def input_vars(exchange: Exchange) -> None:
    """Let the API see only the first half of the request's variables, as PHP's ``max_input_vars`` does."""
    await exchange.pass_on(pairs=exchange.pairs[: (len(exchange.pairs) + 1) // 2])


async def _doctor(exchange: Exchange, change: Callable[[Table, Layout], Table]) -> None:
    """Change the rows of an export in JSON or CSV; an error stays as it is."""
    answer, site = await exchange.answered(), await exchange.site()
    if not answer.good or site is None:
        await exchange.give(answer)
        return
    if exchange.form.text("format") == "json":
        table = change(json.loads(answer.body), site.layout)
        body = json.dumps(table, separators=(",", ":"))
    else:
        delimiter = read_delimiter(exchange.form)
        header, *lines = csv.reader(io.StringIO(answer.body.decode()), delimiter=delimiter)
        table = change([dict(zip(header, line, strict=True)) for line in lines], site.layout)
        body = "".join(format_row(map(str, row.values()), delimiter) for row in table)
        body = format_row(table[0] if table else header, delimiter) + body
    await exchange.give(answer, body.encode())


def _hash(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()[:32]
