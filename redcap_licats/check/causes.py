"""Alternative causes (AC)."""

from __future__ import annotations

from redcap_licats.check import each
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.model import EventResult


@check("AC01", each.event)
def cause_not_excluded(view: View, event: EventResult) -> Said:
    one = event.event
    not_excluded = {
        f"{one.organ}_ac_{cause.id}": cause.label
        for cause in view.protocol.causes_of(one.organ)
        if one.causes.get(cause.id) in ("possible", "explains")
    }
    if not_excluded:
        first, *others = not_excluded
        read = view.cells(one.place, *others)
        yield view.finding(one.place, first, read=read, onset=one.onset, causes=listed(not_excluded.values()))


@check("AC02", each.event)
def no_cause_assessed(view: View, event: EventResult) -> Said:
    one = event.event
    fields = [f"{one.organ}_ac_{cause.id}" for cause in view.protocol.causes_of(one.organ)]
    if all(one.causes.get(cause) in (None, "not_assessed") for cause in one.causes):
        yield view.finding(one.place, fields[0], read=view.cells(one.place, *fields), onset=one.onset)
