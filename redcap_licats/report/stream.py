"""A sheet that is streamed to the file row by row and takes cells as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet


class StreamedSheet(WriteOnlyWorksheet):
    """A streaming sheet whose rows are finished cells.

    openpyxl's own takes values as well: it tries to convert every cell into one, fails, and takes the cell. With
    cells that all have a look, that is a fifth of the time a workbook takes.
    """

    def _values_to_row(self, values: Sequence[Cell], row_idx: int) -> Iterator[Cell]:
        for column, cell in enumerate(values, start=1):
            cell.row, cell.column = row_idx, column
            yield cell


def add_streamed_sheet(workbook: Workbook, title: str) -> StreamedSheet:
    """Add a streaming sheet to a workbook that is written only."""
    sheet = StreamedSheet(workbook, title)
    # as Workbook.create_sheet does with its own kind of sheet; the type stubs do not know it
    workbook._add_sheet(sheet)  # type: ignore[attr-defined]
    return sheet
