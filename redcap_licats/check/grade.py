"""The recorded grade, what was done for the event, and CTCAE (GR)."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from itertools import pairwise

from redcap_licats.check import each
from redcap_licats.check.claims import claims, entered, measured_cells
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.grade import OTHER_IMMUNOSUPPRESSION
from redcap_licats.derive.measurements import laboratory_values
from redcap_licats.derive.model import EventResult
from redcap_licats.derive.timing import Period, end_of, first_day
from redcap_licats.subject.model import Input, Stay


def _grade_field(event: EventResult) -> str:
    return f"{event.event.organ}_inv_grade"


def _course_cells(view: View, event: EventResult) -> list[Input]:
    return [
        cell
        for place in event.exposure.courses
        for cell in view.cells(place, "gc_start", "gc_ind", "gc_drug", "gc_dose", "gc_unit", "gc_freq")
    ]


def _stays(view: View, event: EventResult) -> list[Stay]:
    return [stay for stay in view.subject.stays if stay.place in event.stay.places]


def _stay_cells(view: View, stays: list[Stay]) -> list[Input]:
    fields = ("hos_adm", "hos_dis", "hos_reason", "hos_prol_reason", "hos_icu_in", "hos_icu_out", "hos_icu_reason")
    return [cell for stay in stays for cell in view.cells(stay.place, *fields)]


@check("GR01", each.event)
def grade_1_with_glucocorticoid(view: View, event: EventResult) -> Said:
    one = event.event
    if one.investigator_grade == 1 and event.exposure.given:
        read = (*view.cells(one.place, f"{one.organ}_gc"), *_course_cells(view, event))
        yield view.finding(one.place, _grade_field(event), read=read, start=event.exposure.start)


@check("GR02", each.event)
def grade_2_without_course(view: View, event: EventResult) -> Said:
    one = event.event
    if one.investigator_grade == 2 and not event.exposure.courses and not event.exposure.ambiguous:
        yield view.finding(one.place, _grade_field(event), read=view.cells(one.place, f"{one.organ}_gc"))


@check("GR03", each.event)
def grade_2_without_reason(view: View, event: EventResult) -> Said:
    one, start, first = event.event, event.exposure.start, first_day(event.event)
    if one.investigator_grade == 2 and "G2_REASON_NOT_MET" in event.flags and start and first:
        fields = (f"{one.organ}_{concept}" for concept in ("sx_start", "onset", "gc_reason", "inner"))
        yield view.finding(
            one.place,
            _grade_field(event),
            read=(*view.cells(one.place, *fields), *_course_cells(view, event)),
            symptoms=first,
            start=start,
            days=(start - first).days,
            limit=view.protocol.settings.grading.symptoms_longer_than_days,
        )


@check("GR04", each.event)
def grade_3_without_stay(view: View, event: EventResult) -> Said:
    one = event.event
    if one.investigator_grade == 3 and not event.stay.kind and not event.stay.ambiguous:
        yield view.finding(one.place, _grade_field(event), read=view.cells(one.place, f"{one.organ}_hosp"))


@check("GR05", each.event)
def grade_4_without_icu_dates(view: View, event: EventResult) -> Said:
    one, stays = event.event, _stays(view, event)
    dated = any(stay.icu_in and one.organ in stay.icu_reasons for stay in stays)
    if one.investigator_grade == 4 and not dated and not event.stay.ambiguous:
        read = (*view.cells(one.place, f"{one.organ}_icu"), *_stay_cells(view, stays))
        yield view.finding(one.place, _grade_field(event), read=read)


@check("GR06", each.event)
def icu_during_event_below_4(view: View, event: EventResult) -> Said:
    """Intensive care whose recorded reasons are all others is explained."""
    one, first = event.event, first_day(event.event)
    if one.investigator_grade not in (1, 2, 3) or first is None:
        return
    days = Period(first, end_of(one))
    for stay in view.subject.stays:
        if not stay.icu_in or (stay.icu_reasons and one.organ not in stay.icu_reasons):
            continue
        if Period(stay.icu_in, stay.icu_out or stay.discharge).touches(days):
            fields = (f"{one.organ}_sx_start", f"{one.organ}_onset", f"{one.organ}_end")
            yield view.finding(
                one.place,
                _grade_field(event),
                read=(*view.cells(one.place, *fields), *_stay_cells(view, [stay])),
                icu_in=stay.icu_in,
                onset=one.onset,
                grade=one.investigator_grade,
            )
            return


@check("GR07", each.event)
def stay_for_event_below_3(view: View, event: EventResult) -> Said:
    one, stays = event.event, _stays(view, event)
    if one.investigator_grade in (1, 2) and event.stay.kind and stays:
        yield view.finding(
            one.place,
            _grade_field(event),
            read=(*view.cells(one.place, f"{one.organ}_onset"), *_stay_cells(view, stays)),
            admission=min((stay.admission for stay in stays if stay.admission), default=None),
            onset=one.onset,
            grade=one.investigator_grade,
        )


@check("GR08", each.event)
def grade_differs_from_rule(view: View, event: EventResult) -> Said:
    one, recorded = event.event, event.event.investigator_grade
    if recorded is not None and event.grade is not None and recorded != event.grade:
        fields = (f"{one.organ}_gc", f"{one.organ}_hosp", f"{one.organ}_icu", f"{one.organ}_onset")
        yield view.finding(
            one.place,
            _grade_field(event),
            read=(
                *view.cells(one.place, *fields),
                *_course_cells(view, event),
                *_stay_cells(view, _stays(view, event)),
            ),
            entered=recorded,
            derived=event.grade,
        )


@check("GR09", each.event)
def grade_lowered_after_end(view: View, event: EventResult) -> Said:
    one, field = event.event, _grade_field(event)
    saved = [c for c in view.context.changes if (c.place, c.field) == (one.place, field) and c.value.isdigit()]
    for before, after in pairwise(saved):
        if one.end and after.on > one.end and int(after.value) < int(before.value):
            yield view.finding(
                one.place,
                field,
                read=view.cells(one.place, f"{one.organ}_end"),
                before=before.value,
                after=after.value,
                changed=after.on,
                end=one.end,
            )
            return


@check("GR10", each.event)
def ctcae_grade_not_in_version(view: View, event: EventResult) -> Said:
    one = event.event
    key = f"{one.ctcae_version} {one.ctcae_term.strip().lower()}"
    grades = view.words(key)
    if not one.ctcae_version and (one.ctcae_term or one.ctcae_grade):
        problem = view.phrase("version")
    elif key in view.spec.settings and not grades:
        problem = view.phrase("term")
    elif grades and one.ctcae_grade and str(one.ctcae_grade) not in grades:
        problem = view.phrase("grade", grades=", ".join(grades))
    else:
        return
    fields = (f"{one.organ}_ctc_term", f"{one.organ}_ctc_grade")
    if one.ctcae_version or view.blank(one.place, f"{one.organ}_ctc_ver"):
        yield view.finding(
            one.place,
            f"{one.organ}_ctc_ver",
            read=view.cells(one.place, *fields),
            term=one.ctcae_term,
            version=one.ctcae_version,
            grade=one.ctcae_grade,
            problem=problem,
        )


@check("GR11", each.event)
def not_back_at_baseline(view: View, event: EventResult) -> Said:
    """Compare the last value of the event, or of the days set after it, with baseline."""
    one = event.event
    if one.outcome != "resolved" or one.end is None or event.onset is None:
        return
    last_day = one.end + view.days("after_end_days")
    for claim in claims(view, event, "lab_rise"):
        values = laboratory_values(view.subject, claim.analyte)
        inside = [value for value in values if event.onset <= value.date <= last_day]
        baseline = claim.result.baseline
        if claim.analyte.slug not in view.words("analytes") or not inside or not baseline or not baseline.value:
            continue
        last: dt.date = inside[-1].date
        ratio: Fraction = inside[-1].value / baseline.value
        if ratio > view.number("above") and not inside[-1].censor and not baseline.censor:
            yield view.finding(
                one.place,
                f"{one.organ}_outcome",
                read=(
                    *view.cells(one.place, f"{one.organ}_onset", f"{one.organ}_end"),
                    *measured_cells(view, claim.analyte.slug, baseline, inside[-1]),
                ),
                item=claim.analyte.label,
                value=entered(claim.analyte, inside[-1]),
                date=last,
                ratio=ratio,
                baseline=entered(claim.analyte, baseline),
                limit=view.number("above"),
            )


@check("GR13", each.event)
def fatal_event(view: View, event: EventResult) -> Said:
    one = event.event
    if "FATAL" in event.flags:
        read = view.cells(one.place, f"{one.organ}_onset")
        yield view.finding(one.place, f"{one.organ}_outcome", read=read, onset=one.onset)


@check("GR14", each.event)
def other_immunosuppressant(view: View, event: EventResult) -> Said:
    one = event.event
    if "OTHER_IMMUNOSUPP" in event.flags:
        given = sorted(one.other_treatment & OTHER_IMMUNOSUPPRESSION)
        yield view.finding(
            one.place,
            f"{one.organ}_tx_other",
            read=view.cells(one.place, f"{one.organ}_onset"),
            onset=one.onset,
            treatments=listed(view.answer("licats_{slug}", "tx_other", code) for code in given),
        )
