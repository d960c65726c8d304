"""Cumulative incidence of a first event where death competes with it: the Aalen–Johansen estimator.

SciPy has the Kaplan–Meier estimator only (``scipy.stats.ecdf``), which would count the dead as if they could still
have the event. Without deaths the two are the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Fate(StrEnum):
    """How the observation of a subject ended: with the event, with death, or with neither so far."""

    EVENT = "event"
    DEATH = "death"
    CENSORED = "censored"


@dataclass(frozen=True, slots=True)
class Observed:
    """One subject: the day from infusion (Day 0) on which the observation ended, and how."""

    day: int
    fate: Fate


@dataclass(frozen=True, slots=True)
class Curve:
    """Steps of the cumulative incidence, as proportions; ``ends`` are the days on which observation ended."""

    days: tuple[int, ...]
    incidence: tuple[float, ...]
    events: int
    ends: tuple[int, ...]

    def at(self, day: int) -> float | None:
        """Give the incidence up to a day, that day included; None once nobody is under observation any more.

        Where everybody had the event or died before, the estimate stands.
        """
        place = bisect_right(self.days, day)
        known = self.incidence[place - 1] if place else 0.0
        return known if self.at_risk(day) or self.complete else None

    def at_risk(self, day: int) -> int:
        """Count the subjects under observation at the beginning of a day."""
        return sum(end >= day for end in self.ends)

    @property
    def complete(self) -> bool:
        """Whether the last observation ended with the event or death, so that nothing can change any more."""
        return bool(self.days) and self.days[-1] == max(self.ends)


def cumulative_incidence(observed: Iterable[Observed]) -> Curve:
    """Estimate the cumulative incidence (Aalen and Johansen, Scand J Statist 1978;5:141-150).

    On one day events come before censoring. The curve has a step on every day with an event or a death. It is
    reckoned in exact fractions, so that shares add up and never exceed 1.
    """
    ended = Counter((one.day, one.fate) for one in observed)
    ends = sorted(day for (day, _), number in ended.items() for _ in range(number))
    days, steps = [], []
    free, incidence, at_risk = Fraction(1), Fraction(0), len(ends)
    for day in sorted(set(ends)):
        events, deaths = ended[day, Fate.EVENT], ended[day, Fate.DEATH]
        if events or deaths:
            incidence += free * Fraction(events, at_risk)
            free *= 1 - Fraction(events + deaths, at_risk)
            days.append(day)
            steps.append(float(incidence))
        at_risk -= events + deaths + ended[day, Fate.CENSORED]
    number = sum(count for (_, fate), count in ended.items() if fate is Fate.EVENT)
    return Curve(tuple(days), tuple(steps), number, tuple(ends))
