"""The queries: those that are open, those that were answered, and what was closed since the last report."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from redcap_licats.query.model import State
from redcap_licats.report.book import A3, Book
from redcap_licats.report.choices import Choices, choices_of
from redcap_licats.report.inputs import bound
from redcap_licats.report.model import QueryLine
from redcap_licats.report.sheets.lists import address
from redcap_licats.report.sheets.query_columns import Columns, answered_columns, closed_columns, open_columns
from redcap_licats.report.styles import Format
from redcap_licats.report.table import add_table


def open_lines(lines: Sequence[QueryLine]) -> tuple[QueryLine, ...]:
    """Give the queries that wait and were not answered yet, or were sent back."""
    return tuple(line for line in lines if line.state is not State.ANSWERED)


def answered_lines(lines: Sequence[QueryLine]) -> tuple[QueryLine, ...]:
    """Give the queries that wait for the monitor's review."""
    return tuple(line for line in lines if line.state is State.ANSWERED)


def add_open(book: Book) -> None:
    """Add the queries that wait for the site, and the medical ones that a monitor has not seen to."""
    _add(book, "open_queries", open_columns(book.report.facts), open_lines(book.report.queries))


def add_answered(book: Book) -> None:
    """Add the queries that a monitor has to review."""
    _add(book, "answered", answered_columns(book.report.facts), answered_lines(book.report.queries))


def add_closed(book: Book) -> None:
    """Add what was resolved, closed or cancelled since the last report."""
    _add(book, "closed", closed_columns(book.report.facts), book.report.closed)


def _add(book: Book, key: str, columns: Columns, lines: Sequence[QueryLine]) -> None:
    """Add a sheet; where there is a cell to choose in, offer on every line what can be chosen there."""
    sheet = add_table(book, key, bound(book, columns), lines, frozen="E2", paper=A3)
    choosing = next((place for place, one in enumerate(columns, start=1) if one.format is Format.INPUT), None)
    if choosing is None:
        return
    rows: dict[Choices, list[int]] = {}
    for number, line in enumerate(lines, start=2):
        if columns[choosing - 1].barred(line):
            continue
        rows.setdefault(choices_of(line, book.report.facts), []).append(number)
    for choices, numbers in rows.items():
        _offer(book, sheet, choices, get_column_letter(choosing), numbers)


def _offer(book: Book, sheet: Worksheet, choices: Choices, letter: str, rows: Sequence[int]) -> None:
    offer = DataValidation(type="list", formula1=address(book, choices), allow_blank=True)
    offer.errorTitle = book.texts("report.not_in_list")
    offer.error = book.texts("report.choose_from_list")
    offer.showErrorMessage = True
    for first, last in _runs(rows):
        offer.add(f"{letter}{first}:{letter}{last}")
    sheet.data_validations.append(offer)


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Join neighbouring row numbers to ranges."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
