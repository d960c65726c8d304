"""Replies and error envelopes in csv, json and xml.

Source: facts/redcap_api.md 0.2, 0.4, 2.12.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from redcap_licats.definition.php_csv import format_row

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xml": "text/xml; charset=utf-8",
    "odm": "text/xml; charset=utf-8",
}
PLAIN = "text/html; charset=utf-8"
_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
XML_HEAD = '<?xml version="1.0" encoding="UTF-8" ?>'

CellValue = str | int | Mapping[str, int] | None
Row = Mapping[str, CellValue]


class ApiError(Exception):
    """A refusal: what REDCap would answer instead of data.

    Attributes:
        status: HTTP status.
        message: Text inside the envelope.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call answers: a body, whole or in pieces, and its media type."""

    body: bytes | Iterator[bytes]
    media_type: str = PLAIN
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def json_text(value: object) -> str:
    """Write JSON as PHP does: no blanks, nothing but ASCII."""
    return json.dumps(value, separators=(",", ":"))


def text(value: str | int, media_type: str = PLAIN) -> Reply:
    """Answer with one bare value."""
    return Reply(str(value).encode(), media_type)


EMPTY = Reply(b"")


def error_reply(error: ApiError, style: str) -> Reply:
    """Put an error into the envelope of a return format; unknown formats mean xml."""
    match style:
        case "json":
            body = json_text({"error": error.message})
        case "csv":
            body = f"ERROR: {error.message}"
        case _:
            style = "xml"
            body = f"{XML_HEAD}<hash><error>{escape(error.message)}</error></hash>"
    return Reply(body.encode(), MEDIA_TYPES[style], error.status)


def blob(name: str, content: bytes, mime_type: str = "") -> Reply:
    """Answer with a file; its name travels inside the Content-Type, behind the type it was uploaded with."""
    kind = mime_type if _MIME_TYPE.fullmatch(mime_type) else "application/octet-stream"
    safe = name.replace('"', "").replace("\r", "").replace("\n", "")
    # Header bytes are latin-1 on the way out; a UTF-8 name has to be handed over in disguise.
    disguised = safe.encode().decode("latin-1")
    return Reply(content, f'{kind}; name="{disguised}";charset=UTF-8')


def rows(
    items: Sequence[Row], columns: Sequence[str], style: str, *, root: str = "items", delimiter: str = ","
) -> Reply:
    """Answer with a small table.

    Args:
        items: Rows; cells are text, numbers or, for rights per form, maps.
        columns: Column names in order; needed where there is no row to tell.
        style: ``csv``, ``json`` or ``xml``.
        root: Outer element of the xml form.
        delimiter: Of the csv form.
    """
    match style:
        case "json":
            body = json_text([{name: item.get(name, "") for name in columns} for item in items])
        case "csv":
            lines = (format_row((_csv_cell(item.get(name)) for name in columns), delimiter) for item in items)
            body = format_row(columns, delimiter) + "".join(lines)
        case _:
            body = f"{XML_HEAD}\n<{root}>\n{''.join(_xml_item(item, columns) for item in items)}</{root}>"
    return Reply(body.encode(), MEDIA_TYPES[style])


def cdata(value: str) -> str:
    """Wrap text so that it stands in XML as it is."""
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>" if value else ""


def _csv_cell(cell: CellValue) -> str:
    if isinstance(cell, Mapping):
        return ",".join(f"{name}:{value}" for name, value in cell.items())
    return "" if cell is None else str(cell)


def _xml_item(item: Row, columns: Iterable[str]) -> str:
    return "<item>" + "".join(_xml_cell(name, item.get(name)) for name in columns) + "</item>\n"


def _xml_cell(name: str, cell: CellValue) -> str:
    if isinstance(cell, Mapping):
        return f"<{name}>" + "".join(_xml_cell(key, value) for key, value in cell.items()) + f"</{name}>"
    if isinstance(cell, int):
        return f"<{name}>{cell}</{name}>"
    return f"<{name}>{cdata(cell or '')}</{name}>"
