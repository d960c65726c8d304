"""The key of a row that is filled in, by which the row is read back."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from redcap_licats.messages import Texts
from redcap_licats.report.binding import Bond, seal, shown_digest
from redcap_licats.report.book import Book
from redcap_licats.report.cell import safe
from redcap_licats.report.facts import RunFacts
from redcap_licats.report.model import QueryLine
from redcap_licats.report.styles import Format
from redcap_licats.report.table import Column

#: names of the columns that are filled in: what is chosen, and the comment on it
DECISION = ("decision", "comment")
ANSWER = ("reason", "comment")
KEY = "key"

#: columns that are no part of what a row shows: a link is a formula, which programs write each in their own way
UNBOUND = frozenset({*DECISION, *ANSWER, KEY, "link"})


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
