"""The line listing of LICATS events."""

from __future__ import annotations

from redcap_licats.derive.model import Class
from redcap_licats.messages import Texts
from redcap_licats.report.book import Book
from redcap_licats.report.cell import CellValue, typed
from redcap_licats.report.facts import Privacy
from redcap_licats.report.model import EventLine
from redcap_licats.report.styles import Format, Tone
from redcap_licats.report.table import Column, add_table

CLASS_TONES = {
    Class.CONFIRMED: Tone.GREEN,
    Class.PROBABLE: Tone.BLUE,
    Class.PENDING: Tone.AMBER,
    Class.NOT_LICATS: Tone.GREY,
    Class.UNDETERMINED: Tone.RED,
}


def _yes(answer: bool | None, texts: Texts) -> str | None:
    """Say yes, and where it is not known; leave no blank, so that the eye finds what matters."""
    if answer is None:
        return texts("report.value.unknown")
    return texts("report.value.yes") if answer else None


def _grade(line: EventLine, grade: int | None, texts: Texts) -> CellValue:
    return texts("report.value.fatal") if line.fatal else grade


def _stay(line: EventLine, texts: Texts) -> str:
    parts = (line.stay[texts.language] if line.stay else "", texts("report.value.icu") if line.icu else "")
    return ", ".join(part for part in parts if part)


COLUMNS: tuple[Column[EventLine], ...] = (
    Column("site", 16, lambda line, _: line.site),
    Column("subject", 9, lambda line, _: typed(line.record)),
    Column("organ", 15, lambda line, texts: line.organ[texts.language]),
    Column("instance", 9, lambda line, _: line.instance, Format.NUMBER),
    Column("onset", 11, lambda line, _: line.onset, Format.DATE),
    Column("onset_day", 8, lambda line, _: line.onset_day, Format.NUMBER),
    Column("timing", 12, lambda line, texts: line.timing[texts.language] if line.timing else None),
    Column("duration", 11, lambda line, _: line.duration, Format.NUMBER),
    Column("grade_investigator", 12, lambda line, _: line.grade_investigator, Format.NUMBER),
    Column("grade_derived", 9, lambda line, texts: _grade(line, line.grade_derived, texts), Format.NUMBER),
    Column("grade_final", 9, lambda line, texts: _grade(line, line.grade_final, texts), Format.NUMBER),
    Column("provisional", 11, lambda line, texts: _yes(line.provisional, texts)),
    Column(
        "classification",
        18,
        lambda line, texts: line.class_label[texts.language],
        tone=lambda line: CLASS_TONES.get(line.classification) if line.classification else None,
    ),
    Column("adjudicated", 12, lambda line, texts: _yes(line.adjudicated, texts)),
    Column("reasons", 30, lambda line, texts: "; ".join(texts.code("terms.reason", one) for one in line.reasons)),
    Column("gc", 10, lambda line, texts: _yes(line.glucocorticoid, texts)),
    Column("gc_peak", 10, lambda line, _: typed(line.glucocorticoid_peak), Format.NUMBER),
    Column("gc_days", 9, lambda line, _: line.glucocorticoid_days, Format.NUMBER),
    Column("stay", 14, _stay),
    Column(
        "open_queries",
        10,
        lambda line, _: line.open_queries,
        Format.NUMBER,
        tone=lambda line: Tone.AMBER if line.open_queries else None,
    ),
    Column("link", 8, lambda line, _: line.url, Format.LINK),
)


#: What is left where values may not be told: which event it is, how it stands, where to look.
NO_VALUES = frozenset(
    {"site", "subject", "organ", "instance", "provisional", "adjudicated", "open_queries", "link"}
)


def columns_for(privacy: Privacy) -> tuple[Column[EventLine], ...]:
    """Give the columns that a study's policy on values leaves."""
    return COLUMNS if privacy is Privacy.VALUES else tuple(one for one in COLUMNS if one.key in NO_VALUES)


def add_events(book: Book) -> None:
    """Add one line per organ event."""
    add_table(book, "events", columns_for(book.report.facts.privacy), book.report.events, frozen="D2")
