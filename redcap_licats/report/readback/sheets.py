"""Rows of a workbook that were filled in, wherever in it they are and in whatever order."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol, cast
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from redcap_licats.messages import LANGUAGES, Texts
from redcap_licats.messages.catalogue import catalogue
from redcap_licats.report.binding import Bond, shown_digest, unseal
from redcap_licats.report.cell import CellValue
from redcap_licats.report.inputs import ANSWER, DECISION, KEY, UNBOUND
from redcap_licats.report.readback.container import read_container, refusal
from redcap_licats.report.readback.model import Filled, Kind, Origin, ReadFile, Why

#: what is looked at: sheets of a workbook, rows and columns of a sheet, rows in which its heads may stand
MOST_SHEETS = 40
MOST_ROWS = 50_000
MOST_COLUMNS = 60
_HEAD_WITHIN = 20
_PREFIX = "report.column."
#: characters of a comment; REDCap's notes take more, but nobody reads it
MOST_CHARACTERS = 5_000

_COLUMNS: Mapping[Kind, tuple[str, str]] = {Kind.DECISION: DECISION, Kind.ANSWER: ANSWER}

_Cell = ReadOnlyCell | EmptyCell


class _Sheet(Protocol):
    """A sheet that is streamed; the type stubs do not know it."""

    title: str

    def reset_dimensions(self) -> None:
        """Do not believe what the sheet says of its size."""

    def iter_rows(self, *, min_row: int, max_col: int) -> Iterator[tuple[_Cell, ...]]:
        """Give the rows, missing ones as well."""


_Lines = Sequence[tuple[int, tuple[_Cell, ...]]]

#: what openpyxl raises when a part is not what it takes it for
_NOT_AS_EXPECTED = (
    *(InvalidFileException, ParseError, KeyError, ValueError, TypeError),
    *(IndexError, AttributeError, OverflowError, NotImplementedError),
)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a sheet has what: the kind of its inputs, their two columns, the key, the columns shown by head."""

    kind: Kind
    choice: int
    comment: int
    key: int
    shown: Mapping[int, str]


def read_workbook(path: Path, secret: bytes) -> ReadFile:
    """Read one filled-in workbook.

    Args:
        path: The file.
        secret: The project's secret.

    Raises:
        ConfigError: The file is not a plain workbook, is too large, or none of its sheets has the columns of ours.
    """
    content = read_container(path)
    sha256 = hashlib.sha256(content).hexdigest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of openpyxl, about parts of a workbook that are not read here
        try:
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            with closing(book):
                pages = cast(Sequence[_Sheet], book.worksheets)
                if len(pages) > MOST_SHEETS:
                    raise refusal(path, f"it has more than {MOST_SHEETS} sheets")
                sheets = {sheet.title: list(_lines(sheet, path)) for sheet in pages}
        except _NOT_AS_EXPECTED as error:
            raise refusal(path, "a part of it is not as in a workbook", "Save it anew as .xlsx.") from error
    layouts = {title: found for title, lines in sheets.items() if (found := _layout(lines))}
    if not layouts:
        raise refusal(
            path,
            "no sheet has the columns for decisions or answers, with the hidden key as the last",
            "Was it made by an older version of the program, or was the hidden column lost? Make a new one.",
        )
    author = _author([lines for title, lines in sheets.items() if title not in layouts])
    blank = Origin(path.name, sha256, "", 0, author)
    rows = 0
    filled: list[Filled] = []
    for title, (head, layout) in layouts.items():
        for number, cells in sheets[title]:
            if number <= head:
                continue
            rows += bool(_text(_at(cells, layout.key)))
            if one := _filled(cells, layout, replace(blank, sheet=title, row=number), secret):
                filled.append(one)
    return ReadFile(path.name, sha256, rows, tuple(filled))


def _lines(sheet: _Sheet, path: Path) -> Iterator[tuple[int, tuple[_Cell, ...]]]:
    """Give the rows that hold something, by number."""
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(min_row=1, max_col=MOST_COLUMNS), start=1):
        if any(cell.value is not None for cell in cells):
            if number > MOST_ROWS:
                raise refusal(path, f"a sheet has more than {MOST_ROWS} rows")
            yield number, cells


@cache
def _heads() -> Mapping[str, str]:
    """Give the name of every column by its head in any language."""
    return {
        _evened(entry[language]): key.removeprefix(_PREFIX)
        for key, entry in catalogue().items()
        if key.startswith(_PREFIX)
        for language in LANGUAGES
    }


def _layout(lines: _Lines) -> tuple[int, _Layout] | None:
    """Find the row of heads and what stands below which."""
    known = _heads()
    for number, cells in lines[:_HEAD_WITHIN]:
        texts = {index: _evened(_text(cell)) for index, cell in enumerate(cells)}
        columns = {known[text]: index for index, text in texts.items() if text in known}
        for kind, (choice, comment) in _COLUMNS.items():
            if {choice, comment, KEY} <= columns.keys():
                # columns that somebody added beside ours are no part of the row
                shown = {index: texts[index] for name, index in columns.items() if name not in UNBOUND}
                return number, _Layout(kind, columns[choice], columns[comment], columns[KEY], shown)
    return None


def _filled(cells: Sequence[_Cell], layout: _Layout, origin: Origin, secret: bytes) -> Filled | None:
    """Read a row; None if nothing was filled in."""
    inputs = [_at(cells, layout.choice), _at(cells, layout.comment)]
    choice, comment = (_text(cell).strip() for cell in inputs)
    if not choice and not comment:
        return None
    bond = unseal(_text(_at(cells, layout.key)), secret)
    filled = Filled(origin, layout.kind, choice, comment, bond)
    return replace(filled, fault=_fault(filled, bond, cells, layout, inputs))


def _fault(
    filled: Filled, bond: Bond | None, cells: Sequence[_Cell], layout: _Layout, inputs: Sequence[_Cell]
) -> Why | None:
    if bond is None:
        return Why.FOREIGN if _text(_at(cells, layout.key)) else Why.NO_KEY
    if any(_is_formula(cell) for cell in inputs):
        return Why.FORMULA
    if len(filled.comment) > MOST_CHARACTERS:
        return Why.TOO_LONG
    shown = {head: _value(_at(cells, index)) for index, head in layout.shown.items()}
    return None if bond.shown == shown_digest(shown) else Why.EDITED


def _author(sheets: Sequence[_Lines]) -> str:
    """Find the name beside the words for it."""
    words = {_evened(Texts(language)("report.readme.author")) for language in LANGUAGES}
    for lines in sheets:
        for _, cells in lines:
            for index, cell in enumerate(cells[:-1]):
                if _evened(_text(cell)) in words and not _is_formula(cells[index + 1]):
                    return " ".join(_text(cells[index + 1]).split())[:200]
    return ""


def _at(cells: Sequence[_Cell], index: int) -> _Cell:
    return cells[index] if index < len(cells) else EmptyCell()


def _is_formula(cell: _Cell) -> bool:
    return cell.data_type == "f"


def _value(cell: _Cell) -> CellValue:
    value = cell.value
    if value is None or isinstance(value, str | int | float | dt.date):
        return value
    return str(value)


def _text(cell: _Cell) -> str:
    value = cell.value
    return "" if value is None else str(value)


def _evened(head: str) -> str:
    return " ".join(head.split())
