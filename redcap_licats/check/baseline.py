"""Baseline values and organ involvement before CAR-T (BL)."""

from __future__ import annotations

import datetime as dt

from redcap_licats.check import each
from redcap_licats.check.claims import Claim, claims, entered, measured_cells, unusable_cells
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import beside, listed
from redcap_licats.derive.model import EventResult, Measurement
from redcap_licats.derive.timing import Period
from redcap_licats.protocol.models import Text
from redcap_licats.subject.model import Enrolment, Infusion, Input, Subject


@check("BL01", each.event)
def baseline_missing(view: View, event: EventResult) -> Said:
    infusion, organ = view.subject.infusion, event.event.organ
    missing = [one for one in claims(view, event) if not one.result.baseline and not _not_done(view, one)]
    if infusion and infusion.date and missing:
        before = Period(None, infusion.date - dt.timedelta(days=1))
        yield view.finding(
            event.event.place,
            f"{organ}_crit",
            read=(
                *view.cells(infusion.place, "inf_date", "inf_ld_start"),
                *(cell for one in missing for cell in unusable_cells(view, one.analyte, before)),
            ),
            item=listed(claim.analyte.label for claim in missing),
            infusion=infusion.date,
            criterion=listed(claim.criterion.label for claim in missing),
        )


def _not_done(view: View, claim: Claim) -> bool:
    """Tell whether a value before the infusion is recorded as not done: that has its reason."""
    return any(
        sample.results[claim.analyte.slug].not_done
        for sample in view.subject.samples
        if sample.date and (view.day(sample.date) or 0) <= 0 and claim.analyte.slug in sample.results
    )


@check("BL02", each.event)
def baseline_after_lymphodepletion(view: View, event: EventResult) -> Said:
    infusion = view.subject.infusion
    late = [one for one in claims(view, event) if one.result.baseline and one.result.baseline_is_fallback]
    if infusion and infusion.lymphodepletion_start and late:
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_crit",
            read=_baseline_cells(view, infusion, late),
            start=infusion.lymphodepletion_start,
            values=_dated(late),
        )


@check("BL03", each.event)
def baseline_old(view: View, event: EventResult) -> Said:
    limit = view.protocol.settings.baseline.old_after_days
    infusion = view.subject.infusion
    old = [one for one in claims(view, event) if one.result.baseline and _age(view, one.result.baseline) > limit]
    if infusion and old:
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_crit",
            read=_baseline_cells(view, infusion, old),
            infusion=infusion.date,
            limit=limit,
            values=_dated(old),
        )


@check("BL04", each.event)
def laboratory_changed(view: View, event: EventResult) -> Said:
    pairs: list[Text] = []
    read: list[Input] = []
    for claim in claims(view, event):
        baseline, peak = claim.result.baseline, claim.result.peak
        if claim.result.laboratory_changed and baseline and peak:
            read += measured_cells(view, claim.analyte.slug, baseline, peak)
            pairs.append(
                view.phrase(
                    "pair",
                    item=claim.analyte.label,
                    baseline=entered(claim.analyte, baseline),
                    baseline_date=baseline.date,
                    baseline_lab=f"{baseline.laboratory} {baseline.assay}".strip(),
                    peak=entered(claim.analyte, peak),
                    peak_date=peak.date,
                    peak_lab=f"{peak.laboratory} {peak.assay}".strip(),
                )
            )
    if pairs:
        yield view.finding(event.event.place, f"{event.event.organ}_crit", read=read, values=listed(pairs))


def _age(view: View, baseline: Measurement) -> int:
    return -(view.day(baseline.date) or 0)


def _dated(found: list[Claim]) -> Text:
    return listed(beside(one.analyte.label, one.result.baseline.date) for one in found if one.result.baseline)


def _baseline_cells(view: View, infusion: Infusion, found: list[Claim]) -> list[Input]:
    cells = [*view.cells(infusion.place, "inf_ld_start", "inf_date")]
    for one in found:
        cells += measured_cells(view, one.analyte.slug, one.result.baseline)
    return cells


@check("BL05", each.enrolment)
def involvement_incomplete(view: View, enrolment: Enrolment) -> Said:
    fields = {
        f"enr_{slug}_aff": organ.label
        for slug, organ in view.protocol.organs.items()
        if view.blank(enrolment.place, f"enr_{slug}_aff")
    }
    infusion = view.subject.infusion
    if fields and infusion and infusion.date:
        first, *others = fields
        yield view.finding(
            enrolment.place,
            first,
            read=view.cells(enrolment.place, *others),
            infusion=infusion.date,
            organs=listed(fields.values()),
        )


@check("BL05", each.subject)
def enrolment_missing(view: View, subject: Subject) -> Said:
    """Ask once, beside the infusion, where nothing was entered on the enrolment form.

    One that is marked complete all the same is asked about by CO03.
    """
    infusion = subject.infusion
    begun = subject.enrolment or any(
        place.form == "enrolment" and status == "2" for place, status in subject.statuses.items()
    )
    if infusion and infusion.date and not begun:
        yield view.finding(
            infusion.place,
            "inf_date",
            infusion=infusion.date,
            organs=listed(organ.label for organ in view.protocol.organs.values()),
        )


@check("BL06", each.event)
def organ_not_affected_before(view: View, event: EventResult) -> Said:
    """Ask only where an answer is recorded: a blank one is asked for by BL05, once for all organs."""
    organ, enrolment = event.event.organ, view.subject.enrolment
    involvement = enrolment.organs.get(organ) if enrolment else None
    if enrolment and involvement and involvement.affected in ("no", "unknown"):
        cell = view.cell(enrolment.place, f"enr_{organ}_aff")
        yield view.finding(
            event.event.place,
            f"{organ}_onset",
            read=(cell,),
            organ=view.protocol.organs[organ].label,
            affected=view.answer("enrolment", "{slug}_aff", cell.value),
            onset=event.event.onset,
        )


@check("BL07", each.event)
def involvement_edited_later(view: View, event: EventResult) -> Said:
    organ, place = event.event.organ, event.event.place
    history = view.context.changes
    entered = [one.on for one in history if one.place == place]
    edited = [one.on for one in history if one.place.form == "enrolment" and one.field == f"enr_{organ}_aff"]
    if entered and len(edited) > 1 and max(edited) > min(entered) and view.subject.enrolment:
        yield view.finding(
            place,
            f"{organ}_onset",
            read=view.cells(view.subject.enrolment.place, f"enr_{organ}_aff"),
            organ=view.protocol.organs[organ].label,
            edited=max(edited),
            entered=min(entered),
        )
