"""B-cell aplasia of a subject, and at the onset of an event.

The cut-off is a study setting (facts 6, 9a). Counts from the infusion on are used; a count whose censor sign
leaves open on which side of the cut-off it lies is not.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from redcap_licats.derive.measurements import baseline_of, below, laboratory_values
from redcap_licats.derive.model import Aplasia, BCells, Measurement
from redcap_licats.protocol.base import exact
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.model import Subject, Tri


@dataclass(frozen=True, slots=True)
class BCellCourse:
    """The counts after infusion, each with whether it is below the cut-off, and the aplasia they show."""

    counts: tuple[tuple[Measurement, bool], ...]
    aplasia: Aplasia


def follow_b_cells(subject: Subject, protocol: Protocol) -> BCellCourse:
    """Find the first count below the cut-off after infusion and the first recovered count after that."""
    day_zero, limit = subject.day_zero, exact(protocol.settings.aplasia.below)
    values = laboratory_values(subject, protocol.analytes["bcell"])
    judged = [(one, below(one, limit)) for one in values if day_zero and one.date >= day_zero]
    counts = tuple((one, low) for one, low in judged if low is not None)
    start = next((one.date for one, low in counts if low), None)
    end = next((one.date for one, low in counts if start and one.date > start and not low), None)
    return BCellCourse(counts, Aplasia(start, end))


def b_cells_before(subject: Subject, protocol: Protocol) -> Measurement | None:
    """Give the last count before lymphodepletion; None without one, or while its first day is not known.

    A count of later, though before the infusion, is not taken: lymphodepletion has already lowered it.
    """
    baseline = baseline_of(laboratory_values(subject, protocol.analytes["bcell"]), subject.infusion)
    return None if baseline.fallback else baseline.measurement


def b_cells_at(onset: dt.date | None, course: BCellCourse, within_days: int) -> BCells:
    """Give the count nearest to onset, and whether the onset lies in the aplasia.

    *No*: a recovered count on or before the onset, or no count below the cut-off ever and one above it near the
    onset. *Yes*: from the first count below the cut-off, or the days set before it, to the recovered count;
    without one, to the days set after the last count. Else *unknown*. Of two counts equally near the earlier is
    taken.
    """
    if onset is None:
        return BCells(None, "unknown")
    window = dt.timedelta(days=within_days)
    near = [(abs(one.date - onset), one.date, one) for one, _ in course.counts if abs(one.date - onset) <= window]
    count = min(near, key=lambda row: row[:2])[-1] if near else None
    return BCells(count, _in_aplasia(onset, course, count, window))


def _in_aplasia(onset: dt.date, course: BCellCourse, count: Measurement | None, window: dt.timedelta) -> Tri:
    start, end = course.aplasia.start, course.aplasia.end
    if start is None:
        return "no" if count else "unknown"
    if end and end <= onset:
        return "no"
    if start - window <= onset:
        return "yes" if end or onset <= course.counts[-1][0].date + window else "unknown"
    return "unknown"


def b_cells_used(bcells: BCells, course: BCellCourse) -> list[Measurement]:
    """List the counts that an answer at onset rests on: the nearest, and those that bound the aplasia."""
    bounds = {course.aplasia.start, course.aplasia.end}
    return [one for one, _ in course.counts if one is bcells.count or one.date in bounds]
