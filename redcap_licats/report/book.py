"""A workbook being written, and what all its sheets have in common: view, print set-up, protection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from redcap_licats.messages import Texts
from redcap_licats.report.cell import CellValue, lines_needed, link_formula, printable, safe
from redcap_licats.report.model import Report
from redcap_licats.report.stream import add_streamed_sheet
from redcap_licats.report.styles import Look, Styles

#: Paper sizes by their number in the file format.
A4, A3 = 9, 8


#: Height of a head of two lines, in points.
HEAD_HEIGHT = 32

#: Excel's limit for the height of a row, in points.
ROW_LIMIT = 409


class FittedRow(RowDimension):
    """A row of a height that a spreadsheet may still change when its content does.

    openpyxl calls every height custom; then a row would not grow with a comment typed into it.
    """

    customHeight = False


def dressed_cell(sheet: Worksheet, look: Look) -> Cell:
    """Make an empty cell with its look."""
    cell = WriteOnlyCell(sheet)
    cell.font = look.font
    cell.alignment = look.alignment
    cell.number_format = look.number_format
    cell.protection = look.protection
    if look.border:
        cell.border = look.border
    if look.background:
        cell.fill = look.background
    return cell


def put(cell: Cell, value: CellValue, texts: Texts) -> Cell:
    """Put a value into a cell; a text always as text, never as formula or error value."""
    if isinstance(value, str):
        cell.value = safe(value, texts) or None
        cell.data_type = "s"
    else:
        cell.value = value
    return cell


def put_link(cell: Cell, url: str, label: str) -> Cell:
    """Put a link into a cell; none where there is no address."""
    cell.value = link_formula(url, label) if url else None
    return cell


def set_height(
    sheet: Worksheet, number: int, cells: Sequence[Cell], widths: Sequence[float], styles: Styles
) -> None:
    """Give a row to come the height that its texts need; Excel would find it out, other programs do not."""
    lines = max(
        lines_needed(cell.value, width)
        for cell, width in zip(cells, widths, strict=False)
        if isinstance(cell.value, str) and cell.data_type == "s"
    )
    height = min(ROW_LIMIT, lines * styles.line_height + 2)
    sheet.row_dimensions[number] = FittedRow(sheet, index=number, ht=height)


@dataclass(frozen=True, slots=True)
class Book:
    """The workbook, what it tells and how; with a secret its rows can be read back."""

    workbook: Workbook
    report: Report
    texts: Texts
    styles: Styles
    secret: bytes | None = None

    @property
    def site(self) -> str:
        """The site in scope, in words."""
        return self.report.facts.site or self.texts("report.all_sites")

    @property
    def made_at(self) -> str:
        """When the run was made, with its zone."""
        at = self.report.facts.at
        return f"{at:%Y-%m-%d %H:%M} {at.tzname()}"

    def add_sheet(
        self, key: str, widths: Sequence[float], *, frozen: str = "", paper: int = A4, one_page: bool = False
    ) -> Worksheet:
        """Add a sheet called ``report.sheet.<key>`` with columns of the widths given.

        It prints in landscape at full width, on one page if asked for; where panes are frozen the first row is
        repeated on every page.
        All cells are protected unless their look says otherwise; filters and column widths stay usable.
        """
        title = self.texts(f"report.sheet.{key}")
        # Streaming sheets offer all that is used of ordinary ones here; the type stubs do not know it.
        sheet = cast("Worksheet", add_streamed_sheet(self.workbook, title))
        for number, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.sheet_view.showGridLines = False
        if frozen:
            sheet.freeze_panes = frozen
            sheet.print_title_rows = "1:1"
        self._set_up_print(sheet, title, paper, one_page=one_page)
        sheet.protection.enable()
        for allowed in ("autoFilter", "sort", "formatColumns", "formatRows"):
            setattr(sheet.protection, allowed, False)
        return sheet

    def _set_up_print(self, sheet: Worksheet, title: str, paper: int, *, one_page: bool) -> None:
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = paper
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, int(one_page)
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        margins = sheet.page_margins
        margins.left = margins.right = 0.4
        margins.top, margins.bottom, margins.header, margins.footer = 0.7, 0.6, 0.3, 0.3
        study = self.report.facts.study
        header, footer = HeaderFooterItem(), HeaderFooterItem()
        header.left.text = _in_header(f"{study} · {title}")
        header.right.text = _in_header(self.made_at)
        footer.left.text = _in_header(f"{study} · {self.site}")
        footer.right.text = self.texts("report.page", page="&P", pages="&N")
        sheet.HeaderFooter.oddHeader, sheet.HeaderFooter.oddFooter = header, footer


def _in_header(text: str) -> str:
    """Double the sign that starts a code in a page's header; one line, clear of the limit of 255 in all."""
    return " ".join(printable(text).split())[:80].replace("&", "&&")
