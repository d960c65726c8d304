"""A query as it stands in REDCap, on ``licats_query`` or ``licats_medical_query``."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """States of a query (RULES.md, lifecycle)."""

    HELD = "held"
    OPEN = "open"
    ANSWERED = "answered"
    SENT_BACK = "sent_back"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def live(self) -> bool:
        """Whether somebody may still have to act."""
        return self in (State.HELD, State.OPEN, State.ANSWERED, State.SENT_BACK)


@dataclass(frozen=True, slots=True)
class Query:
    """One query. ``number`` is the instance on its instrument; ``id`` the identity, ``fingerprint`` of its inputs.

    ``acted`` is the fingerprint of the answer and decision already taken into account, so that a stored answer
    is not taken twice.
    """

    number: int
    id: str
    fingerprint: str
    rule: str
    severity: str
    form: str
    instance: int
    event: str
    field: str
    value: str
    text: str
    opened: dt.date | None
    state: State
    since: dt.date
    reopened: int
    changed: bool
    kind: str
    medical: bool
    acted: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A site's answer (``licats_query_answer``), paired with the query of the same number."""

    number: int
    reason: str
    comment: str
    by: str
    date: dt.date | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A monitor's decision: accept, back, cancel; or for medical queries noted, adjudicate, release."""

    number: int
    action: str
    comment: str
    by: str
    date: dt.date | None
    medical: bool = False
    form: str = ""
    instance: int = 1
    field: str = ""
    text: str = ""
