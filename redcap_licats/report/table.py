"""A listing as an Excel table, described by its columns.

Rows are streamed, and the cells of a column that look alike are one object with another value each time: styling a
cell costs far more than writing it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from redcap_licats.messages import Texts
from redcap_licats.report.book import A4, HEAD_HEIGHT, Book, dressed_cell, put, put_link, set_height
from redcap_licats.report.cell import CellValue
from redcap_licats.report.styles import DATE, Format, Tone

Line = TypeVar("Line")


def no_tone(_line: object) -> Tone | None:
    """Leave a cell uncoloured."""
    return None


def never(_line: object) -> bool:
    """Leave every cell to be filled in."""
    return False


@dataclass(frozen=True, slots=True)
class Column(Generic[Line]):
    """One column of a listing.

    Attributes:
        key: Its head is the text ``report.column.<key>``.
        width: In characters.
        value: Gives a line's value; for :attr:`Format.LINK` the address, '' for none.
        format: How values are shown.
        tone: Colour of a line's cell, if any; the value must say the same in words.
        barred: Whether a line's cell of :attr:`Format.INPUT` is not to be filled in.
    """

    key: str
    width: float
    value: Callable[[Line, Texts], CellValue]
    format: Format = Format.WRAP
    tone: Callable[[Line], Tone | None] = no_tone
    barred: Callable[[Line], bool] = never


def add_table(
    book: Book, key: str, columns: Sequence[Column[Line]], lines: Sequence[Line], *, frozen: str, paper: int = A4
) -> Worksheet:
    """Add a sheet with one listing, its head in the first row.

    Args:
        book: The workbook.
        key: Name of the sheet in the catalogue; in camel case also the table's name.
        columns: From left to right.
        lines: Top to bottom; where there are none the sheet says so.
        frozen: The cell left of and above which nothing scrolls.
        paper: Size of paper to print on.
    """
    sheet = book.add_sheet(key, [column.width for column in columns], frozen=frozen, paper=paper)
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].hidden = column.format is Format.HIDDEN
    heads = [book.texts(f"report.column.{column.key}") for column in columns]
    sheet.row_dimensions[1].height = HEAD_HEIGHT
    sheet.append([put(dressed_cell(sheet, book.styles.header()), head, book.texts) for head in heads])
    if not lines:
        sheet.append(
            [put(dressed_cell(sheet, book.styles.body(Format.WRAP)), book.texts("report.none"), book.texts)]
        )
        return sheet
    # nobody sees how many lines a hidden text takes
    widths = [math.inf if column.format is Format.HIDDEN else column.width for column in columns]
    for number, row in enumerate(_rows(book, sheet, columns, lines), start=2):
        set_height(sheet, number, row, widths, book.styles)
        sheet.append(row)
    sheet.tables.add(_table(key, heads, len(lines)))
    return sheet


def _rows(
    book: Book, sheet: Worksheet, columns: Sequence[Column[Line]], lines: Sequence[Line]
) -> Iterator[list[Cell]]:
    templates: dict[tuple[str, Tone | None, bool], Cell] = {}

    def cells(line: Line) -> Iterator[Cell]:
        for column in columns:
            value, tone, kind = column.value(line, book.texts), column.tone(line), column.format
            if kind is Format.INPUT and column.barred(line):
                kind, tone = Format.WRAP, Tone.GREY
            is_date = isinstance(value, dt.date)
            template = templates.get((column.key, tone, is_date))
            if template is None:
                template = dressed_cell(sheet, book.styles.body(kind, tone))
                if is_date and kind is Format.WRAP:
                    template.number_format = DATE
                templates[column.key, tone, is_date] = template
            if column.format is Format.LINK:
                yield put_link(template, str(value), book.texts("report.open_link"))
            else:
                yield put(template, value, book.texts)

    return (list(cells(line)) for line in lines)


def _table(key: str, heads: Sequence[str], lines: int) -> Table:
    reach = f"A1:{get_column_letter(len(heads))}{lines + 1}"
    table = Table(displayName=key.title().replace("_", ""), ref=reach)
    table.tableColumns = [TableColumn(id=number, name=head) for number, head in enumerate(heads, start=1)]
    table.autoFilter = AutoFilter(ref=reach)
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    return table
