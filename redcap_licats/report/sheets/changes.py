"""The cells that the worker wrote, with what stood there before."""

from __future__ import annotations

from collections.abc import Sequence

from redcap_licats.journal.model import Entry
from redcap_licats.report.book import Book
from redcap_licats.report.cell import typed
from redcap_licats.report.styles import Format
from redcap_licats.report.table import Column, add_table


def _columns(book: Book) -> Sequence[Column[Entry]]:
    zone = book.report.facts.at.tzinfo
    return (
        Column("subject", 10, lambda line, _: typed(line.change.record)),
        Column("instrument", 24, lambda line, _: line.change.instrument),
        Column("instance", 10, lambda line, _: line.change.instance, Format.NUMBER),
        Column("field", 24, lambda line, _: line.change.field),
        Column("old", 34, lambda line, _: typed(line.change.old)),
        Column("new", 34, lambda line, _: typed(line.change.new)),
        Column("rule", 14, lambda line, _: line.change.rule),
        Column("time", 17, lambda line, _: line.run.started.astimezone(zone).replace(tzinfo=None), Format.TIME),
    )


def add_changes(book: Book) -> None:
    """Add one line per cell written, with the time of its run in the report's zone."""
    add_table(book, "changes", _columns(book), book.report.changes, frozen="B2")
