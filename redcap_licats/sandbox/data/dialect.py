"""How a table of records is written piece by piece in csv, json and xml.

A row is a list of finished fragments, one per column, so that most of a sparse row is copied, not computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redcap_licats.definition.php_csv import format_cell, format_row
from redcap_licats.sandbox.wire.reply import XML_HEAD, cdata

_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Dialect:
    """The parts of a table.

    Attributes:
        head, tail: Before the first and after the last row.
        between: Between rows.
        cell: Fragment of a column for a value; gets the place of the column.
        number: The same for a whole number.
        row: Row of its fragments.
        empty: The whole body where there is no row.
    """

    head: str
    tail: str
    between: str
    cell: Callable[[int, str], str]
    number: Callable[[int, int], str]
    row: Callable[[Sequence[str]], str]
    empty: str


def csv_dialect(headers: Sequence[str], delimiter: str) -> Dialect:
    """Write like PHP's ``fputcsv``; without rows the body is a lone line end."""
    return Dialect(
        head=format_row(headers, delimiter),
        tail="",
        between="",
        cell=lambda _, value: format_cell(value, delimiter),
        number=lambda _, value: str(value),
        row=lambda fragments: delimiter.join(fragments) + "\n",
        empty="\n",
    )


def json_dialect(names: Sequence[str]) -> Dialect:
    """Write a list of flat objects; each fragment begins with what parts it from the one before."""
    keys = [f"{',' if at else '{'}{_ENCODE(name)}:" for at, name in enumerate(names)]
    return Dialect(
        head="[",
        tail="}]",
        between="},",
        cell=lambda at, value: keys[at] + _ENCODE(value),
        number=lambda at, value: keys[at] + str(value),
        row=lambda fragments: "".join(fragments) or "{",
        empty="[]",
    )


def xml_dialect(names: Sequence[str]) -> Dialect:
    """Write ``<records><item>…``."""
    opening = [f"<{name}>" for name in names]
    closing = [f"</{name}>" for name in names]
    head = f"{XML_HEAD}\n<records>\n"
    return Dialect(
        head=head,
        tail="</records>",
        between="",
        cell=lambda at, value: opening[at] + cdata(value) + closing[at],
        number=lambda at, value: f"{opening[at]}{value}{closing[at]}",
        row=lambda fragments: "<item>" + "".join(fragments) + "</item>\n",
        empty=f"{head}</records>",
    )


def dialect(style: str, names: Sequence[str], headers: Sequence[str], delimiter: str) -> Dialect:
    """Give the dialect of a format; headers and delimiter matter to csv only."""
    match style:
        case "csv":
            return csv_dialect(headers, delimiter)
        case "json":
            return json_dialect(names)
        case _:
            return xml_dialect(names)
