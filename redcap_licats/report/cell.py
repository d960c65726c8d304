"""Values made fit and safe for a spreadsheet cell."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache

from redcap_licats.messages import Texts

#: What a cell may hold. Times are naive: a spreadsheet knows no zones.
CellValue = str | int | float | dt.date | dt.datetime | None

#: Excel's limit of characters in a cell, counted in UTF-16 units.
CELL_LIMIT = 32_767

#: A text literal inside a formula may not be longer.
LITERAL_LIMIT = 255

#: First signs that make a spreadsheet take a text for a formula, also in their full-width forms.
FORMULA_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

#: Control characters, lone surrogates and non-characters, which XML cannot hold; then marks of the direction of
#: writing, by which a text can be made to look like another one.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_PLAIN_NUMBER = re.compile(r"(?!-0$)-?(0|[1-9][0-9]{0,13})(\.[0-9]*[1-9])?")
_ISO_DATE = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")


def printable(text: str) -> str:
    """Leave out what is not to be seen, or would upset how the rest is seen."""
    return _UNPRINTABLE.sub("", text)


def safe(text: str, texts: Texts) -> str:
    """Make a text safe to show: no control characters, never a formula, never too long (a cut is stated)."""
    if text[:1].isalnum() and text.isprintable() and len(text) < CELL_LIMIT // 2:
        return text  # nearly all are of this kind
    clean = printable(text)
    if clean.startswith(("\t", "\r")) or clean.lstrip().startswith(FORMULA_SIGNS):
        clean = f"'{clean}"
    clean = clean.replace("\r\n", "\n").replace("\r", "\n")
    length = _units(clean)
    if length <= CELL_LIMIT:
        return clean
    note = texts("report.truncated", length=length)
    room = 2 * (CELL_LIMIT - _units(note))
    return clean.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + note


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def typed(text: str) -> CellValue:
    """Give a date or a number where the text is exactly how one is written, else the text itself."""
    if _ISO_DATE.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return text
    if _PLAIN_NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def link_formula(url: str, label: str) -> str:
    """Give the formula of a link, its parts short enough for a formula's text literals."""
    literals = [url[start : start + LITERAL_LIMIT] for start in range(0, len(url), LITERAL_LIMIT)]
    return f"=HYPERLINK({'&'.join(_literal(part) for part in literals)},{_literal(label)})"


def _literal(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))


@lru_cache(maxsize=4096)
def lines_needed(text: str, width: float) -> int:
    """Estimate how many lines a text takes in a column of a width in digits; East Asian characters take two."""
    if text.isascii() and len(text) <= width and "\n" not in text:
        return 1
    return sum(max(1, math.ceil(_breadth(line) / width)) for line in text.split("\n"))


def _breadth(line: str) -> float:
    """Measure a line: an East Asian character is three bytes and two digits wide, an ASCII one is one of each."""
    return (len(line) + len(line.encode())) / 2
