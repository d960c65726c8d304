"""Which event of an organ a glucocorticoid course or a hospital stay belongs to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from redcap_licats.derive.timing import Period, end_of, first_day
from redcap_licats.subject.model import OrganEvent

Says = Callable[[OrganEvent], bool | None]


def claimants(period: Period, events: Sequence[OrganEvent], says: Says) -> tuple[OrganEvent, ...]:
    """Find the events of one organ that something given for this organ may belong to; several are ambiguous.

    First by date: events whose days (from the day before the first symptom to the end, or open) it touches; if it
    touches none, those with the nearest onset; all, if its date is unknown. Among several, the events' own forms
    decide: those that say yes, else those that do not say no.

    Args:
        period: Days of the course or stay, or the day it started.
        events: Events of the organ.
        says: The event form's yes/no answer to whether there was such a course or stay.
    """
    found = [one for one in events if touches(one, period)] or _nearest(period.first, events) or list(events)
    return tuple([one for one in found if says(one)] or [one for one in found if says(one) is None] or found)


def touches(event: OrganEvent, period: Period) -> bool:
    """Whether a dated period touches an event's days, of which the first is the day before the first symptom."""
    first = first_day(event)
    if first is None or period.first is None:
        return False
    return Period(first - dt.timedelta(days=1), end_of(event)).touches(period)


def _nearest(day: dt.date | None, events: Sequence[OrganEvent]) -> list[OrganEvent]:
    """Find the events whose onset is nearest to a day; several if equally near."""
    distances = [
        (abs((onset - day).days), one)
        for one in events
        if day and (onset := (one.onset.exact if one.onset else None) or first_day(one))
    ]
    least = min((distance for distance, _ in distances), default=0)
    return [one for distance, one in distances if distance == least]
