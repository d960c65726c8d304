"""A sheet that is read like a page: title, headings, notes and small tables, written from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.cell import Cell
from openpyxl.chart._chart import ChartBase
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from redcap_licats.report.book import HEAD_HEIGHT, Book, dressed_cell, put, put_link, set_height
from redcap_licats.report.cell import CellValue
from redcap_licats.report.styles import Format, Look, Tone


class Page:
    """One sheet of a book; its own texts have keys ``report.<key>.…``."""

    def __init__(self, book: Book, key: str, widths: Sequence[float], *, one_page: bool = True) -> None:
        self.book = book
        self._key = key
        self._widths = widths
        self._sheet = book.add_sheet(key, widths, one_page=one_page)
        self._row = 0

    @property
    def sheet(self) -> Worksheet:
        """The sheet, for what refers to its cells."""
        return self._sheet

    @property
    def last_row(self) -> int:
        """Number of the row that was added last."""
        return self._row

    def break_page(self) -> None:
        """Print what follows on a new page."""
        self._sheet.row_breaks.append(Break(id=self._row))

    def chart(self, chart: ChartBase, place: str) -> None:
        """Lay a chart over the cells from a place on."""
        self._sheet.add_chart(chart, place)

    def text(self, key: str, /, **values: object) -> str:
        """Give one of the page's own texts."""
        return self.book.texts(f"report.{self._key}.{key}", **values)

    def title(self, text: str) -> None:
        """Add the page's title."""
        self._append([(text, self.book.styles.title())], height=HEAD_HEIGHT)

    def heading(self, key: str) -> None:
        """Add a heading, an empty line above it."""
        self.gap()
        self._append([(self.text(key), self.book.styles.heading())])

    def note(self, text: str) -> None:
        """Add a line of small print that may run over the columns to its right."""
        self._append([(text, self.book.styles.note())])

    def head(self, heads: Sequence[str]) -> None:
        """Add the head of a table."""
        styles = self.book.styles
        looks = [styles.header(right=number > 0) for number in range(len(heads))]
        self._append(list(zip(heads, looks, strict=True)), height=HEAD_HEIGHT)

    def row(
        self, name: str, figures: Sequence[CellValue], *, tones: Sequence[Tone | None], bold: bool = False
    ) -> None:
        """Add a line of a table: its name, then figures; a zero is pale, so that the others stand out."""
        styles = self.book.styles
        cells = [
            (figure, styles.figure(tone, bold=bold, pale=figure == 0))
            for figure, tone in zip(figures, tones, strict=True)
        ]
        self._append([(name, styles.name(bold=bold)), *cells])

    def pair(self, name: str, text: str, *, tone: Tone | None = None, url: str = "") -> None:
        """Add a name and what it stands for; a tone colours the name, an address makes it a link."""
        styles = self.book.styles
        named = self._cell(name, styles.name(bold=True, tone=tone))
        told = dressed_cell(self._sheet, styles.prose(link=bool(url)))
        self._add([named, put_link(told, url, text) if url else put(told, text, self.book.texts)])

    def field(self, name: str) -> None:
        """Add a name and a cell to be filled in beside it."""
        styles = self.book.styles
        named = self._cell(name, styles.name(bold=True))
        self._add([named, dressed_cell(self._sheet, styles.body(Format.INPUT))])

    def gap(self) -> None:
        """Add an empty line."""
        self._add([])

    def _append(self, cells: Sequence[tuple[CellValue, Look]], *, height: float | None = None) -> None:
        self._add([self._cell(value, look) for value, look in cells], height=height)

    def _cell(self, value: CellValue, look: Look) -> Cell:
        return put(dressed_cell(self._sheet, look), value, self.book.texts)

    def _add(self, cells: Sequence[Cell], *, height: float | None = None) -> None:
        self._row += 1
        if height is not None:
            self._sheet.row_dimensions[self._row].height = height
        elif len(cells) > 1:
            set_height(self._sheet, self._row, cells, self._widths, self.book.styles)
        self._sheet.append(list(cells))
