"""When an event began and ended: onset day, timing class, duration, resolution."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from redcap_licats.derive.model import TimingClass
from redcap_licats.protocol.settings import Timing
from redcap_licats.subject.model import OrganEvent


class Resolution(Enum):
    """Whether an event has ended."""

    ENDED = "ended"
    ONGOING = "ongoing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both included; None is open."""

    first: dt.date | None
    last: dt.date | None

    def touches(self, other: Period) -> bool:
        """Whether the two share a day."""
        return (self.last is None or other.first is None or other.first <= self.last) and (
            other.last is None or self.first is None or self.first <= other.last
        )

    def holds(self, day: dt.date) -> bool:
        """Whether a day lies within."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def onset_day(onset: dt.date | None, day_zero: dt.date | None) -> int | None:
    """Count the days from infusion (Day 0) to onset; None if either is unknown or only the month is known."""
    return (onset - day_zero).days if onset and day_zero else None


def timing_class(day: int | None, cuts: Timing) -> TimingClass | None:
    """Class an event by the days from infusion to onset; None before infusion.

    Source: P:S4 for the classes; the day of each cut is a study setting.
    """
    if day is None or day < 0:
        return None
    if day <= cuts.early_until:
        return TimingClass.EARLY
    return TimingClass.INTERMEDIATE if day <= cuts.intermediate_until else TimingClass.LATE


def resolution(event: OrganEvent) -> Resolution:
    """Tell whether an event has ended.

    *Ongoing* on the form rules over an end date, which the form hides then. Ended is what has an end
    date or an outcome that says so. With neither nothing is known.
    """
    if event.outcome == "fatal":
        return Resolution.ENDED
    if event.ongoing:
        return Resolution.ONGOING
    if event.end or event.outcome in ("resolved", "sequelae"):
        return Resolution.ENDED
    return Resolution.ONGOING if event.outcome == "ongoing" else Resolution.UNKNOWN


def end_of(event: OrganEvent) -> dt.date | None:
    """Give the last day of an event; None if it goes on or the day is not known."""
    return event.end if resolution(event) is Resolution.ENDED else None


def duration(event: OrganEvent) -> int | None:
    """Count the days from onset to end (facts 1.6); None unless both are full dates in order: none is imputed."""
    onset, end = event.onset.exact if event.onset else None, end_of(event)
    return (end - onset).days if onset and end and end >= onset else None


def first_day(event: OrganEvent) -> dt.date | None:
    """Give the first symptom's date, else the onset."""
    return event.symptom_start or (event.onset.exact if event.onset else None)
