"""Decide whether a reply of the server is what was asked for.

HTTP 200 is not success: out-of-memory and database errors, maintenance pages and proxies' pages all come with 200
(facts/redcap_api.md 0.2, 0.3, 6.1). Pure functions over status, content type and body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from redcap_licats.api.items import is_list, items
from redcap_licats.api.rejections import ImportRejected, parse_rejections
from redcap_licats.errors import LicatsError, RetriableError, ServerError


class Expected(StrEnum):
    """What a call must be answered with."""

    JSON = "json"
    CSV = "csv"
    XML = "xml"
    TEXT = "text"
    FILE = "file"
    NOTHING = "nothing"


#: what is to stand for an item of a JSON list
Each = Callable[[Any], object]


@dataclass(frozen=True)
class Reply:
    """A whole reply as it came over the wire.

    Where the body is a JSON list, what ``each`` gives is put in the place of every item while it is read, so that
    a long list need not be in memory as a whole.
    """

    status: int
    content_type: str
    body: bytes
    each: Each | None = None

    @cached_property
    def text(self) -> str:
        """The body as text without a byte-order mark; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", errors="replace").removeprefix("\ufeff")

    @cached_property
    def json(self) -> Any:
        """The body read as JSON, once, however large it is.

        Raises:
            ValueError: It is none.
            RecursionError: It is nested as deeply as no answer is.
        """
        if self.each and is_list(self.body):
            return [self.each(item) for item in items(self.body)]
        return json.loads(self.text)

    @cached_property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        try:
            _ = self.json
        except (ValueError, RecursionError):
            return False
        return True

    @cached_property
    def error(self) -> str | None:
        """The message of an error envelope, be it JSON, XML or CSV; None if the reply is no envelope."""
        if is_list(self.body):
            return None
        if self.text.lstrip()[:1] == "{":
            envelope = self.is_json and isinstance(self.json, dict) and "error" in self.json
            return str(self.json["error"]) if envelope else None
        found = _XML_ERROR.match(self.text) or _CSV_ERROR.match(self.text)
        return found.group(1).strip() if found else None


#: content types that can never hold the JSON, CSV, XML or plain text that was asked for
_BINARY = ("image/", "audio/", "video/", "application/pdf", "application/zip", "application/octet-stream")
_RETRIABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524})
_XML_ERROR = re.compile(r"^\s*(?:<\?xml[^>]*\?>)?\s*<hash>\s*<error>(.*?)</error>", re.DOTALL | re.IGNORECASE)
_CSV_ERROR = re.compile(r"^\s*error:\s*(.*)", re.DOTALL | re.IGNORECASE)
_HTML = re.compile(r"\s*<(?:!doctype html|html|head|body|br|div|script|!--)", re.IGNORECASE)
_MEMORY = "ran out of server memory"
_DATABASE = re.compile(r"the hostname \(.*could not connect", re.DOTALL | re.IGNORECASE)
_BANNED = re.compile(r"\baddress\b.*\bbanned\b", re.DOTALL | re.IGNORECASE)
_LONGEST_MESSAGE = 300
_PAGE = "a web page"

#: words of a refusal -> code, sentence, remedy (facts 0.3, E1-E3)
_REFUSALS = (
    (
        "permissions to use the api",
        "API-TOKEN",
        "REDCap does not know the token, or its user may not use the API",
        "Give the token of this project; ask the administrator for API rights if it is right.",
    ),
    (
        "import/update privileges",
        "API-RIGHT-IMPORT",
        "The token's user may not import data",
        "Give the worker's user the right 'API Import/Update'.",
    ),
    (
        "export privileges",
        "API-RIGHT-EXPORT",
        "The token's user may not export data",
        "Give the worker's user the right 'API Export'.",
    ),
    (
        "delete record privileges",
        "API-RIGHT-DELETE",
        "The token's user may not delete records",
        "Give the user the right 'Delete Records'.",
    ),
)


def check(reply: Reply, expected: Expected, *, where: str) -> None:
    """Refuse every reply that is not a good answer of REDCap to the call.

    Raises:
        RetriableError: The same call may succeed later (5xx, HTML in disguise, out of memory, broken body).
        ImportRejected: Single values of an import were refused; nothing was saved.
        ServerError: REDCap refuses, or something that is not REDCap answers.
    """
    if 300 <= reply.status < 400:
        raise ServerError(
            "API-REDIRECT",
            f"The server redirects elsewhere (HTTP {reply.status}); the token is not sent on",
            where=where,
            remedy="Write the final address of the API, ending in /api/, into the configuration.",
        )
    if not is_list(reply.body) and _HTML.match(reply.text) and _BANNED.search(reply.text):
        raise ServerError(
            "API-BANNED",
            "The server has banned this machine's address",
            where=where,
            remedy="Ask the administrator to lift the ban, and lower 'rate_per_minute' before the next run.",
        )
    if reply.status != 200:
        raise _refused(reply, where)
    if expected is Expected.FILE and "name=" in reply.content_type:
        return
    _check_success(reply, expected, where)


def _refused(reply: Reply, where: str) -> LicatsError:
    """Name the error behind a status other than 200."""
    if failure := _failure(reply.text, where):
        return failure
    if reply.status in _RETRIABLE_STATUS:
        return RetriableError(
            "API-SERVER", f"The server failed (HTTP {reply.status})", where=where, remedy="Try again later."
        )
    if reply.error is not None:
        return _refusal(reply.error, where, right=reply.status in (401, 403))
    if reply.status == 404:
        return ServerError(
            "API-NOT-FOUND",
            "There is nothing at this address (HTTP 404)",
            where=where,
            remedy="Correct the key 'url'; it is the address of REDCap with /api/ at its end.",
        )
    return ServerError(
        "API-FORBIDDEN" if reply.status in (401, 403) else "API-STATUS",
        f"Something other than REDCap's API answered HTTP {reply.status}",
        where=where,
        remedy="Ask the administrator whether a firewall blocks the worker or its address was banned.",
    )


def _refusal(message: str, where: str, *, right: bool = False) -> LicatsError:
    """Name the error behind the message of an envelope."""
    if rejections := parse_rejections(message):
        return ImportRejected(rejections, where=where)
    for words, code, sentence, remedy in _REFUSALS:
        if words in message.lower():
            return ServerError(code, sentence, where=where, remedy=remedy)
    # a message that opens like a block of refused values holds some of them, even if it cannot be read
    shown = "it names values" if message.lstrip().startswith('"') else message[:_LONGEST_MESSAGE]
    return ServerError(
        "API-RIGHT" if right else "API-REFUSED",
        f"REDCap refuses the call: {shown}",
        where=where,
        remedy="Compare the project's set-up with what the message names ('licats doctor').",
    )


def _failure(text: str, where: str) -> RetriableError | None:
    """Recognise the failures that REDCap reports in words and with any status (E17, E18)."""
    if _MEMORY in text:
        return RetriableError(
            "API-MEMORY", "REDCap ran out of memory", where=where, remedy="Ask for fewer records at once."
        )
    if _DATABASE.search(text):
        return RetriableError(
            "API-DATABASE", "REDCap cannot reach its database", where=where, remedy="Try again later."
        )
    return None


def _check_success(reply: Reply, expected: Expected, where: str) -> None:
    """Refuse an answer with HTTP 200 whose body is not what was asked for."""
    if reply.error is not None:
        raise _failure(reply.error, where) or _refusal(reply.error, where)
    wrong = ""
    if expected is not Expected.JSON or not reply.is_json:
        text = reply.text
        if _words_are_the_servers(text, expected) and (failure := _failure(text, where)):
            raise failure
        wrong = _what_is_wrong(text, expected)
    if not wrong and reply.content_type.lower().startswith(_BINARY):
        wrong = f"a reply of type '{reply.content_type.partition(';')[0]}'"
    if wrong:
        raise RetriableError(
            "API-HTML" if wrong == _PAGE else "API-BROKEN",
            f"Instead of {expected.value} came {wrong}, with HTTP 200",
            where=where,
            remedy="REDCap may be in maintenance, or a proxy answers in its place. Open the address in a browser.",
        )


def _words_are_the_servers(text: str, expected: Expected) -> bool:
    """Whether words such as 'ran out of server memory' are the server's own and not part of the data."""
    if expected is Expected.JSON or text.lstrip().startswith(("<", "The hostname (")):
        return True
    # an error after other noise; a cell of a table never ends so, its quotes being doubled
    return expected is Expected.CSV and text[-2:] == '"}'


def _what_is_wrong(text: str, expected: Expected) -> str:
    """Say in words what came instead of the answer; '' if the answer is good."""
    first = text.lstrip()[:1]
    if first == "<" and (expected is not Expected.XML or _HTML.match(text)):
        return _PAGE
    match expected:
        case Expected.JSON:
            return "something that is not JSON" if first else "an empty reply"
        case Expected.CSV if first in ("{", "["):
            return "JSON"
        case Expected.XML if first != "<":
            return "something that is not XML"
        case Expected.FILE:
            return "something that is not a file"
        case Expected.NOTHING if first:
            return "something that is not empty"
        case _:
            return ""
