"""REDCap's CSV dialect, which is that of PHP's ``fputcsv``.

Source: facts/redcap_api.md 2.12; the bytes of recorded dictionaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NEEDS_QUOTES = re.compile(r'[ ,"\\\n\r\t]')


def format_cell(cell: str, delimiter: str = ",") -> str:
    """Quote a cell if it holds a blank, quote, backslash, tab, line end or the delimiter; double its quotes."""
    if _NEEDS_QUOTES.search(cell) or delimiter in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def format_row(cells: Iterable[str], delimiter: str = ",") -> str:
    r"""Join the cells of one row, the closing ``\n`` included."""
    return delimiter.join(format_cell(cell, delimiter) for cell in cells) + "\n"
