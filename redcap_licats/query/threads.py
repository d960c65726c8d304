"""Queries as threads of REDCap's Data Resolution Workflow, for studies that answer there.

The rows of ``licats_query`` stay what a query is; threads are a projection of them, and what people say in threads
counts as their answers and decisions. Pure functions. Medical queries are never projected: sites read threads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from redcap_licats.api.threads import Asked, Asking, Closing, Question, Spot, Step, Thread
from redcap_licats.query.model import Answer, Decision, Query, State

OPEN, CLOSED = "OPEN", "CLOSED"
LONGEST = 2000
"""Characters of a question that a thread tells; a monitor's own may have any number."""

#: category of a response -> code of the answer on ``licats_query_answer``
REASONS: Mapping[str, str] = {
    "DATA_MISSING": "missing",
    "TYPOGRAPHICAL_ERROR": "typo",
    "CONFIRMED_CORRECT": "confirmed",
    "WRONG_SOURCE": "source",
    "OTHER": "other",
}


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said in a thread of a query since it was last asked there.

    Attributes:
        status: Of the thread.
        answer: The site's answer.
        decision: What was decided.
        remark: The last that a person said beside these.
    """

    status: str
    answer: Answer | None = None
    decision: Decision | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What people said about the queries of one record, in threads and on forms.

    Attributes:
        answers, decisions: Those that count.
        talks: What was said in threads, by the number of each query that a thread asked.
    """

    answers: tuple[Answer, ...]
    decisions: tuple[Decision, ...]
    talks: Mapping[int, Talk]


@dataclass(frozen=True, slots=True)
class Projection:
    """What to do with the threads of one record."""

    ask: tuple[Asking, ...]
    close: tuple[Closing, ...]


def said_in_threads(
    queries: Sequence[Query],
    threads: Iterable[Thread],
    answers: Iterable[Answer] = (),
    decisions: Iterable[Decision] = (),
) -> Said:
    """Read what people said since each query was last asked.

    A response is the site's answer. A person's step after it that leaves the thread open sends it back, one that
    closes it accepts the answer; closing a thread without an answer cancels the query, until it is opened again.
    An answer after a decision is an answer to it, so the decision no longer counts.

    What stands on forms counts for queries that no thread ever asked: medical ones and those on no field.

    Args:
        queries: The queries of one record.
        threads: Its threads.
        answers: Answers on forms.
        decisions: Decisions on forms; of manual queries they hold the question, which stays theirs.
    """
    of = _asked_last(threads)
    talks = {number: _since_asked(number, one.id, of[one.id]) for number, one in _current(queries, of)}
    said = [one for one in answers if one.number not in talks]
    ruled = []
    for one in decisions:
        if one.medical or one.number not in talks:
            ruled.append(one)
        elif one.text:
            ruled.append(_decided_in_thread(one, talks[one.number].decision))
    questions = {one.number for one in ruled if not one.medical}
    for number, talk in talks.items():
        if talk.answer:
            said.append(talk.answer)
        if talk.decision and number not in questions:
            ruled.append(talk.decision)
    return Said(tuple(said), tuple(ruled), talks)


def _asked_last(threads: Iterable[Thread]) -> Mapping[str, Thread]:
    """Find the thread in which each query was asked last: a manual one may have moved."""
    asked = sorted(
        ((step.id, one.id, thread) for thread in threads for step in thread.steps for one in step.asks),
        key=lambda found: found[0],
    )
    return {query: thread for _, query, thread in asked}


def _current(queries: Iterable[Query], asked: Mapping[str, object]) -> Iterable[tuple[int, Query]]:
    """Find the query that a thread speaks of: of two rows with one identity the live one, else the newest."""
    of: dict[str, Query] = {}
    for one in sorted(queries, key=lambda one: (one.state.live, one.since, one.number)):
        if one.id in asked and not one.medical:
            of[one.id] = one
    return ((one.number, one) for one in of.values())


def _decided_in_thread(question: Decision, decision: Decision | None) -> Decision:
    """Leave a manual query its question; what is decided on it is said in its thread."""
    if decision is None:
        return replace(question, action="", comment="", by="", date=None)
    return replace(
        question,
        action=decision.action,
        comment=decision.comment,
        by=decision.by,
        date=decision.date,
        key=decision.key,
        asked=decision.asked,
    )


def _since_asked(number: int, query: str, thread: Thread) -> Talk:
    asked, answer, action, last, remark = "", None, "", None, ""
    fingerprint = ""
    for step in thread.steps:
        if step.asks:
            # what is said after others were asked alone is not about this one
            asked = next((one.fingerprint for one in step.asks if one.id == query), "")
            if asked:
                fingerprint = asked
                answer, action, remark = None, "", ""
        elif step.ours or not asked:
            continue
        elif step.status == CLOSED:
            action, last, remark = "accept" if answer else "cancel", step, ""
        elif step.status == OPEN and step.response:
            reason = REASONS.get(step.response, "other")
            answer = Answer(number, reason, step.comment, step.user, _day(step), key=str(step.id))
            action, remark = "", ""
        elif step.status == OPEN and answer:
            action, last, remark = "back", step, ""
        elif step.status == OPEN and action == "cancel":
            # opened again, so the site is asked after all
            action, last, remark = "", None, step.comment
        else:
            remark = step.comment
    decision = None
    if action and last:
        decision = Decision(
            number, action, last.comment, last.user, _day(last), key=str(last.id), asked=fingerprint
        )
    return Talk(thread.status, answer, decision, remark)


def _day(step: Step) -> dt.date | None:
    return step.at.date() if step.at else None


def by_record(records: Iterable[str], threads: Iterable[Thread]) -> Mapping[str, Sequence[Thread]]:
    """Sort threads to their records; those without any are there as well."""
    found: dict[str, list[Thread]] = {record: [] for record in records}
    for one in threads:
        found[one.record].append(one)
    return found


def has_thread(query: Query) -> bool:
    """Tell whether a query is answered in a thread: the workflow knows fields, not forms or their status."""
    return not query.medical and bool(query.field) and query.field != f"{query.form}_complete"


def anywhere(_spot: Spot) -> bool:
    """Take every place to be there."""
    return True


def project(
    record: str,
    queries: Sequence[Query],
    threads: Iterable[Thread],
    exists: Callable[[Spot], bool] = anywhere,
) -> Projection:
    """Tell which threads to ask in and which to close so that they say what the queries say.

    A thread whose last step is a person's is left to people while it is open; the module would refuse it anyway.
    What stands already is not asked again.

    Args:
        record: Record id.
        queries: Its queries, by the project's names.
        threads: Its threads.
        exists: Whether the project has such a place; nothing is said where it has not.
    """
    there = {thread.spot: thread for thread in threads}
    spots: dict[Spot, list[Query]] = {}
    for query in queries:
        if query.state is not State.HELD and has_thread(query):
            spot = Spot(record, query.event, query.form, query.instance, query.field)
            spots.setdefault(spot, []).append(query)
    ask, close = [], []
    for spot in sorted({*spots, *there}):
        standing, thread = spots.get(spot, []), there.get(spot)
        if not exists(spot) or (thread and thread.status == OPEN and not thread.steps[-1].ours):
            continue
        wanted = tuple(
            Question(one.id, one.rule, one.fingerprint, one.text[:LONGEST])
            for one in sorted(standing, key=lambda one: one.number)
            if one.state in (State.OPEN, State.SENT_BACK)
        )
        if wanted:
            if not (thread and _stands(thread, wanted)):
                ask.append(Asking(spot, wanted))
        elif thread and thread.status == OPEN and not any(one.state.live for one in standing):
            agree = any(one.state is State.RESOLVED for one in standing)
            close.append(Closing(spot, "agree" if agree else "off"))
    return Projection(tuple(ask), tuple(close))


def stands(
    record: str, queries: Sequence[Query], threads: Iterable[Thread], exists: Callable[[Spot], bool]
) -> bool:
    """Tell whether threads say what the queries say, as far as they may."""
    projection = project(record, queries, threads, exists)
    return not projection.ask and not projection.close


def _stands(thread: Thread, wanted: Iterable[Question]) -> bool:
    """Tell whether the last step of an open thread asks just this."""
    return thread.status == OPEN and set(thread.steps[-1].asks) == {
        Asked(one.id, one.fingerprint) for one in wanted
    }
