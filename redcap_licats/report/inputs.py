"""The cells of a workbook that are filled in, and the key by which their row is read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from redcap_licats.messages import Texts
from redcap_licats.protocol.models import Text
from redcap_licats.report.binding import Bond, seal, shown_digest
from redcap_licats.report.book import Book
from redcap_licats.report.cell import safe
from redcap_licats.report.model import Audience, QueryLine, Report, RunFacts
from redcap_licats.report.styles import Format
from redcap_licats.report.table import Column

#: names of the columns that are filled in: what is chosen, and the comment on it
DECISION = ("decision", "comment")
ANSWER = ("answer_in", "answer_comment")
KEY = "key"

#: columns that are no part of what a row shows: a link is a formula, which programs write each in their own way
UNBOUND = frozenset({*DECISION, *ANSWER, KEY, "link"})

#: widths of the two
_WIDTHS = (15, 28)


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen in a column, on the rows of medical queries or on the others."""

    column: str
    medical: bool
    words: tuple[Text, ...]


def input_columns(facts: RunFacts) -> tuple[Column[QueryLine], ...]:
    """Give the columns to fill in: a monitor's decision, or a site's answer where the study allows it."""
    if facts.audience is Audience.MONITOR:
        names: tuple[str, ...] = DECISION
    else:
        names = ANSWER if facts.answers_in_excel else ()
    return tuple(
        Column(name, width, lambda _line, _texts: None, Format.INPUT)
        for name, width in zip(names, _WIDTHS, strict=False)
    )


def choices_of(report: Report) -> tuple[Choice, ...]:
    """Give what may be chosen."""
    words = report.wording
    return (
        Choice(DECISION[0], False, words.decisions),
        Choice(DECISION[0], True, words.medical_decisions),
        Choice(ANSWER[0], False, words.answers),
    )


def offered(word: str) -> str:
    """Give a word as a list of choices can offer it: there a comma would part it in two."""
    return word.replace(",", ";")


def bound(book: Book, columns: Sequence[Column[QueryLine]]) -> tuple[Column[QueryLine], ...]:
    """Add the hidden key of every row, unless the workbook is not to be read back or has nothing to fill in."""
    secret = book.secret
    if secret is None or not any(one.format is Format.INPUT for one in columns):
        return tuple(columns)
    facts = book.report.facts

    def key(line: QueryLine, texts: Texts) -> str:
        return seal(_bond(facts, line, columns, texts), secret)

    return (*columns, Column(KEY, 10, key, Format.HIDDEN))


def _bond(facts: RunFacts, line: QueryLine, columns: Sequence[Column[QueryLine]], texts: Texts) -> Bond:
    shown = {
        texts(f"report.column.{one.key}"): safe(value, texts) if isinstance(value, str) else value
        for one in columns
        if one.key not in UNBOUND
        for value in (one.value(line, texts),)
    }
    return Bond(
        project_id=str(facts.project_id),
        server=server_of(facts.url),
        site=facts.site,
        audience=facts.audience.value,
        record=line.record,
        medical=str(int(line.medical)),
        number=str(line.number),
        query_id=line.id,
        state=line.stand.state,
        fingerprint=line.stand.fingerprint,
        answer=line.stand.answer,
        decision=line.stand.decision,
        shown=shown_digest(shown),
    )


def server_of(url: str) -> str:
    """Name the server of an address of its API."""
    return urlsplit(url).netloc.lower()
