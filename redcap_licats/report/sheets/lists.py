"""A hidden sheet with the lists to choose from; a list written into a cell's rule could hold no commas."""

from __future__ import annotations

from openpyxl.utils import get_column_letter, quote_sheetname

from redcap_licats.report.book import Book, dressed_cell, put
from redcap_licats.report.choices import Choices, lists
from redcap_licats.report.styles import Format

WIDTH = 30


def add_lists(book: Book) -> None:
    """Add one column per list, where there is anything to fill in."""
    offered = lists(book.report)
    if not offered:
        return
    sheet = book.add_sheet("lists", [WIDTH] * len(offered))
    sheet.sheet_state = "hidden"
    columns = [
        [one.name, *(text[book.texts.language] for text in words.values())] for one, words in offered.items()
    ]
    look = book.styles.body(Format.WRAP)
    for row in range(max(map(len, columns))):
        sheet.append(
            [
                put(dressed_cell(sheet, look), column[row] if row < len(column) else None, book.texts)
                for column in columns
            ]
        )


def address(book: Book, choices: Choices) -> str:
    """Give the cells of a list, as a rule for cells of another sheet names them."""
    offered = lists(book.report)
    letter = get_column_letter(list(offered).index(choices) + 1)
    sheet = quote_sheetname(book.texts("report.sheet.lists"))
    return f"{sheet}!${letter}$2:${letter}${len(offered[choices]) + 1}"
