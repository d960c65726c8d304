"""What REDCap holds of the queries that a workbook speaks of, and whether a row may still be taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from redcap_licats.api.threads import Thread
from redcap_licats.query.burden import read_raised
from redcap_licats.query.lifecycle import LIFECYCLE, allowed
from redcap_licats.query.model import Answer, Decision, Query, When
from redcap_licats.query.people import ACTIONS, is_pending
from redcap_licats.report.binding import Stand, stand_of
from redcap_licats.report.labels import Labels
from redcap_licats.report.readback.model import Kind, Why
from redcap_licats.report.readback.words import field_of, plain
from redcap_licats.report.records import RecordRows


@dataclass(frozen=True, slots=True)
class Standing:
    """One query as REDCap holds it, what was said on it and whether in a thread, and the site of its record."""

    query: Query
    answer: Answer | None
    decision: Decision | None
    site: str
    in_thread: bool

    @property
    def stand(self) -> Stand:
        """How the query stands, as a row of a workbook has it."""
        return stand_of(self.query, self.answer, self.decision)


def standings(record: RecordRows, site: str, threads: Iterable[Thread]) -> Iterator[Standing]:
    """Give the queries of one record.

    Raises:
        RecordError: A query's row cannot be read.
    """
    for one in read_raised(record.rows, threads):
        yield Standing(one.query, one.answer, one.decision, site, one.talk is not None)


def is_release(query: Query, code: str) -> bool:
    """Whether a decision hands a medical query to the site; its comment then is the text for the site."""
    return query.medical and ACTIONS[True].get(code) is When.TO_SITE


def says_already(now: Standing, kind: Kind, code: str, comment: str) -> bool:
    """Whether REDCap holds what a row says."""
    if kind is Kind.ANSWER:
        said = now.answer
        return said is not None and said.reason == code and plain(said.comment) == plain(comment)
    ruled = now.decision
    if ruled is None or ruled.action != code:
        return False
    return plain(ruled.text if is_release(now.query, code) else ruled.comment) == plain(comment)


def waits_for_worker(now: Standing, kind: Kind) -> bool:
    """Whether what REDCap holds of this kind was not yet taken into account by the worker."""
    return kind is Kind.DECISION and now.decision is not None and is_pending(now.query, now.decision)


def is_step(query: Query, kind: Kind, code: str) -> bool:
    """Whether the lifecycle has a step for it, so that the worker will take what is written."""
    return allowed(query.state, When.ANSWERED if kind is Kind.ANSWER else ACTIONS[query.medical][code])


def unlawful(query: Query, kind: Kind, code: str, comment: str) -> Why | None:
    """Say why the worker would not take it; an answer may be changed until the monitor decides."""
    if is_release(query, code) and not comment:
        return Why.NO_TEXT
    if is_step(query, kind, code):
        return None
    changeable = kind is Kind.ANSWER and query.state in LIFECYCLE[When.ANSWERED].values()
    return None if changeable else Why.NOT_NOW


def what_changed(then: Stand, now: Standing, labels: Labels) -> tuple[Why, str]:
    """Say what has become of a query since a workbook was made: the reason, and what is known of it."""
    decision = now.decision
    if decision and (then.decision != now.stand.decision or is_pending(now.query, decision)):
        action = labels.choice(field_of(Kind.DECISION, medical=now.query.medical), decision.action).en
        by = f" by {decision.by}" if decision.by else ""
        on = f" on {decision.date.isoformat()}" if decision.date else ""
        return Why.DECIDED, f"{action}{by}{on}"
    state = f"now: {labels.choice('qry_state_d', now.stand.state).en}"
    if then.answer != now.stand.answer:
        return Why.ANSWERED, state
    if then.state != now.stand.state:
        return Why.MOVED, state
    return Why.DATA, ""
