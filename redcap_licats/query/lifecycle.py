"""The lifecycle of a query as one table (RULES.md). Nothing changes a state except through :func:`step`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from redcap_licats.query.model import Query, State, When

Actor = Literal["site", "monitor", ""]
"""Who must act on a query; '' for nobody."""

HELD, OPEN, ANSWERED, SENT_BACK = State.HELD, State.OPEN, State.ANSWERED, State.SENT_BACK
RESOLVED, CLOSED, CANCELLED = State.RESOLVED, State.CLOSED, State.CANCELLED

#: why -> from -> to; None before ``from`` is a new query, None after ``to`` one that leaves no trace.
#: A held query that is switched off was never seen by anybody, so it is gone rather than cancelled.
#: Voices: the re-check of the rule, the site's answer, the monitor's decision (with the medical decisions), time.
LIFECYCLE: Mapping[When, Mapping[State | None, State | None]] = {
    # the rule
    When.FIRES: {None: HELD},
    When.RELEASED: {None: OPEN, HELD: OPEN},
    When.GONE: {HELD: None},
    When.NO_LONGER: {OPEN: RESOLVED, ANSWERED: RESOLVED, SENT_BACK: RESOLVED},
    When.AGAIN: {RESOLVED: OPEN},
    When.CHANGED: {OPEN: OPEN, ANSWERED: ANSWERED, SENT_BACK: SENT_BACK, CLOSED: OPEN},
    When.SWITCHED_OFF: dict.fromkeys((OPEN, ANSWERED, SENT_BACK), CANCELLED),
    # the site
    When.ANSWERED: {OPEN: ANSWERED, SENT_BACK: ANSWERED},
    # the monitor
    When.ACCEPTED: {ANSWERED: CLOSED},
    When.SENT_BACK: {ANSWERED: SENT_BACK},
    When.CANCELLED: dict.fromkeys((HELD, OPEN, ANSWERED, SENT_BACK), CANCELLED),
    When.RAISED: {None: OPEN},
    # the monitor on a medical query: noting or handing it to the site closes it, adjudication is its answer
    When.NOTED: {OPEN: CLOSED, ANSWERED: CLOSED, SENT_BACK: CLOSED},
    When.ADJUDICATE: {OPEN: ANSWERED, SENT_BACK: ANSWERED},
    When.TO_SITE: {None: OPEN, OPEN: CLOSED, ANSWERED: CLOSED, SENT_BACK: CLOSED},
}


def allowed(source: State | None, when: When) -> bool:
    """Tell whether the table has this step."""
    return source in LIFECYCLE[when]


def step(source: State | None, when: When) -> State | None:
    """Look up where a query goes.

    Raises:
        KeyError: The table has no such step; a programming error.
    """
    return LIFECYCLE[when][source]


def waits_for(query: Query) -> Actor:
    """Name who must act: the site on an open or returned query, the monitor on an answered or medical one."""
    if query.state not in (OPEN, ANSWERED, SENT_BACK):
        return ""
    return "monitor" if query.medical or query.state is ANSWERED else "site"
