"""Every check of the protocol: what it says, where it comes from, what it found."""

from __future__ import annotations

from redcap_licats.messages import Texts
from redcap_licats.protocol.models import Severity
from redcap_licats.report.book import Book
from redcap_licats.report.model import RuleLine
from redcap_licats.report.sheets.query_columns import SEVERITY_TONES, priority
from redcap_licats.report.styles import Format, Tone
from redcap_licats.report.table import Column, add_table


def _source(line: RuleLine, texts: Texts) -> str:
    """Call published only what is tagged so; whatever else is a study setting."""
    parts = (
        texts("report.value.published", source=part.removeprefix("P:"))
        if part.startswith("P:")
        else texts("report.value.study_setting")
        for part in line.source.split("; ")
    )
    return "; ".join(dict.fromkeys(parts))


def _run(line: RuleLine, texts: Texts) -> str:
    if not line.enabled:
        return texts("report.value.off")
    return texts("report.value.skipped") if line.skipped else texts("report.value.run")


def _count(line: RuleLine, count: int) -> int | None:
    """Leave the number of queries blank where a check never makes one."""
    return None if line.severity is Severity.INFO else count


def _confirmed(line: RuleLine, texts: Texts) -> str | None:
    """Say how many answers found nothing wrong, and point out a rule of which too many did."""
    burden = line.burden
    if not burden.answered:
        return None
    told = texts("report.value.confirmed", confirmed=burden.confirmed, answered=burden.answered)
    return f"{told}\n{texts('report.value.too_often')}" if burden.too_often else told


COLUMNS: tuple[Column[RuleLine], ...] = (
    Column("rule", 8, lambda line, _: line.id),
    Column(
        "priority",
        14,
        lambda line, texts: priority(line.severity, line.severity_label, texts),
        tone=lambda line: SEVERITY_TONES[line.severity],
    ),
    Column("title", 28, lambda line, texts: line.title[texts.language]),
    Column("wording", 56, lambda line, texts: line.wording[texts.language]),
    Column("source", 20, _source),
    Column("fired", 8, lambda line, _: _count(line, line.burden.fired), Format.NUMBER),
    Column("open", 8, lambda line, _: _count(line, line.burden.open), Format.NUMBER),
    Column("reopened", 10, lambda line, _: _count(line, line.burden.reopened), Format.NUMBER),
    Column("confirmed", 16, _confirmed, tone=lambda line: Tone.AMBER if line.burden.too_often else None),
    Column("median_days", 9, lambda line, _: line.burden.median_days, Format.NUMBER),
    Column("run", 10, _run, tone=lambda line: Tone.GREY if line.skipped or not line.enabled else None),
    Column("skipped_because", 26, lambda line, _: line.skipped),
)


def add_rules(book: Book) -> None:
    """Add one line per check."""
    add_table(book, "rules", COLUMNS, book.report.rules, frozen="B2")
