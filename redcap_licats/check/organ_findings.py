"""Findings of the organs and the evidence for them (OR10 to OR21)."""

from __future__ import annotations

import datetime as dt

from redcap_licats.check import each
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.model import EventResult


@check("OR10", each.event)
def joint_evidence_missing(view: View, event: EventResult) -> Said:
    one = event.event
    if one.organ != "joint" or one.details.get("us_res") in ("pos", "neg") or one.details.get("swelling") == "1":
        return
    if view.blank(one.place, "joint_pain_days"):
        read = view.cells(one.place, "joint_us_res", "joint_swelling", "joint_pain_days")
        yield view.finding(one.place, "joint_us_res", read=read, onset=one.onset)


@check("OR11", each.event)
def ultrasound_before_infusion(view: View, event: EventResult) -> Said:
    one, infusion = event.event, view.subject.infusion
    if one.details.get("us_res") != "pos" or "us_date" not in one.details or not infusion or not infusion.date:
        return
    date = dt.date.fromisoformat(one.details["us_date"])
    if date < infusion.date:
        read = view.cells(one.place, "joint_us_res") + view.cells(infusion.place, "inf_date")
        yield view.finding(one.place, "joint_us_date", read=read, date=date, infusion=infusion.date)


@check("OR12", each.event)
def saturation_without_oxygen(view: View, event: EventResult) -> Said:
    one = event.event
    organ = view.protocol.organs[one.organ]
    if event.onset is None or not any(
        criterion.kind == "spo2_fall" and criterion.id in one.criteria for criterion in organ.criterion
    ):
        return
    window = view.protocol.settings.window
    first = event.onset - dt.timedelta(days=window.before_onset_days)
    last = one.end + dt.timedelta(days=window.after_end_days) if one.end else None
    seen = [x for x in view.subject.assessments if x.date and first <= x.date and (not last or x.date <= last)]
    if not any(x.spo2 is not None and x.oxygen_device for x in seen):
        cells = [view.cells(x.place, "asm_date", "asm_spo2", "asm_o2_device") for x in seen]
        yield view.finding(
            one.place,
            f"{one.organ}_crit",
            read=(*view.cells(one.place, f"{one.organ}_onset", f"{one.organ}_end"), *sum(cells, ())),
            first=first,
            last=last,
        )


@check("OR13", each.event)
def named_exclusions_not_assessed(view: View, event: EventResult) -> Said:
    one = event.event
    named = {
        f"{one.organ}_ac_{cause.id}": cause.label
        for cause in view.protocol.organs[one.organ].cause
        if one.organ == "lung" and cause.id in view.words("causes")
    }
    open_ones = [
        field
        for field in named
        if view.blank(one.place, field) or one.causes.get(field.rpartition("_")[2]) == "not_assessed"
    ]
    if open_ones:
        yield view.finding(
            one.place,
            open_ones[0],
            read=view.cells(one.place, *named),
            causes=listed(named[field] for field in open_ones),
        )


@check("OR14", each.subject)
def desaturation_without_event(view: View, _: object) -> Said:
    """Ask once for each run of days with low SpO2 or new oxygen that no lung event and no CRS covers."""
    running = False
    on_oxygen = False
    for one in view.subject.assessments:
        if one.date is None or (one.spo2 is None and not one.oxygen_device):
            continue
        day = view.day(one.date)
        if day is None or day < 0:
            on_oxygen = bool(one.on_oxygen)
            continue
        room_air_low = one.spo2 is not None and one.on_oxygen is False and one.spo2 < view.number("below")
        low = room_air_low or bool(one.on_oxygen and not on_oxygen)
        if low and not running and not _explained(view, one.date):
            yield view.finding(
                one.place,
                "asm_spo2",
                read=view.cells(one.place, "asm_date", "asm_o2_device"),
                date=one.date,
                day=day,
                spo2=one.spo2,
                device=view.answer("assessment", "o2_device", one.oxygen_device),
                limit=view.number("below"),
            )
        running = low


def _explained(view: View, date: dt.date) -> bool:
    """Tell whether a lung event or CRS covers a day."""
    around = view.days("around_event_days")
    events = ((one.onset, one.event.end) for one in view.derived.events if one.event.organ == "lung")
    crs = ((one.onset, one.end) for one in view.subject.toxicities if one.kind == "crs")
    return any(
        start is None or start - around <= date <= (end + around if end else date) for start, end in events
    ) or any(start is not None and start <= date <= (end or date) for start, end in crs)


@check("OR15", each.event)
def stools_missing(view: View, event: EventResult) -> Said:
    one = event.event
    if one.organ == "gi" and "diarrhoea" in one.criteria and view.blank(one.place, "gi_stools_over"):
        yield view.finding(one.place, "gi_stools_over", read=view.cells(one.place, "gi_crit"))


@check("OR17", each.event)
def skin_extent_missing(view: View, event: EventResult) -> Said:
    one = event.event
    if one.organ != "skin":
        return
    fields = ("skin_bsa", "skin_site")
    blank = [field for field in fields if view.blank(one.place, field)]
    if blank:
        read = view.cells(one.place, *fields)
        yield view.finding(one.place, blank[0], read=read, items=listed(map(view.phrase, blank)))


@check("OR19", each.event)
def other_organ_not_named(view: View, event: EventResult) -> Said:
    if event.event.organ == "other" and view.blank(event.event.place, "other_text"):
        yield view.finding(event.event.place, "other_text")


@check("OR20", each.event)
def no_criterion(view: View, event: EventResult) -> Said:
    one = event.event
    if view.blank(one.place, f"{one.organ}_crit"):
        yield view.finding(one.place, f"{one.organ}_crit", onset=one.onset)


@check("OR21", each.event)
def new_in_active_organ(view: View, event: EventResult) -> Said:
    one, enrolment = event.event, view.subject.enrolment
    involvement = enrolment.organs.get(one.organ) if enrolment else None
    if enrolment and involvement and involvement.active and one.new_or_worsening == "new":
        yield view.finding(
            one.place,
            f"{one.organ}_newworse",
            read=view.cells(enrolment.place, f"enr_{one.organ}_act"),
            organ=view.protocol.organs[one.organ].label,
            onset=one.onset,
        )
