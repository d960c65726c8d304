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


class ConflictCode(StrEnum):
    """What people wrote that the lifecycle has no place for; it is reported and never decided silently."""

    UNASKED_ANSWER = "answer without a query"
    UNASKED_DECISION = "decision without a query"
    LATE_ANSWER = "answer to a query that is closed or cancelled"
    LATE_DECISION = "decision on a query that is no longer live"
    EARLY_DECISION = "decision on a query that has no answer yet"
    CROSSED = "answer edited while the monitor decided"
    UNKNOWN_DECISION = "decision of no known kind"
    NO_TEXT = "release to the site without a text"
    NO_FIELD = "manual query on a form or field that the project does not have"
    MANUAL_TEXT = "text of a manual query beside a query of a rule"
    TWICE = "two live queries of one identity"


@dataclass(frozen=True, slots=True)
class Query:
    """One query.

    Attributes:
        number: Instance on its instrument.
        id: Identity: project, record, event, instrument, instance, rule, field.
        fingerprint: Of the cells that the rule read.
        value: Value of the cell when the query was raised, or raised again.
        opened: Day it was last opened; None while it is held.
        since: Day of the last change of state; of a held query the day from which its release is counted.
        reopened: How often it was opened again.
        changed: Whether the cells changed, rule still firing, since it was last opened or answered.
        kind: ``rule``, or ``manual`` where a monitor raised it.
        medical: Whether it stands on ``licats_medical_query``, which only monitors see.
        acted: Short hashes of the answer and of the decision already taken, so that neither is taken twice.
        where: Form, instance and field in words, for those who answer and decide.
        conflict: What a person wrote last beside it and the lifecycle had no place for; gone with the next answer,
            decision or change of state.
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
    where: str = ""
    conflict: ConflictCode | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A site's answer (``licats_query_answer``), paired with the query of the same number.

    ``key`` tells apart two answers that say the same, where the channel gives each a number of its own.
    """

    number: int
    reason: str
    comment: str
    by: str
    date: dt.date | None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A monitor's decision: accept, back, cancel; or for medical queries noted, adjudicate, release.

    ``key`` as in :class:`Answer`, and of a decision in a thread ``asked`` is the fingerprint that was asked there;
    ``nowhere`` says that a manual query is on a form or field that is not there.
    """

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
    key: str = ""
    nowhere: bool = False
    asked: str = ""


class When(StrEnum):
    """Why a query changes its state (RULES.md, lifecycle)."""

    FIRES = "rule fires"
    RELEASED = "released"
    GONE = "rule no longer fires before release"
    ANSWERED = "site saves an answer"
    ACCEPTED = "monitor accepts"
    SENT_BACK = "monitor sends back"
    NO_LONGER = "rule no longer fires"
    CANCELLED = "monitor cancels"
    SWITCHED_OFF = "check switched off, or record or instance gone"
    AGAIN = "rule fires again"
    CHANGED = "inputs changed, rule still fires"
    RAISED = "monitor raises a query"
    NOTED = "monitor notes it"
    ADJUDICATE = "monitor asks for adjudication"
    TO_SITE = "monitor releases it to the site"


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of a query's state; no ``source`` for a new query, no ``target`` for one that left no trace."""

    id: str
    number: int
    medical: bool
    source: State | None
    target: State | None
    when: When


@dataclass(frozen=True, slots=True)
class Conflict:
    """A conflict and the query, by number, that it concerns."""

    code: ConflictCode
    record: str
    number: int
    medical: bool


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The queries of one record as they must stand.

    Attributes:
        queries: All rows to stand in REDCap, by instrument and number.
        gone: Rows to blank: held queries that left no trace.
        transitions: Every step taken, in order.
        conflicts: What needs a person.
        next_due: First day on which a held query is released by time.
    """

    queries: tuple[Query, ...]
    gone: tuple[Query, ...]
    transitions: tuple[Transition, ...]
    conflicts: tuple[Conflict, ...]
    next_due: dt.date | None = None
