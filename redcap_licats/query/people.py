"""What the site answered and the monitor decided, taken once each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from redcap_licats.query.identity import taken
from redcap_licats.query.ledger import Ledger
from redcap_licats.query.lifecycle import LIFECYCLE, allowed
from redcap_licats.query.model import Answer, ConflictCode, Decision, Query, State, When

#: action of a decision -> step, for queries and for medical queries
ACTIONS: Mapping[bool, Mapping[str, When]] = {
    False: {"accept": When.ACCEPTED, "back": When.SENT_BACK, "cancel": When.CANCELLED},
    True: {"noted": When.NOTED, "adjudicate": When.ADJUDICATE, "release": When.TO_SITE},
}
NOTHING = "-"


def hear(query: Query, answer: Answer | None, decision: Decision | None, ledger: Ledger) -> Query:
    """Apply a new answer and a new decision to a query.

    Where both are new, the answer came first, unless the query had been answered before: then the monitor sent it
    back and the site answered again. An answer edited while the monitor decided on the former one is a conflict:
    the answer stands, and the monitor is asked to decide again. An answer to a held query waits for its release.
    """
    heard_answer, _, heard_decision = (query.acted or f"{NOTHING} {NOTHING}").partition(" ")
    answered, decided = _answer_hash(answer), _decision_hash(decision)
    new_answer = answer is not None and answered != heard_answer
    new_decision = decision is not None and decided not in (heard_decision, NOTHING)
    held = query.state is State.HELD
    if new_decision or (new_answer and not held):
        query = replace(query, conflict=None)
    # a thread tells the order: its decision comes after its answer
    if new_answer and new_decision and query.state is State.ANSWERED and not (decision and decision.key):
        if answer and decision and decision.action == "back":
            query = _answered(_decided(query, decision, ledger), answer, ledger)
        elif decision and decision.action == "cancel":
            query = _decided(query, decision, ledger)
        else:
            query = _conflict(query, ConflictCode.CROSSED, ledger)
    else:
        query = _answered(query, answer, ledger) if answer and new_answer and not held else query
        query = _decided(query, decision, ledger) if decision and new_decision else query
        query = _answered(query, answer, ledger) if answer and new_answer and held else query
    new_answer = new_answer and query.state is not State.HELD
    acted = f"{answered if new_answer else heard_answer} {decided if new_decision else heard_decision}"
    return replace(query, acted="" if acted == f"{NOTHING} {NOTHING}" else acted)


def cancelled_by_monitor(query: Query, decision: Decision | None) -> bool:
    """Tell whether it was the monitor who cancelled a query, not a check switched off or a row gone."""
    return query.state is State.CANCELLED and decision is not None and decision.action == "cancel"


def is_pending(query: Query, decision: Decision) -> bool:
    """Tell whether a decision was not yet taken into account."""
    return _decision_hash(decision) not in (NOTHING, query.acted.partition(" ")[2])


def _answer_hash(answer: Answer | None) -> str:
    if answer is None:
        return NOTHING
    return taken(answer.reason, answer.comment, answer.by, answer.date, *_keyed(answer))


def _decision_hash(decision: Decision | None) -> str:
    """Leave out what a manual query asks: that is its question, not a decision on it."""
    if decision is None or not decision.action:
        return NOTHING
    text = decision.text if decision.medical else ""
    return taken(decision.action, decision.comment, decision.by, decision.date, text, *_keyed(decision))


def _keyed(one: Answer | Decision) -> tuple[str, ...]:
    """Give the key where there is one; without it hashes are those of the forms."""
    return (one.key,) if one.key else ()


def _answered(query: Query, answer: Answer, ledger: Ledger) -> Query:
    """Take an answer; one that is edited before the monitor decides, or after the rule fell silent, stands."""
    if allowed(query.state, When.ANSWERED):
        return replace(ledger.move(query, When.ANSWERED), changed=False)
    if query.state in (State.CLOSED, State.CANCELLED) and not answer.key:
        return _conflict(query, ConflictCode.LATE_ANSWER, ledger)
    return query


def _decided(query: Query, decision: Decision, ledger: Ledger) -> Query:
    """Take a decision; one whose effect already stands was only edited.

    A thread that a person has is theirs to close once its query is over: that decides nothing.
    """
    when = ACTIONS[query.medical].get(decision.action)
    if when is None:
        code = ConflictCode.UNKNOWN_DECISION
    elif when is When.TO_SITE and not decision.text:
        code = ConflictCode.NO_TEXT
    elif allowed(query.state, when):
        return ledger.move(query, when)
    elif query.state in LIFECYCLE[when].values() or (decision.key and not query.state.live):
        return query
    elif decision.key and allowed(query.state, When.ANSWERED):
        # the answer decided on was heard before; it stands after all, unless the query is about other data now
        stands = when is When.ACCEPTED and (query.state is State.SENT_BACK or decision.asked == query.fingerprint)
        return ledger.move(ledger.move(query, When.ANSWERED), when) if stands else query
    else:
        code = ConflictCode.EARLY_DECISION if query.state.live else ConflictCode.LATE_DECISION
    return _conflict(query, code, ledger)


def _conflict(query: Query, code: ConflictCode, ledger: Ledger) -> Query:
    """Report a conflict and keep it beside the query until somebody writes again; the first of two is kept."""
    ledger.conflict(code, query.number, medical=query.medical)
    return replace(query, conflict=query.conflict or code)
