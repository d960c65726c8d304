"""Glucocorticoid courses (GC)."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from redcap_licats.check import each
from redcap_licats.check.claims import unclear_owners
from redcap_licats.check.model import Due
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.exposure import daily_dose
from redcap_licats.derive.model import EventResult
from redcap_licats.protocol.models import Text
from redcap_licats.subject.model import Course, Subject


@check("GC01", each.course)
def started_before_onset(view: View, course: Course) -> Said:
    """A course that began within an earlier event of the organ belongs to that one."""
    for organ in sorted(course.indications & view.protocol.organs.keys()):
        events = [one for one in view.derived.events if one.event.organ == organ]
        onsets = [one.onset for one in events if one.onset]
        if course.start and onsets and len(onsets) == len(events) and course.start < min(onsets):
            first = next(one for one in events if one.onset == min(onsets))
            yield view.finding(
                course.place,
                "gc_start",
                read=(*view.cells(course.place, "gc_ind"), *view.cells(first.event.place, f"{organ}_onset")),
                organ=view.protocol.organs[organ].label,
                start=course.start,
                onset=min(onsets),
            )
            return


@check("GC02", each.course)
def ongoing_after_event(view: View, course: Course) -> Said:
    """Ask once all events of an organ that the course is for have ended for longer than the days set."""
    for organ in sorted(course.indications & view.protocol.organs.keys()):
        events = [one.event for one in view.derived.events if one.event.organ == organ]
        ends = [one.end for one in events if one.end and not one.ongoing]
        if not course.ongoing or not course.start or not ends or len(ends) < len(events):
            continue
        due = max(ends) + view.days("after_end_days") + dt.timedelta(days=1)
        if view.today < due:
            yield Due(due)
            continue
        cells = (view.cell(one.place, f"{organ}_end") for one in events)
        yield view.finding(
            course.place,
            "gc_ongoing",
            read=(*view.cells(course.place, "gc_start", "gc_stop", "gc_ind"), *cells),
            organ=view.protocol.organs[organ].label,
            start=course.start,
            limit=view.number("after_end_days"),
            end=max(ends),
        )
        return


@check("GC03", each.course)
def dose_implausible(view: View, course: Course) -> Said:
    equivalent = daily_dose(course, view.protocol.glucocorticoids)
    if not course.systemic or equivalent is None:
        return
    if not view.number("lowest") <= equivalent <= view.number("highest"):
        yield view.finding(
            course.place,
            "gc_dose",
            read=view.cells(course.place, "gc_drug", "gc_unit", "gc_freq"),
            dose=course.dose,
            unit=course.unit,
            equivalent=equivalent,
            lowest=view.number("lowest"),
            highest=view.number("highest"),
        )


@check("GC04", each.course)
def salt_missing(view: View, course: Course) -> Said:
    drug = view.protocol.glucocorticoids.get(course.drug)
    if drug and drug.salts and course.systemic and view.blank(course.place, "gc_salt"):
        yield view.finding(course.place, "gc_salt", read=view.cells(course.place, "gc_drug"), drug=drug.label)


@check("GC05", each.subject)
def segments_overlap_or_gap(view: View, subject: Subject) -> Said:
    """Compare consecutive segments of a drug that share an indication; a change on the same day is no overlap."""
    for drug in sorted({one.drug for one in subject.courses if one.drug}):
        segments = [
            one
            for one in subject.courses
            if one.drug == drug and one.systemic and one.frequency != "once" and one.start
        ]
        for before, after in pairwise(segments):
            if before.start is None or after.start is None or not before.indications & after.indications:
                continue
            last = None if before.ongoing else before.stop
            gap = (after.start - last).days - 1 if last else -1 if before.ongoing else 0
            overlap = after.start < last if last else bool(before.ongoing)
            if overlap or 0 < gap <= view.number("gap_until_days"):
                yield view.finding(
                    after.place,
                    "gc_start",
                    read=(
                        *view.cells(after.place, "gc_drug", "gc_ind"),
                        *view.cells(before.place, "gc_drug", "gc_ind", "gc_start", "gc_stop", "gc_ongoing"),
                    ),
                    drug=view.protocol.glucocorticoids[drug].label,
                    stop=last,
                    start=after.start,
                    limit=view.number("gap_until_days"),
                )


@check("GC06", each.course)
def one_course_two_indications(view: View, course: Course) -> Said:
    organs = sorted(course.indications & view.protocol.organs.keys())
    others = sorted(course.indications & {"crs", "icans"})
    if course.systemic and organs and others:
        labels: list[Text | str] = [view.protocol.organs[organ].label for organ in organs]
        yield view.finding(
            course.place,
            "gc_ind",
            read=view.cells(course.place, "gc_start"),
            start=course.start,
            indications=listed([*labels, *(one.upper() for one in others)]),
        )


@check("GC07", each.event)
def very_low_dose_for_grade_2(view: View, event: EventResult) -> Said:
    one, peak = event.event, event.exposure.peak
    if one.investigator_grade == 2 and peak is not None and peak < view.number("below"):
        fields = ("gc_dose", "gc_drug", "gc_unit", "gc_freq", "gc_ind")
        cells = [cell for place in event.exposure.courses for cell in view.cells(place, *fields)]
        yield view.finding(one.place, f"{one.organ}_inv_grade", read=cells, peak=peak, limit=view.number("below"))


@check("GC08", each.course)
def course_of_no_single_event(view: View, course: Course) -> Said:
    """Ask once per course that may be for several events: it is counted for none of them."""
    owners = [one for one in view.derived.events if course.place in one.exposure.unclear]
    if owners:
        events, cells = unclear_owners(view, owners, "gc")
        read = (*view.cells(course.place, "gc_start"), *cells)
        yield view.finding(course.place, "gc_ind", read=read, start=course.start, events=events)
