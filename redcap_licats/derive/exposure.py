"""Systemic glucocorticoid for an event, in prednisolone equivalents above maintenance.

A course is *for the event* when its indications name the event's organ (then, among several events of the organ,
by date: :mod:`attribution`). A course without any indication belongs to an event by overlap of dates alone, if
exactly one event that it touches says that it was given and has no course of its own. Otherwise the event's form
alone tells.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from redcap_licats.derive.attribution import claimants, touches
from redcap_licats.derive.model import Exposure, Reason
from redcap_licats.derive.timing import Period
from redcap_licats.protocol.models import Glucocorticoid, Protocol
from redcap_licats.subject.model import Course, Input, OrganEvent, Place, Subject

#: administrations per day; a single dose is given on its first day only
PER_DAY: Mapping[str, Fraction] = {
    "od": Fraction(1),
    "bid": Fraction(2),
    "tid": Fraction(3),
    "qid": Fraction(4),
    "qod": Fraction(1, 2),
    "once": Fraction(1),
}
FIELDS = ("drug", "salt", "dose", "unit", "freq", "route", "start", "stop", "ongoing", "ind")


def exposures(subject: Subject, protocol: Protocol) -> Mapping[str, tuple[Exposure, Reason]]:
    """Give the exposure of every event by its key, with its reason."""
    assigned, unclear, by_overlap = _assign(subject)
    return {
        event.key: (
            _exposure(event, assigned[event.key], unclear[event.key], event.key in by_overlap, subject, protocol),
            Reason("exposure", _inputs(event, subject)),
        )
        for event in subject.events
    }


def daily_dose(course: Course, glucocorticoids: Mapping[str, Glucocorticoid]) -> Fraction | None:
    """Convert a course to mg prednisolone per day (every other day: the mean); None if anything is missing.

    The factors are those of the base; see :func:`is_convertible`. Source: P:S28; the table's version is in the
    protocol.
    """
    drug = glucocorticoids.get(course.drug)
    if (
        not drug
        or drug.factor is None
        or course.dose is None
        or not course.unit
        or course.frequency not in PER_DAY
    ):
        return None
    return course.dose * (1000 if course.unit == "g" else 1) * PER_DAY[course.frequency] * drug.factor


def is_convertible(course: Course, glucocorticoids: Mapping[str, Glucocorticoid]) -> bool:
    """Whether the dose is not one of a phosphate, for which no factor is published (facts 3.7)."""
    drug = glucocorticoids.get(course.drug)
    return not (drug and drug.salts and course.salt == "phos")


def running(courses: Iterable[Course], day: dt.date) -> list[Course]:
    """Find the courses that are given on a day."""
    return [one for one in courses if one.start and Period(one.start, _last(one)).holds(day)]


def _last(course: Course) -> dt.date | None:
    """Give a course's last day; *ongoing* rules over a stop date, which the form hides then."""
    if course.frequency == "once":
        return course.start
    if course.ongoing or (course.start and course.stop and course.stop < course.start):
        return None
    return course.stop


def _assign(subject: Subject) -> tuple[Mapping[str, list[Course]], Mapping[str, list[Place]], set[str]]:
    """Give every systemic course to the event it was for; a course of several candidates is given to none.

    Returns:
        Courses by event key; ambiguous ones by event key; keys of events given one by overlap.
    """
    assigned: dict[str, list[Course]] = defaultdict(list)
    unclear: dict[str, list[Place]] = defaultdict(list)
    systemic = [one for one in subject.courses if one.systemic]
    for course in systemic:
        for organ in sorted(course.indications):
            events = [one for one in subject.events if one.organ == organ]
            _give(course, claimants(Period(course.start, course.start), events, _given), assigned, unclear)
    with_own = set(assigned)
    for course in systemic:
        if not course.indications:
            day = Period(course.start, course.start)
            near = [one for one in subject.events if one.key not in with_own and touches(one, day)]
            _give(course, [one for one in near if one.glucocorticoid], assigned, unclear)
            if not any(one.glucocorticoid for one in near):
                for one in near:
                    if one.glucocorticoid is None:
                        unclear[one.key].append(course.place)
    return assigned, unclear, set(assigned) - with_own


def _given(event: OrganEvent) -> bool | None:
    return event.glucocorticoid


def _give(
    course: Course,
    events: Sequence[OrganEvent],
    assigned: dict[str, list[Course]],
    unclear: dict[str, list[Place]],
) -> None:
    if len(events) == 1:
        assigned[events[0].key].append(course)
        return
    for one in events:
        unclear[one.key].append(course.place)


def _exposure(
    event: OrganEvent,
    courses: Sequence[Course],
    unclear: Sequence[Place],
    by_overlap: bool,
    subject: Subject,
    protocol: Protocol,
) -> Exposure:
    if not courses:
        stated = "form" if event.glucocorticoid else ""
        return Exposure(event.glucocorticoid, attribution=stated, unclear=tuple(dict.fromkeys(unclear)))
    starts = [one.start for one in courses if one.start]
    levels = _levels(courses, subject, protocol)
    days = sum(level.days for level in levels)
    closed = len(starts) == len(courses) and all(_last(one) for one in courses)
    above = [level.above for level in levels if level.above is not None]
    known = bool(levels) and len(above) == len(levels)
    return Exposure(
        given=True,
        attribution="overlap" if by_overlap else "indication",
        start=min(starts, default=None),
        days=days if closed else None,
        days_at_least=days,
        peak=max(above) if known else None,
        cumulative=sum((one.above * one.days for one in levels if one.above), Fraction())
        if known and closed
        else None,
        unclear=tuple(dict.fromkeys(unclear)),
        unconverted=not all(is_convertible(one, protocol.glucocorticoids) for one in courses),
        courses=tuple(one.place for one in courses),
    )


@dataclass(frozen=True, slots=True)
class _Level:
    """Consecutive days on one dose; ``above`` maintenance in mg/day, None if a dose is not known."""

    days: int
    above: Fraction | None


def _levels(courses: Sequence[Course], subject: Subject, protocol: Protocol) -> list[_Level]:
    """Cut the exposed days where a dose changes.

    Maintenance is what courses with that indication give on the day before the event's first course. What they go
    on to give meanwhile counts up to that level, so that it does not matter whether a site adds the event's dose
    beside the maintenance course or replaces it. A course without a known last day counts on its first day only.
    """
    dated = [one for one in courses if one.start]
    if not dated:
        return []
    maintenance = [one for one in subject.courses if one.systemic and "maint" in one.indications and one.start]
    beside = [one for one in maintenance if one not in courses]
    eve = min(one.start for one in dated if one.start) - dt.timedelta(days=1)
    usual = _total(running(maintenance, eve), protocol)
    cuts: set[int] = set()
    for one in (*dated, *beside):
        if one.start:
            cuts |= {one.start.toordinal(), (_last(one) or one.start).toordinal() + 1}
    levels = []
    edges = sorted(cuts)
    for first, after in pairwise(edges):
        day = dt.date.fromordinal(first)
        active = [one for one in dated if one.start and one.start <= day <= (_last(one) or one.start)]
        if active:
            dose, parallel = _total(active, protocol), _total(running(beside, day), protocol)
            above = (
                None
                if dose is None or parallel is None or usual is None
                else max(Fraction(), dose + min(parallel, usual) - usual)
            )
            levels.append(_Level(after - first, above))
    return levels


def _total(courses: Iterable[Course], protocol: Protocol) -> Fraction | None:
    table = protocol.glucocorticoids
    doses = [daily_dose(one, table) if is_convertible(one, table) else None for one in courses]
    known = [one for one in doses if one is not None]
    return sum(known, Fraction()) if len(known) == len(doses) else None


def _inputs(event: OrganEvent, subject: Subject) -> tuple[Input, ...]:
    """Name the cells considered: the event's, and the courses that may be for it or stand beside it."""
    beside = {event.organ, "maint", "crs", "icans"}
    courses = [one for one in subject.courses if not one.indications or one.indications & beside]
    own = [subject.cell(event.place, f"{event.organ}_{concept}") for concept in ("gc", "sx_start", "onset", "end")]
    return (*own, *(subject.cell(course.place, f"gc_{concept}") for course in courses for concept in FIELDS))
