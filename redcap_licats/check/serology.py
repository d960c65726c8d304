"""Serology around the onset (SE)."""

from __future__ import annotations

import datetime as dt

from redcap_licats.check import each
from redcap_licats.check.model import Due
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.model import EventResult

ANALYTES = ("c3", "c4", "dsdna")


@check("SE01", each.event)
def serology_missing(view: View, event: EventResult) -> Said:
    """Wait until the window has passed; what is recorded as not done has its reason."""
    enrolment, limit = view.subject.enrolment, view.protocol.settings.flare.serology_within_days
    if event.onset is None or enrolment is None or enrolment.diagnosis != "sle":
        return
    near = [
        one.results for one in view.subject.samples if one.date and abs((one.date - event.onset).days) <= limit
    ]
    missing = [slug for slug in ANALYTES if not any(slug in results for results in near)]
    due = event.onset + dt.timedelta(days=limit + 1)
    if missing and view.today < due:
        yield Due(due)
    elif missing:
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_onset",
            read=view.cells(enrolment.place, "enr_dx"),
            limit=limit,
            onset=event.onset,
            items=listed(view.protocol.analytes[slug].label for slug in missing),
        )


@check("SE02", each.event)
def flare_pattern(view: View, event: EventResult) -> Said:
    settings = view.protocol.settings.flare
    limits = {"complement": settings.complement_at_least, "dsdna": settings.dsdna_at_most}
    flare = [one for one in event.flare if one.name in limits and one.supports == "flare"]
    if flare and event.counts:
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_onset",
            read=[view.cell(cell.place, cell.field) for one in flare for cell in one.inputs],
            onset=event.onset,
            items=listed(view.phrase(one.name, limit=limits[one.name]) for one in flare),
        )
