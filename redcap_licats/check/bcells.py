"""B cells at onset and B-cell aplasia (BC)."""

from __future__ import annotations

import datetime as dt

from redcap_licats.check import each
from redcap_licats.check.claims import laboratory_cells
from redcap_licats.check.model import Due
from redcap_licats.check.registry import Said, View, check
from redcap_licats.derive.measurements import below, laboratory_values
from redcap_licats.derive.model import EventResult, Measurement
from redcap_licats.protocol.base import exact

ANALYTE = "bcell"


def _recovered(view: View, count: Measurement) -> bool:
    """Tell whether a count is surely not below the aplasia cut-off."""
    return below(count, exact(view.protocol.settings.aplasia.below)) is False


@check("BC01", each.event)
def no_count_near_onset(view: View, event: EventResult) -> Said:
    """Wait until the window has passed; a count that is recorded as not done has its reason."""
    limit = view.protocol.settings.aplasia.at_onset_within_days
    if event.onset is None or any(
        sample.date and abs((sample.date - event.onset).days) <= limit and ANALYTE in sample.results
        for sample in view.subject.samples
    ):
        return
    due = event.onset + dt.timedelta(days=limit + 1)
    if view.today < due:
        yield Due(due)
        return
    yield view.finding(event.event.place, f"{event.event.organ}_onset", onset=event.onset, limit=limit)


@check("BC02", each.event)
def not_in_aplasia_at_onset(view: View, event: EventResult) -> Said:
    count = event.bcells.count
    if event.onset and count and _recovered(view, count):
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_onset",
            read=laboratory_cells(view, count.input.place, ANALYTE),
            onset=event.onset,
            count=count.value,
            date=count.date,
            limit=view.protocol.settings.aplasia.below,
        )


@check("BC03", each.event)
def onset_after_recovery(view: View, event: EventResult) -> Said:
    end = view.derived.aplasia.end
    if event.onset and end and event.onset > end:
        counts = laboratory_values(view.subject, view.protocol.analytes[ANALYTE])
        read = (
            cell
            for count in counts
            if count.date == end
            for cell in laboratory_cells(view, count.input.place, ANALYTE)
        )
        yield view.finding(event.event.place, f"{event.event.organ}_onset", read=read, onset=event.onset, end=end)


@check("BC04", each.subject)
def aplasia_after_recovery(view: View, _: object) -> Said:
    """Ask once, at the first count below the cut-off that follows a recovery without a further infusion."""
    if view.day_zero is None:
        return
    cut_off = view.protocol.settings.aplasia.below
    infusions = [one.date for one in view.subject.infusions if one.date]
    depleted, recovered = False, None
    for count in laboratory_values(view.subject, view.protocol.analytes[ANALYTE]):
        if count.date < view.day_zero:
            continue
        if recovered and any(recovered.date <= date <= count.date for date in infusions):
            recovered = None
        is_below = below(count, exact(cut_off))
        if is_below and recovered:
            yield view.finding(
                count.input.place,
                count.input.field,
                read=(
                    *laboratory_cells(view, count.input.place, ANALYTE),
                    *laboratory_cells(view, recovered.input.place, ANALYTE),
                ),
                recovered=recovered.value,
                recovered_date=recovered.date,
                count=count.value,
                date=count.date,
                limit=cut_off,
            )
            return
        if is_below:
            depleted = True
        elif is_below is False and depleted:
            recovered = count
