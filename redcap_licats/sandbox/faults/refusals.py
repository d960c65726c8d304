"""Faults that answer in the API's place; nothing of the request is done.

Source: facts/redcap_api.md 0.3 (E1, E17-E19), 0.5, 3.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from redcap_licats.sandbox.data.options import read_delimiter
from redcap_licats.sandbox.data.problems import FORM_LOCKED, RECORD_LOCKED, Problem, raise_problems
from redcap_licats.sandbox.dispatch import NO_ACCESS
from redcap_licats.sandbox.faults.exchange import Exchange
from redcap_licats.sandbox.store.layout import Column, Layout
from redcap_licats.sandbox.wire.body import InputRow, read_rows
from redcap_licats.sandbox.wire.reply import ApiError, error_reply

_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n"
)
_MEMORY = (
    "<br />\n<b>Fatal error</b>:  Allowed memory size exhausted in <b>an unknown file</b> on line <b>0</b><br />\n"
    '{"error":"REDCap ran out of server memory. The request cannot be processed.'
    ' Please try importing/exporting a smaller amount of data."}'
)
_DATABASE = (
    "The hostname (db.example.org) / username (redcap) / password (XXXXXX) combination could not connect to the"
    " database server."
)


def page(title: str, text: str) -> bytes:
    """Write a web page such as a web server or proxy shows."""
    return _PAGE.format(title=title, text=text).encode()


async def html(exchange: Exchange) -> None:
    """Answer 200 with a web page."""
    await exchange.reply(page("Maintenance", "The system is offline."))


async def memory(exchange: Exchange) -> None:
    """Answer 200 with PHP noise before the error of a server out of memory."""
    await exchange.reply(_MEMORY.encode())


async def database(exchange: Exchange) -> None:
    """Answer 200 with the words of a server without its database."""
    await exchange.reply(_DATABASE.encode())


async def unavailable(exchange: Exchange) -> None:
    """Answer 503 with a web page."""
    await exchange.reply(page("Service Unavailable", "Please try again later."), status=503)


async def ban(exchange: Exchange) -> None:
    """Close the API for good to an address that asked too often."""
    exchange.conditions.banned = True
    await exchange.reply(page("Access denied", "Your IP address has been banned."), status=403)


async def rotated_token(exchange: Exchange) -> None:
    """Answer as to a token that is not valid any more."""
    await _refuse(exchange, ApiError(403, NO_ACCESS))


async def locked_record(exchange: Exchange) -> None:
    """Refuse an import as if its first record were locked."""
    await _refuse_values(exchange, RECORD_LOCKED, lambda _column, _first: True)


async def locked_form(exchange: Exchange) -> None:
    """Refuse an import as if the form of its first value were locked."""
    await _refuse_values(exchange, FORM_LOCKED, lambda column, first: column.form == first.form)


async def _refuse_values(exchange: Exchange, message: str, locked: Callable[[Column, Column], bool]) -> None:
    """Refuse values of the first record; what cannot be imported anyway goes on to the API."""
    try:
        site = await exchange.site()
        form = exchange.form
        rows = read_rows(form.text("data"), form.text("format", "xml"), delimiter=read_delimiter(form))
        raise_problems(_problems(site.layout, rows, message, locked) if site and rows else ())
    except ApiError as error:
        await _refuse(exchange, error)
    else:
        await exchange.pass_on()


def _problems(
    layout: Layout, rows: Sequence[InputRow], message: str, locked: Callable[[Column, Column], bool]
) -> Iterator[Problem]:
    record = rows[0].get(layout.record_id, "")
    values = [
        (layout.by_column[name], value)
        for row in rows
        if row.get(layout.record_id) == record
        for name, value in row.items()
        if name in layout.by_column and name != layout.record_id and value
    ]
    for column, value in values:
        if locked(column, values[0][0]):
            yield Problem(record, column.name, value, message)


async def _refuse(exchange: Exchange, error: ApiError) -> None:
    reply = error_reply(error, exchange.form.text("returnFormat") or exchange.form.text("format"))
    # an error envelope is never sent in pieces
    body = reply.body if isinstance(reply.body, bytes) else b""
    await exchange.reply(body, status=reply.status, media_type=reply.media_type)
