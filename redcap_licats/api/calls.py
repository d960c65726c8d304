"""Calls over the transport, their answers decoded and their shape checked."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from redcap_licats.api.exports import Row
from redcap_licats.api.reply import Each, Expected
from redcap_licats.api.retry import Retry
from redcap_licats.api.transport import Transport
from redcap_licats.errors import RetriableError

T = TypeVar("T")

Payload = Mapping[str, object]
#: what is sent beside a payload: token, format, csvDelimiter, returnFormat
OWN_VARIABLES = 4


def numbered(name: str, values: Sequence[str]) -> dict[str, object]:
    """Spell an array parameter as REDCap wants it: ``name[0]=a&name[1]=b``."""
    return {f"{name}[{index}]": value for index, value in enumerate(values)}


class Calls:
    """Ask for data. ``…_once`` makes a single attempt; the others only suit calls that may be repeated."""

    def __init__(self, transport: Transport, retry: Retry) -> None:
        self.transport = transport
        self.retry = retry

    def rows(self, payload: Payload) -> list[Row]:
        """Ask for a list of flat objects."""
        return self.retry.call(lambda: self.rows_once(payload))

    def rows_once(self, payload: Payload) -> list[Row]:
        """Ask for a list of flat objects; every value becomes a string, null becomes ''."""
        content = self._json(payload)
        if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
            raise self._wrong_shape(payload)
        for row in content:
            _spell(row)
        return content

    def each(self, payload: Payload, read: Callable[[Row], T], *, most: int | None = None) -> list[T]:
        """Ask for a list of flat objects of which little is kept; each is read at once and then forgotten.

        Args:
            payload: What is asked.
            read: Reads an object as :meth:`rows_once` gives it; raises ValueError if it is not what was asked for.
            most: Size of the reply that is still taken, in bytes; None for any.
        """
        return self.retry.call(lambda: self._each_once(payload, read, most))

    def _each_once(self, payload: Payload, read: Callable[[Row], T], most: int | None) -> list[T]:
        def take(item: object) -> T:
            if not isinstance(item, dict) or any(isinstance(one, dict | list) for one in item.values()):
                raise self._wrong_shape(payload)
            return read(_spell(item))

        found = self._json(payload, take, most)
        if not isinstance(found, list):
            raise self._wrong_shape(payload)
        return found

    def records_once(self, payload: Payload) -> list[Row]:
        """Ask for records, as CSV: on sparse rows it is a small part of the same JSON (docs/reading.md).

        A CSV that can be read in two ways is asked for again as JSON: PHP writes a quote after a backslash as it
        is, and a cell that holds one can end too early.
        """
        form = {"format": "csv", "csvDelimiter": ",", "returnFormat": "json", **payload}
        rows = read_csv(self.transport.send(form, Expected.CSV).text)
        return self.rows_once(payload) if rows is None else rows

    def table(self, payload: Payload) -> Row:
        """Ask for one flat object; values as in :meth:`rows_once`."""
        content = self.retry.call(lambda: self._json(payload))
        if not isinstance(content, dict):
            raise self._wrong_shape(payload)
        return {str(key): _text(value) for key, value in content.items()}

    def list_once(self, payload: Payload) -> list[str]:
        """Ask for a list of plain values."""
        content = self._json(payload)
        if not isinstance(content, list) or any(isinstance(one, dict | list) for one in content):
            raise self._wrong_shape(payload)
        return [_text(value) for value in content]

    def _json(self, payload: Payload, each: Each | None = None, most: int | None = None) -> Any:
        form = {"format": "json", "returnFormat": "json", **payload}
        return self.transport.send(form, Expected.JSON, each=each, most=most).json

    def _wrong_shape(self, payload: Payload) -> RetriableError:
        return RetriableError(
            "API-BROKEN",
            "The reply is JSON but not of the shape that REDCap gives",
            where=f"{self.transport.url}, content={payload.get('content', '')}",
            remedy="A proxy may answer in REDCap's place. Open the address in a browser.",
        )


def read_csv(text: str) -> list[Row] | None:
    """Read a table with a header; None if it cannot be read without doubt. Without rows it may be blank."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, [])
        if header == []:
            return [] if next(lines, None) is None else None
        return [dict(zip(header, line, strict=True)) for line in lines]
    except (csv.Error, ValueError):
        # ValueError: a line is shorter or longer than the header
        return None


def _spell(row: Row) -> Row:
    """Make every value a string, in place: rows are wide, many and mostly strings already."""
    for key, value in row.items():
        if type(value) is not str:
            row[key] = _text(value)
    return row


def _text(value: object) -> str:
    return "" if value is None else str(value)
