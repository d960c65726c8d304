"""Reading the ``data`` parameter of imports: json, csv or xml to rows of text.

Source: facts/redcap_api.md 3.1; XML is parsed without entities.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from redcap_licats.sandbox.wire.reply import ApiError

InputRow = Mapping[str, str]
_MAX_CELL = 1 << 30


def read_rows(data: str, style: str, *, delimiter: str = ",") -> list[dict[str, str]]:
    """Read imported rows; every value comes back as text, a nested object as JSON.

    A JSON object in place of a list gives no rows, as on the real server.

    Raises:
        ApiError: 400 if the text is not of the format.
    """
    match style:
        case "json":
            return _json_rows(data)
        case "csv":
            return _csv_rows(data, delimiter)
        case _:
            return [{child.tag: _xml_value(child) for child in item} for item in _xml_items(data)]


def read_one(data: str, style: str) -> dict[str, str]:
    """Read a single item such as project settings: an object, a list of one, one csv row, one xml item.

    Raises:
        ApiError: 400 if the text is not of the format or holds no item.
    """
    if style == "json":
        loaded = _load_json(data)
        items = [loaded] if isinstance(loaded, dict) else loaded
        rows = [_text_row(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    else:
        rows = read_rows(data, style)
    if not rows:
        raise ApiError(400, "The data being imported is not formatted correctly.")
    return rows[0]


def _load_json(data: str) -> object:
    try:
        loaded: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        message = "The data being imported is not formatted correctly. The JSON could not be read."
        raise ApiError(400, message) from error
    return loaded


def _json_rows(data: str) -> list[dict[str, str]]:
    loaded = _load_json(data)
    if not isinstance(loaded, list):
        return []
    if not all(isinstance(item, dict) for item in loaded):
        raise ApiError(400, "The data being imported is not formatted correctly. Every item must be an object.")
    return [_text_row(item) for item in loaded]


def _text_row(item: Mapping[str, object]) -> dict[str, str]:
    return {_whole_signs(name): _json_text(value) for name, value in item.items()}


def _json_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case str():
            return _whole_signs(value)
        case dict() | list():
            return json.dumps(value)
        case float() if value.is_integer():
            # PHP knows 22.0 in JSON as a number and writes it as 22; only a string keeps its zero.
            return str(int(value))
        case _:
            return str(value)


def _whole_signs(value: str) -> str:
    """Replace halves of surrogate pairs, which JSON can name but no text can hold."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _csv_rows(data: str, delimiter: str) -> list[dict[str, str]]:
    csv.field_size_limit(_MAX_CELL)
    try:
        lines = [
            line
            for line in csv.reader(io.StringIO(data.lstrip("\ufeff")), delimiter=delimiter, strict=True)
            if line
        ]
    except csv.Error as error:
        message = f"The data being imported is not formatted correctly. The CSV could not be read: {error}"
        raise ApiError(400, message) from error
    if not lines:
        return []
    header, *body = lines
    if any(len(line) > len(header) for line in body):
        message = "The data being imported is not formatted correctly. A row has more cells than the header."
        raise ApiError(400, message)
    return [dict(zip(header, line + [""] * (len(header) - len(line)), strict=True)) for line in body]


def _xml_items(data: str) -> list[Element]:
    try:
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError) as error:
        message = "The data being imported is not formatted correctly. The XML could not be read."
        raise ApiError(400, message) from error
    # A lone <item> stands for a list of one.
    return [root] if root.tag == "item" else list(root)


def _xml_value(element: Element) -> str:
    if len(element):
        return json.dumps({child.tag: child.text or "" for child in element})
    return element.text or ""
