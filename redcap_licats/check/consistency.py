"""Consent, completeness and counts (CO, RP)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby

from redcap_licats.check import each
from redcap_licats.check.model import Due
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.required import required_blank
from redcap_licats.check.shown import listed
from redcap_licats.derive.classification import rulings_on
from redcap_licats.derive.model import EventResult
from redcap_licats.subject.model import Enrolment, Stay, Subject

DAY = dt.timedelta(days=1)


@check("CO01", each.enrolment)
def consent_after_procedure(view: View, enrolment: Enrolment) -> Said:
    infusion = view.subject.infusion
    if infusion is None or enrolment.consent is None:
        return
    steps = {
        "inf_leuk_date": infusion.leukapheresis,
        "inf_ld_start": infusion.lymphodepletion_start,
        "inf_date": infusion.date,
    }
    dated = [(date, field) for field, date in steps.items() if date]
    if dated and enrolment.consent > min(dated)[0]:
        date, field = min(dated)
        yield view.finding(
            enrolment.place,
            "enr_consent_date",
            read=view.cells(infusion.place, *steps),
            consent=enrolment.consent,
            item=view.phrase(field),
            date=date,
        )


@check("CO02", each.event)
def unusual_organ(view: View, event: EventResult) -> Said:
    enrolment, organ = view.subject.enrolment, event.event.organ
    if enrolment and organ in view.words(enrolment.diagnosis):
        yield view.finding(
            event.event.place,
            f"{organ}_onset",
            read=view.cells(enrolment.place, "enr_dx"),
            organ=view.protocol.organs[organ].label,
            diagnosis=view.answer("enrolment", "dx", enrolment.diagnosis),
        )


@check("CO03", each.subject)
def complete_with_blanks(view: View, subject: Subject) -> Said:
    """Ask once per form, whatever the number of blanks."""
    for place, status in subject.statuses.items():
        blank = required_blank(subject, place, view.protocol) if status == "2" else {}
        if blank:
            yield view.finding(
                place,
                f"{place.form}_complete",
                read=view.cells(place, *blank),
                count=len(blank),
                fields=listed(blank.values()),
            )


@check("CO04", each.stay)
def days_without_assessment(view: View, stay: Stay) -> Said:
    """Ask once per stay; a day becomes due when the days of grace after it have passed."""
    last_known = view.today if stay.ongoing else stay.discharge
    if view.day_zero is None or stay.admission is None or last_known is None:
        return
    first = max(stay.admission, view.day_zero + view.days("first_day"))
    last = min(last_known, view.day_zero + view.days("last_day"))
    grace = view.days("grace_days")
    seen = {one.date for one in view.subject.assessments}
    missing = [day for day in _days(first, last) if day not in seen]
    open_ones = [day for day in missing if day + grace < view.today]
    if len(open_ones) < len(missing):
        yield Due(missing[len(open_ones)] + grace + DAY)
    elif stay.ongoing and last == view.today:
        yield Due(view.today + grace + 2 * DAY)
    if open_ones:
        inside = [one for one in view.subject.assessments if one.date and first <= one.date <= last]
        yield view.finding(
            stay.place,
            "hos_adm",
            read=(
                *view.cells(stay.place, "hos_dis", "hos_ongoing"),
                *(view.cell(one.place, "asm_date") for one in inside),
            ),
            first=view.number("first_day"),
            last=view.number("last_day"),
            days=listed(_runs(view, open_ones)),
        )


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    return (first + number * DAY for number in range((last - first).days + 1))


def _runs(view: View, days: list[dt.date]) -> Iterator[str]:
    """Write days as Day 3, Day 5-7."""
    numbers = [view.day(one) or 0 for one in days]
    for _, run in groupby(enumerate(numbers), key=lambda one: one[1] - one[0]):
        found = [number for _, number in run]
        yield f"Day {found[0]}" if len(found) == 1 else f"Day {found[0]}-{found[-1]}"


@check("CO07", each.event)
def adjudicated_and_still_counted(view: View, event: EventResult) -> Said:
    """Ask where a reviewer's last ruling is *not LICATS* and no consensus settles it, yet the event counts."""
    rulings = rulings_on(event.event, view.subject)
    last = {one.reviewer: one for one in rulings}
    against = [one for one in last.values() if one.classification == "not_licats"]
    if event.counts and against and "consensus" not in last:
        fields = ("adj_reviewer", "adj_class", "adj_date")
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_onset",
            read=[cell for one in last.values() for cell in view.cells(one.place, *fields)],
            adjudged=view.answer("licats_adjudication", "class", "not"),
            date=against[-1].date,
            classification=view.answer("licats_adjudication", "class", event.final_classification.value),
        )


@check("RP01", each.subject)
def counts_differ(view: View, subject: Subject) -> Said:
    forms = {f"licats_{slug}" for slug in view.protocol.organs}
    rows = [place for place, row in subject.values.items() if place.form in forms and row]
    if len(rows) != len(view.derived.events) and subject.enrolment:
        yield view.finding(subject.enrolment.place, "enr_age", rows=len(rows), derived=len(view.derived.events))
