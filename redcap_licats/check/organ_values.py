"""Laboratory values against the criteria of the organs (OR01 to OR09)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from redcap_licats.check import each
from redcap_licats.check.claims import claims, entered, laboratory_cells, measured_cells, unusable_cells
from redcap_licats.check.model import Due
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import beside, listed
from redcap_licats.derive.measurements import above, baseline_of, comparable, laboratory_values
from redcap_licats.derive.model import CriterionState, EventResult
from redcap_licats.derive.timing import Period
from redcap_licats.protocol.base import exact


@check("OR01", each.event)
def rise_not_met(view: View, event: EventResult) -> Said:
    """Ask when every rise that is ticked is contradicted by complete data; one that is met is enough."""
    ticked = list(claims(view, event, "lab_rise"))
    if ticked and all(one.result.state is CriterionState.NOT_MET for one in ticked):
        read = [
            cell
            for one in ticked
            for cell in measured_cells(view, one.analyte.slug, one.result.baseline, one.result.peak)
        ]
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_crit",
            read=(*view.cells(event.event.place, f"{event.event.organ}_onset"), *read),
            criteria=listed(one.criterion.label for one in ticked),
            values=listed(
                beside(one.analyte.label, view.phrase("times", ratio=one.result.ratio)) for one in ticked
            ),
        )


@check("OR02", each.subject)
def creatinine_rise_without_event(view: View, _: object) -> Said:
    return _rise_without_event(view, "kidney", "crea")


@check("OR03", each.subject)
def upcr_rise_without_event(view: View, _: object) -> Said:
    return _rise_without_event(view, "kidney", "upcr")


def _rise_without_event(view: View, organ: str, criterion_id: str) -> Said:
    """Ask once for each run of values over the threshold, at its first value that no event covers."""
    criterion = view.protocol.organs[organ].find(criterion_id)
    if criterion is None or criterion.analyte is None:
        return
    analyte = view.protocol.analytes[criterion.analyte]
    values = laboratory_values(view.subject, analyte)
    baseline = baseline_of(values, view.subject.infusion).measurement
    if baseline is None or not baseline.value or baseline.censor:
        return
    threshold = exact(criterion.at_least or 1)
    running = False
    for one in values:
        if not view.treated(one.date) or not comparable(one, baseline, analyte):
            continue
        ratio = one.value / baseline.value
        risen = one.censor != "<" and (ratio >= threshold if criterion.at_least else ratio > 1)
        if risen and not running and not _covered(view, organ, one.date):
            yield view.finding(
                one.input.place,
                one.input.field,
                read=measured_cells(view, analyte.slug, baseline, one),
                date=one.date,
                day=view.day(one.date),
                value=entered(analyte, one),
                ratio=ratio,
                baseline=entered(analyte, baseline),
                baseline_date=baseline.date,
            )
        running = risen


def _covered(view: View, organ: str, date: dt.date) -> bool:
    """Tell whether an event of the organ lies around a day; one without a full onset date may."""
    around = view.days("around_event_days")
    return any(
        one.onset is None
        or (one.onset - around <= date and (one.event.end is None or date <= one.event.end + around))
        for one in view.derived.events
        if one.event.organ == organ
    )


@check("OR04", each.event)
def ratio_at_threshold(view: View, event: EventResult) -> Said:
    for claim in claims(view, event, "lab_rise"):
        threshold, ratio = claim.criterion.at_least, claim.result.ratio
        baseline, peak = claim.result.baseline, claim.result.peak
        if not (threshold and ratio and baseline and peak):
            continue
        if abs(ratio - exact(threshold)) <= view.number("within"):
            yield view.finding(
                peak.input.place,
                peak.input.field,
                read=measured_cells(view, claim.analyte.slug, baseline, peak),
                item=claim.analyte.label,
                peak=entered(claim.analyte, peak),
                peak_date=peak.date,
                baseline=entered(claim.analyte, baseline),
                baseline_date=baseline.date,
                ratio=ratio,
                limit=view.number("within"),
                threshold=threshold,
            )


@check("OR05", each.event)
def rise_not_repeated(view: View, event: EventResult) -> Said:
    """Wait until the days for a repeat have passed."""
    within = view.days("within_days")
    for claim in claims(view, event):
        peak = claim.result.peak
        if claim.result.state is not CriterionState.MET or peak is None:
            continue
        values = laboratory_values(view.subject, claim.analyte)
        if any(peak.date < one.date <= peak.date + within for one in values):
            continue
        due = peak.date + within + dt.timedelta(days=1)
        if view.today < due:
            yield Due(due)
            continue
        yield view.finding(
            peak.input.place,
            peak.input.field,
            read=laboratory_cells(view, peak.input.place, claim.analyte.slug),
            item=claim.analyte.label,
            peak=entered(claim.analyte, peak),
            peak_date=peak.date,
            limit=view.number("within_days"),
        )


@check("OR06", each.event)
def above_limit_not_met(view: View, event: EventResult) -> Said:
    for claim in claims(view, event, "lab_above"):
        baseline, peak = claim.result.baseline, claim.result.peak
        if claim.result.state is CriterionState.NOT_MET and peak:
            yield view.finding(
                event.event.place,
                f"{event.event.organ}_crit",
                read=measured_cells(view, claim.analyte.slug, baseline, peak),
                criterion=claim.criterion.label,
                item=claim.analyte.label,
                peak=entered(claim.analyte, peak),
                peak_date=peak.date,
                upper=peak.upper,
                baseline=entered(claim.analyte, baseline) if baseline else None,
            )


@check("OR07", each.subject)
def marked_ck_without_event(view: View, _: object) -> Said:
    """Ask once for each run of values far above the limit, at its first value that no event covers."""
    analyte = view.protocol.analytes["ck"]
    running = False
    for one in laboratory_values(view.subject, analyte):
        if not view.treated(one.date) or one.upper is None:
            continue
        risen = bool(above(one, view.number("times_upper") * one.upper))
        if risen and not running and not _covered(view, "muscle", one.date):
            yield view.finding(
                one.input.place,
                one.input.field,
                read=laboratory_cells(view, one.input.place, analyte.slug),
                date=one.date,
                day=view.day(one.date),
                value=entered(analyte, one),
                times=view.number("times_upper"),
                upper=one.upper,
            )
        running = risen


@check("OR08", each.event)
def troponin_t_for_troponin_i(view: View, event: EventResult) -> Said:
    window = view.protocol.settings.window
    for claim in claims(view, event):
        if claim.analyte.slug != "tni" or claim.result.peak or event.onset is None:
            continue
        first = event.onset - dt.timedelta(days=window.before_onset_days)
        last = event.event.end or dt.date.max
        other = next(
            (
                one
                for one in laboratory_values(view.subject, view.protocol.analytes["tnt"])
                if first <= one.date <= last
            ),
            None,
        )
        if other:
            yield view.finding(
                event.event.place,
                f"{event.event.organ}_crit",
                read=(
                    *laboratory_cells(view, other.input.place, "tnt"),
                    *unusable_cells(view, claim.analyte, Period(first, last)),
                ),
                onset=event.onset,
                date=other.date,
            )


@check("OR09", each.event)
def troponin_without_ecg(view: View, event: EventResult) -> Said:
    """Wait until the days for an examination have passed; one recorded without a date counts."""
    fields = ("heart_ecg_date", "heart_ecg_res", "heart_echo_date", "heart_echo_res")
    within, details = view.days("within_days"), event.event.details
    for claim in claims(view, event, "lab_above"):
        peak = claim.result.peak
        if claim.analyte.slug != "tni" or not peak or peak.upper is None or not above(peak, peak.upper):
            continue
        if any(_examined(details, one, peak.date, within) for one in ("ecg", "echo")):
            continue
        due = peak.date + within + dt.timedelta(days=1)
        if view.today < due:
            yield Due(due)
            continue
        yield view.finding(
            event.event.place,
            fields[0],
            read=(*view.cells(event.event.place, *fields), *measured_cells(view, claim.analyte.slug, peak)),
            peak=entered(claim.analyte, peak),
            peak_date=peak.date,
            upper=peak.upper,
            limit=view.number("within_days"),
        )


def _examined(details: Mapping[str, str], examination: str, around: dt.date, within: dt.timedelta) -> bool:
    date = details.get(f"{examination}_date")
    if date is None:
        return details.get(f"{examination}_res") in ("norm", "abn")
    return abs(dt.date.fromisoformat(date) - around) <= within
