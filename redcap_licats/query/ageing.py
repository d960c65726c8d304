"""How old queries are and who must act: what reports say of time. REDCap holds dates only, never ages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.query.lifecycle import Actor, waits_for
from redcap_licats.query.model import Query, State


@dataclass(frozen=True, slots=True)
class Age:
    """A query's age on one day.

    Attributes:
        waits_for: ``site`` or ``monitor``; '' where nobody must act, as of a held query.
        days_open: Days since the query was last opened, until today or until it was settled or cancelled; None of
            one never opened.
        days_in_state: Days since its state last changed.
        target_days: Days within which who must act is to do so, by severity (a study setting); None where nobody
            must act or the study sets no target.
        due: Last day within the target, counted from the day on which the query came to who must act.
        overdue: Whether that day is past.
        reopened: How often the query was opened again.
        changed: Whether the cells changed, rule still firing, since it was last opened or answered.
    """

    waits_for: Actor
    days_open: int | None
    days_in_state: int
    target_days: int | None
    due: dt.date | None
    overdue: bool
    reopened: int
    changed: bool


def age_of(query: Query, target_days: Mapping[str, int], today: dt.date) -> Age:
    """Tell how old a query is today.

    Args:
        query: The query as REDCap holds it.
        target_days: Severity -> days (``protocol.settings.queries.target_days``).
        today: The day of the report, or the data cut. A query dated after it is 0 days old.
    """
    actor = waits_for(query)
    target = target_days.get(query.severity) if actor else None
    due = query.since + dt.timedelta(days=target) if target is not None else None
    until = today if query.state.live else query.since
    return Age(
        waits_for=actor,
        days_open=_days(query.opened, until) if query.opened and query.state is not State.HELD else None,
        days_in_state=_days(query.since, today),
        target_days=target,
        due=due,
        overdue=due is not None and due < today,
        reopened=query.reopened,
        changed=query.changed,
    )


def _days(start: dt.date, end: dt.date) -> int:
    return max((end - start).days, 0)
