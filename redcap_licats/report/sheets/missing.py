"""Visits and forms that are missing."""

from __future__ import annotations

from redcap_licats.messages import Texts
from redcap_licats.report.book import Book
from redcap_licats.report.cell import CellValue, typed
from redcap_licats.report.model import Lack, MissingLine
from redcap_licats.report.styles import Format, Tone
from redcap_licats.report.table import Column, add_table

LACK_TONES = {Lack.VISIT: Tone.RED, Lack.NOT_STARTED: Tone.AMBER, Lack.INCOMPLETE: Tone.BLUE}


def _instance(line: MissingLine, _texts: Texts) -> CellValue:
    return line.instance if line.lack is Lack.INCOMPLETE else None


COLUMNS: tuple[Column[MissingLine], ...] = (
    Column("site", 18, lambda line, _: line.site),
    Column("subject", 12, lambda line, _: typed(line.record)),
    Column(
        "lack", 24, lambda line, texts: texts(f"report.lack.{line.lack}"), tone=lambda line: LACK_TONES[line.lack]
    ),
    Column("what", 34, lambda line, texts: line.what[texts.language]),
    Column("instance", 10, _instance, Format.NUMBER),
    Column("planned", 13, lambda line, _: line.planned, Format.DATE),
    Column("until", 13, lambda line, _: line.until, Format.DATE),
    Column("days_late", 11, lambda line, _: line.days_late, Format.NUMBER),
    Column("link", 12, lambda line, _: line.url, Format.LINK),
)


def add_missing(book: Book) -> None:
    """Add one line per visit or form."""
    add_table(book, "missing", COLUMNS, book.report.missing, frozen="C2")
