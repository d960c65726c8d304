"""Neutropenia (ICAHT) and thrombocytopenia after infusion, graded by how low and for how long.

Between two counts a run lasts to the day before the first count beyond the limit. What is done about days without
a count and about short recoveries is a study setting beside each scale.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from redcap_licats.derive.measurements import above, below, laboratory_values
from redcap_licats.derive.model import Measurement, Reason
from redcap_licats.derive.toxicity import Graded
from redcap_licats.protocol.base import exact
from redcap_licats.protocol.models import Protocol
from redcap_licats.protocol.toxicity import CountBand, CountScale
from redcap_licats.subject.model import Subject

HIGHEST = 4


@dataclass(frozen=True, slots=True)
class _Counts:
    """The counts of a scale's days by day from infusion, the days themselves, and the first count after them."""

    first: int
    last: int
    by_day: tuple[tuple[int, tuple[Measurement, ...]], ...]
    following: int | None


def grade_counts(scale: CountScale, subject: Subject, protocol: Protocol) -> tuple[Graded, Reason]:
    """Grade one blood count; None while days without a count, or censor signs, leave a higher grade open.

    A subject who dies within the days of the scale is followed to the day of death.
    """
    day_zero = subject.day_zero
    values = [one for one in laboratory_values(subject, protocol.analytes[scale.analyte]) if day_zero]
    counts = _counts(values, day_zero, scale, subject)
    graded = _graded(counts, scale) if counts else Graded(None, ("infusion_date",))
    used = [one.input for _, of_day in counts.by_day for one in of_day] if counts else []
    own = [subject.cell(subject.infusion.place, "inf_date")] if subject.infusion else []
    if subject.disposition:
        own.append(subject.cell(subject.disposition.place, "dsp_death"))
    remark = "missing: " + " ".join(graded.missing) if graded.missing else ""
    return graded, Reason("blood_count", (*own, *used), remark)


def _counts(
    values: Sequence[Measurement], day_zero: dt.date | None, scale: CountScale, subject: Subject
) -> _Counts | None:
    if day_zero is None:
        return None
    death = subject.disposition.death if subject.disposition else None
    last = min(scale.last_day, (death - day_zero).days) if death else scale.last_day
    days = [((date - day_zero).days, tuple(of_day)) for date, of_day in groupby(values, key=lambda one: one.date)]
    return _Counts(
        scale.first_day,
        last,
        tuple((day, of_day) for day, of_day in days if scale.first_day <= day <= last),
        next((day for day, _ in days if day > last), None),
    )


def _graded(counts: _Counts, scale: CountScale) -> Graded:
    """Grade with every open answer as *not low*, and again as *low*: only what both agree on is known."""
    if not counts.by_day:
        return Graded(None, ("counts",))
    answers = [[_low_day(of_day, band) for _, of_day in counts.by_day] for band in scale.band]
    least = _grade([[bool(one) for one in of_band] for of_band in answers], counts, scale)
    if least == HIGHEST:
        return Graded(least)
    if scale.covered and not _covered(counts, scale.gap_days):
        return Graded(None, ("counts",))
    if any(None in of_band for of_band in answers):
        most = _grade([[one is not False for one in of_band] for of_band in answers], counts, scale)
        return Graded(least) if least == most else Graded(None, ("count_censored",))
    return Graded(least)


def _grade(low: Sequence[Sequence[bool]], counts: _Counts, scale: CountScale) -> int:
    """Give the highest grade reached; ``low`` tells of each band and day whether the count is within the limit."""
    days = [day for day, _ in counts.by_day]
    mildest = min(range(len(scale.band)), key=lambda index: scale.band[index].grade)
    if scale.two_values and sum(low[mildest]) == 1 < len(days):
        return 0
    grades = [0]
    for band, of_band in zip(scale.band, low, strict=True):
        if band.never_above:
            reached = all(of_band) and _covered(counts, scale.gap_days)
        else:
            run = longest_run([*zip(days, of_band, strict=True)], counts.last, counts.following, scale)
            reached = run >= band.days
        if reached:
            grades.append(band.grade)
    return max(grades)


def _low_day(of_day: Sequence[Measurement], band: CountBand) -> bool | None:
    """Tell whether the lowest count of a day is within a band's limit; None where a censor sign leaves it open."""
    answers = {_low(one, band) for one in of_day}
    return True if True in answers else None if None in answers else False


def _low(one: Measurement, band: CountBand) -> bool | None:
    if band.below is not None:
        return below(one, exact(band.below))
    beyond = above(one, exact(band.at_most or 0))
    return None if beyond is None else not beyond


def longest_run(counts: Sequence[tuple[int, bool]], last: int, following: int | None, scale: CountScale) -> int:
    """Give the days of the longest run of low counts.

    Args:
        counts: Days from infusion in order, each with whether its count is low.
        last: Last day that counts.
        following: Day of the first count after it.
        scale: Gives the days that end a run.
    """
    longest, start = 0, 0
    end: int | None = None
    for index, (day, low) in enumerate(counts):
        if not low:
            continue
        after = counts[index + 1][0] if index + 1 < len(counts) else following
        seen = after is not None and after - day - 1 <= scale.gap_days
        if end is None or day - end - 1 >= scale.recovered_days:
            start = day
        end = min(after - 1, last) if seen and after is not None else day
        longest = max(longest, end - start + 1)
        if not seen:
            end = None
    return longest


def _covered(counts: _Counts, gap: int) -> bool:
    """Tell whether nowhere in the scale's days more than the days of a gap are without a count."""
    edges = (counts.first - 1, *(day for day, _ in counts.by_day), counts.last + 1)
    return all(after - day - 1 <= gap for day, after in pairwise(edges))
