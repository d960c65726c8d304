"""Bring the queries of one record up to date: people first, then the rules, then what is new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import count

from redcap_licats.check.model import Outcome
from redcap_licats.protocol.models import Protocol, Severity
from redcap_licats.query.conflicts import Slot, unplaced
from redcap_licats.query.identity import MANUAL
from redcap_licats.query.ledger import Ledger
from redcap_licats.query.model import Answer, ConflictCode, Decision, Query, Reconciled, State, When
from redcap_licats.query.people import cancelled_by_monitor, hear
from redcap_licats.query.question import Key, Question, Standing, asked_by_monitor, asked_by_rules, standing
from redcap_licats.query.recheck import Desk, question_of, recheck, recheck_held
from redcap_licats.subject.model import Place


def reconcile(
    record: str,
    outcome: Outcome,
    stored: Sequence[Query],
    answers: Sequence[Answer],
    decisions: Sequence[Decision],
    statuses: Mapping[Place, str],
    protocol: Protocol,
    project_id: int | str,
    today: dt.date,
    *,
    release_days: int | None = None,
) -> Reconciled:
    """Reconcile what is asked today with the queries as they stand; doing it again changes nothing.

    Args:
        record: Record id.
        outcome: What the checks say.
        stored: The record's queries, from :func:`redcap_licats.query.rows.read_queries`.
        answers: The site's answers.
        decisions: The monitors' decisions, on queries and medical queries.
        statuses: Form status of every row that exists (:func:`redcap_licats.query.rows.form_statuses`).
        protocol: The protocol; its language is the one of the texts.
        project_id: REDCap's project id, part of the identity.
        today: The server's date.
        release_days: Days that a query is held unless its form is complete; None takes the protocol's.

    Returns:
        All rows as they must stand, rows to blank, the steps taken, and conflicts for a person.
    """
    days = protocol.settings.queries.release_days if release_days is None else release_days
    desk = Desk(outcome, statuses, protocol, dt.timedelta(days=days), Ledger(record, today))
    said = {one.number: one for one in answers}
    ruled = {(one.medical, one.number): one for one in decisions}
    asked = {one.key: one for one in asked_by_rules(outcome.findings, record, protocol, project_id)}

    rows = {(one.medical, one.number): one for one in stored}
    current = _current(rows, ruled, asked)
    gone = []
    for slot, query in sorted(rows.items()):
        if query.state is State.HELD and current[query.medical, query.id] == slot:
            kept = recheck_held(query, question_of(query, asked), desk)
            if kept:
                rows[slot] = kept
            else:
                gone.append(rows.pop(slot))
    manual = _raise_manual(rows, ruled, desk, project_id)
    for slot, query in sorted(rows.items()):
        heard = hear(query, None if query.medical else said.get(query.number), ruled.get(slot), desk.ledger)
        if slot in manual:
            rows[slot] = _placed(recheck(heard, manual[slot], desk), ruled[slot], desk.ledger)
        elif current.get((query.medical, query.id)) == slot:
            rows[slot] = recheck(heard, question_of(heard, asked), desk)
        else:
            rows[slot] = heard

    written = {*ruled, *((False, number) for number in said)}
    # a number beside which somebody has written is not free, nor is one that is only now being blanked
    unfree = {*rows, *written, *((one.medical, one.number) for one in gone)}
    free = {medical: _free(medical, unfree) for medical in (False, True)}
    for query in _handed_over(rows, ruled, asked, desk):
        number = next(free[False])
        rows[False, number] = desk.ledger.enter(replace(query, number=number), When.TO_SITE)
    current = _current(rows, ruled, asked)
    for key, question in asked.items():
        if key not in current:
            number = next(free[question.medical])
            when = When.RELEASED if desk.released(question, today) else When.FIRES
            rows[question.medical, number] = desk.ledger.enter(_new(question, number, today), when)

    for code, (medical, number) in unplaced(rows, said, ruled):
        desk.ledger.conflict(code, number, medical=medical)
    held = [one.since + desk.release for one in rows.values() if one.state is State.HELD]
    return Reconciled(
        queries=tuple(rows[slot] for slot in sorted(rows)),
        gone=tuple(one for one in gone if (one.medical, one.number) not in rows),
        transitions=tuple(desk.ledger.transitions),
        conflicts=tuple(desk.ledger.conflicts),
        next_due=min(held, default=None),
    )


def _current(
    rows: Mapping[Slot, Query], ruled: Mapping[Slot, Decision], asked: Mapping[Key, Question]
) -> dict[Key, Slot]:
    """Find the row that carries each identity on: the live one, else the newest.

    A cancelled row carries nothing on, so that the question is asked anew when its check or row comes back; but
    what a monitor cancelled is not asked again on the same cells.
    """
    found: dict[Key, Slot] = {}
    for slot, query in sorted(rows.items(), key=lambda one: (one[1].state.live, one[1].since, one[0])):
        key = query.medical, query.id
        if query.state is State.CANCELLED:
            unchanged = key in asked and asked[key].fingerprint == query.fingerprint
            if not (unchanged and cancelled_by_monitor(query, ruled.get(slot))):
                continue
        found[key] = slot
    return found


def _raise_manual(
    rows: dict[Slot, Query], ruled: Mapping[Slot, Decision], desk: Desk, project_id: int | str
) -> dict[Slot, Question]:
    """Raise a query for each decision with a text that stands beside no query; give all manual questions."""
    manual, ledger = {}, desk.ledger
    for slot, decision in sorted(ruled.items()):
        if decision.text and not decision.medical and (slot not in rows or rows[slot].kind == MANUAL):
            manual[slot] = asked_by_monitor(decision, ledger.record, desk.protocol, project_id)
            if slot not in rows:
                query = _new(manual[slot], decision.number, ledger.today, kind=MANUAL)
                rows[slot] = ledger.enter(query, When.RAISED)
    return manual


def _placed(query: Query, decision: Decision, ledger: Ledger) -> Query:
    """Say once of a manual query that its place is not there, and keep it said while somebody waits for it."""
    if decision.nowhere and query.state.live:
        if query.conflict is None:
            ledger.conflict(ConflictCode.NO_FIELD, query.number, medical=False)
        return replace(query, conflict=query.conflict or ConflictCode.NO_FIELD)
    return replace(query, conflict=None) if query.conflict is ConflictCode.NO_FIELD else query


def _free(medical: bool, unfree: Set[Slot]) -> Iterator[int]:
    """Count the free numbers of an instrument: those of blanked rows first, then new ones."""
    return (number for number in count(1) if (medical, number) not in unfree)


def _handed_over(
    rows: Mapping[Slot, Query], ruled: Mapping[Slot, Decision], asked: Mapping[Key, Question], desk: Desk
) -> Iterator[Query]:
    """Give a site's query for each medical one just released, unless the site has it or nothing is asked today."""
    asked_already = {query.id for query in rows.values() if query.state.live and not query.medical}
    for step in tuple(desk.ledger.transitions):
        if step.when is not When.TO_SITE or step.id in asked_already:
            continue
        query = rows[True, step.number]
        if (True, step.id) in asked or standing(query, desk.outcome, desk.protocol) is Standing.SILENT:
            yield replace(
                query,
                medical=False,
                severity=Severity.QUERY.value,
                text=ruled[True, step.number].text,
                state=State.OPEN,
                since=desk.ledger.today,
                opened=desk.ledger.today,
                reopened=0,
                changed=False,
                acted="",
                conflict=None,
            )


def _new(question: Question, number: int, today: dt.date, *, kind: str = "rule") -> Query:
    return Query(
        number=number,
        id=question.id,
        fingerprint=question.fingerprint,
        rule=question.rule,
        severity=question.severity,
        form=question.place.form,
        instance=question.place.instance,
        event=question.place.event,
        field=question.field,
        value=question.value,
        text=question.text,
        opened=None,
        state=State.HELD,
        since=today,
        reopened=0,
        changed=False,
        kind=kind,
        medical=question.medical,
        where=question.where,
    )
