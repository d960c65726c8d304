"""Read a long JSON list item by item, so that neither its text nor its items are in memory as a whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

#: bytes that are made into text at a time
_PIECE = 1 << 16
_BLANK = r"[ \t\r\n]*"
_SPACE = re.compile(_BLANK)
_OPEN = re.compile(rf"{_BLANK}\[{_BLANK}(?:(\])|(?=[^ \t\r\n]))")
_MARK = re.compile(rf"{_BLANK}([,\]])")
_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(.?)", re.DOTALL)
_DECODER = json.JSONDecoder()


def is_list(body: bytes) -> bool:
    """Whether some JSON is a list, if it is JSON at all."""
    found = _FIRST.match(body)
    return found is not None and found[1] == b"["


def items(body: bytes) -> Iterator[Any]:
    """Give the items of a JSON list in UTF-8, with or without a byte-order mark; other bytes become U+FFFD.

    Raises:
        ValueError: It is no JSON list; the items before the place where it goes wrong were given.
    """
    text = _Text(body)
    more = text.read(_opening)
    while more:
        item, more = text.read(_item)
        yield item
    if text.rest().strip(" \t\r\n"):
        raise ValueError("something follows the list")


class _Text:
    """Bytes of which no more is decoded than is needed to go on."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._decoded = 0
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._text, self._at = "", 0

    def read(self, what: Callable[[str, int], tuple[T, int]]) -> T:
        """Read what comes next.

        Args:
            what: Reads it at a place of a text, and gives it and the place behind it; raises ValueError if it is
                not there, or not all of it.

        Raises:
            ValueError: It is not there.
        """
        while True:
            try:
                found, self._at = what(self._text, self._at)
            except ValueError:
                if not self._more():
                    raise
            else:
                return found

    def rest(self) -> str:
        """Give what was not read."""
        while self._more():
            pass
        return self._text[self._at :]

    def _more(self) -> bool:
        """Decode as much again as is there, so that what is long is not looked at too often; false at the end."""
        if self._decoded >= len(self._body):
            return False
        left = self._text[self._at :]
        end = self._decoded + max(_PIECE, len(left))
        self._text = left + self._decode(self._body[self._decoded : end], end >= len(self._body))
        self._decoded, self._at = end, 0
        return True


def _opening(text: str, at: int) -> tuple[bool, int]:
    """Read the beginning of a list; give whether an item follows."""
    found = _OPEN.match(text, at)
    if found is None:
        raise ValueError("no list begins here")
    return found[1] is None, found.end()


def _item(text: str, at: int) -> tuple[tuple[Any, bool], int]:
    """Read an item; give it and whether another one follows."""
    space = _SPACE.match(text, at)
    item, end = _DECODER.raw_decode(text, space.end() if space else at)
    mark = _MARK.match(text, end)
    if mark is None:
        raise ValueError("neither another item nor the end of the list follows")
    return (item, mark[1] == ","), mark.end()
