"""What today's questions do to the queries that stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from redcap_licats.check.model import Outcome
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.identity import MANUAL
from redcap_licats.query.ledger import Ledger
from redcap_licats.query.model import Query, State, When
from redcap_licats.query.question import Key, Question, Standing, standing
from redcap_licats.subject.model import Place


@dataclass(frozen=True, slots=True)
class Desk:
    """What all steps read, and the ledger they write to."""

    outcome: Outcome
    statuses: Mapping[Place, str]
    protocol: Protocol
    release: dt.timedelta
    ledger: Ledger

    def released(self, question: Question, since: dt.date) -> bool:
        """Tell whether a question may go out: at once, its form complete, or its delay past."""
        complete = self.statuses.get(question.place) == "2"
        return question.at_once or complete or self.ledger.today >= since + self.release


def question_of(query: Query, asked: Mapping[Key, Question]) -> Question | None:
    """Find what is asked today of a query's identity; what a monitor released to the site keeps its own text."""
    question = asked.get((query.medical, query.id))
    released = None if question or query.medical else asked.get((True, query.id))
    if released:
        return replace(released, medical=False, severity=query.severity, text=query.text)
    return question


def recheck_held(query: Query, question: Question | None, desk: Desk) -> Query | None:
    """Release a held query whose time has come; None if nothing is left of it."""
    if question:
        asking = _asking(query, question)
        return desk.ledger.move(asking, When.RELEASED) if desk.released(question, query.since) else asking
    if standing(query, desk.outcome, desk.protocol) is Standing.SILENT:
        return query
    desk.ledger.leave(query, When.GONE)
    return None


def _asking(query: Query, question: Question) -> Query:
    """Let a query say what is asked today."""
    return replace(
        query,
        fingerprint=question.fingerprint,
        value=question.value,
        text=question.text,
        where=question.where,
    )


def _moved(query: Query, question: Question) -> Query:
    """Let a monitor put a query of his own to another place; it stays the same query."""
    if query.kind != MANUAL:
        return query
    place = question.place
    return replace(query, form=place.form, instance=place.instance, event=place.event, field=question.field)


def recheck(query: Query, question: Question | None, desk: Desk) -> Query:
    """Let the rule speak. A manual query has no rule that could resolve it, only a text that may change."""
    if query.state is State.HELD:
        return query
    if query.kind != MANUAL:
        voice = standing(query, desk.outcome, desk.protocol)
        if voice is Standing.SILENT:
            return query
        if question is None or voice is Standing.OFF:
            there = Place(query.form, query.instance, query.event) in desk.statuses
            when = When.NO_LONGER if there and voice is Standing.SPEAKS else When.SWITCHED_OFF
            return desk.ledger.move(query, when) if query.state.live else query
    if question is None:
        return query
    changed = question.fingerprint != query.fingerprint
    if query.state.live:
        asking = replace(
            _moved(query, question), fingerprint=question.fingerprint, text=question.text, where=question.where
        )
        return replace(desk.ledger.move(asking, When.CHANGED), changed=True) if changed else asking
    again = When.AGAIN if query.state is State.RESOLVED else When.CHANGED
    if query.state is State.RESOLVED or (query.state is State.CLOSED and changed):
        opened = desk.ledger.move(_asking(_moved(query, question), question), again)
        return replace(opened, opened=desk.ledger.today, reopened=query.reopened + 1, changed=False)
    return query
