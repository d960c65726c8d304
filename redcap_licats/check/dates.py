"""Dates and durations (DT)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from redcap_licats.check import each
from redcap_licats.check.model import Due
from redcap_licats.check.registry import Said, View, check
from redcap_licats.derive.model import EventResult
from redcap_licats.protocol.models import Text
from redcap_licats.subject.model import Assessment, Infusion, Input, Subject
from redcap_licats.subject.values import read_any_date

DAY = dt.timedelta(days=1)


@check("DT01", each.event)
def onset_before_infusion(view: View, event: EventResult) -> Said:
    infusion = view.subject.infusion
    if infusion and infusion.date and event.onset and event.onset < infusion.date:
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_onset",
            read=view.cells(infusion.place, "inf_date"),
            onset=event.onset,
            infusion=infusion.date,
        )


@check("DT02", each.event)
def end_before_onset(view: View, event: EventResult) -> Said:
    organ, end = event.event.organ, event.event.end
    if event.onset and end and end < event.onset:
        read = view.cells(event.event.place, f"{organ}_onset")
        yield view.finding(event.event.place, f"{organ}_end", read=read, end=end, onset=event.onset)


@check("DT03", each.subject)
def date_in_the_future(view: View, subject: Subject) -> Said:
    for place, row in subject.values.items():
        for field, value in row.items():
            date = read_any_date(value)
            if date and date > view.today and field not in view.words("may_lie_ahead"):
                yield view.finding(place, field, date=date)
                yield Due(date)


@check("DT04", each.event)
def onset_after_last_contact(view: View, event: EventResult) -> Said:
    disposition = view.subject.disposition
    if disposition is None or event.onset is None:
        return
    dates = {"dsp_last": disposition.last_contact, "dsp_death": disposition.death}
    passed = [(date, field) for field, date in dates.items() if date and event.onset > date]
    if passed:
        date, field = max(passed)
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_onset",
            read=view.cells(disposition.place, *dates),
            onset=event.onset,
            item=view.phrase(field),
            last=date,
        )


@check("DT05", each.infusion)
def infusion_before_preparation(view: View, infusion: Infusion) -> Said:
    steps = {
        "inf_leuk_date": infusion.leukapheresis,
        "inf_ld_start": infusion.lymphodepletion_start,
        "inf_ld_end": infusion.lymphodepletion_end,
    }
    late = {field: date for field, date in steps.items() if date and infusion.date and date > infusion.date}
    if late:
        field, date = max(late.items(), key=lambda step: step[1])
        yield view.finding(
            infusion.place,
            "inf_date",
            read=view.cells(infusion.place, *steps),
            infusion=infusion.date,
            item=view.phrase(field),
            date=date,
        )


@check("DT06", each.infusion)
def long_interval_to_infusion(view: View, infusion: Infusion) -> Said:
    start = infusion.lymphodepletion_start
    if start and infusion.date and infusion.date - start > view.days("longer_than_days"):
        yield view.finding(
            infusion.place,
            "inf_ld_start",
            read=view.cells(infusion.place, "inf_date"),
            start=start,
            infusion=infusion.date,
            days=(infusion.date - start).days,
            limit=view.number("longer_than_days"),
        )


@check("DT07", each.event)
def day_of_onset_unknown(view: View, event: EventResult) -> Said:
    """Ask where only the month is given, or nothing on a complete form: before, a blank is still to come."""
    onset, organ, place = event.event.onset, event.event.organ, event.event.place
    month, precision = f"{organ}_onset_ym", f"{organ}_onset_prec"
    if onset and not onset.exact:
        yield view.finding(place, month, read=view.cells(place, precision), onset=onset)
    elif onset is None and view.subject.statuses.get(place) == "2" and view.blank(place, f"{organ}_onset"):
        read = view.cells(place, month, precision)
        yield view.finding(place, f"{organ}_onset", read=read, onset=view.cell(place, month).value)


@check("DT09", each.event)
def onset_at_a_boundary(view: View, event: EventResult) -> Said:
    timing = view.protocol.settings.timing
    for cut in (timing.early_until, timing.intermediate_until):
        if event.onset_day is not None and abs(event.onset_day - cut) <= view.number("within_days"):
            yield view.finding(
                event.event.place,
                f"{event.event.organ}_onset",
                onset=event.onset,
                day=event.onset_day,
                cut=cut,
                limit=view.number("within_days"),
            )


@check("DT10", each.event)
def very_early_with_fever_or_crs(view: View, event: EventResult) -> Said:
    if event.onset is None or event.onset_day is None or not 0 <= event.onset_day <= view.number("until_day"):
        return
    seen = next(_fever_or_crs(view, event.onset), None)
    if seen:
        finding, date, read = seen
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_onset",
            read=read,
            onset=event.onset,
            day=event.onset_day,
            finding=finding,
            date=date,
        )


def _fever_or_crs(view: View, onset: dt.date) -> Iterator[tuple[Text, dt.date, tuple[Input, ...]]]:
    """Give fever within a day of the onset, then CRS active on that day, each with its date and cells."""
    for one in view.subject.assessments:
        near = one.date and abs(one.date - onset) <= DAY
        if one.date and near and one.temperature is not None and one.temperature >= view.number("fever"):
            cells = view.cells(one.place, "asm_date", "asm_temp")
            yield view.phrase("fever", temperature=one.temperature), one.date, cells
    for episode in view.subject.toxicities:
        if episode.kind == "crs" and episode.onset and episode.onset <= onset <= (episode.end or onset):
            cells = view.cells(episode.place, "tox_onset", "tox_end")
            yield view.phrase("crs"), episode.onset, cells


@check("DT11", each.event)
def ongoing_and_end_disagree(view: View, event: EventResult) -> Said:
    """Ask when both are given, or neither: as long as the form is not complete, a blank is still to come."""
    one = event.event
    ongoing, end = f"{one.organ}_ongoing", f"{one.organ}_end"
    no_end = view.blank(one.place, end)
    finished = one.ongoing is False or (
        view.blank(one.place, ongoing) and view.subject.statuses.get(one.place) == "2"
    )
    if (one.ongoing and not no_end) or (finished and no_end):
        answers = {True: Text(en="yes", ja="はい"), False: Text(en="no", ja="いいえ"), None: None}
        yield view.finding(
            one.place,
            ongoing,
            read=view.cells(one.place, end),
            ongoing=answers[one.ongoing],
            end=view.cell(one.place, end).value,
        )


@check("DT12", each.event)
def ongoing_for_long(view: View, event: EventResult) -> Said:
    limit = view.protocol.settings.classification.ongoing_longer_than_days
    if not (event.event.ongoing and event.onset):
        return
    due = event.onset + (limit + 1) * DAY
    if view.today < due:
        yield Due(due)
        return
    organ = event.event.organ
    read = view.cells(event.event.place, f"{organ}_onset")
    yield view.finding(event.event.place, f"{organ}_ongoing", read=read, onset=event.onset, limit=limit)


@check("DT13", each.event)
def long_duration(view: View, event: EventResult) -> Said:
    organ, end = event.event.organ, event.event.end
    if event.duration is not None and event.duration > view.number("longer_than_days"):
        yield view.finding(
            event.event.place,
            f"{organ}_end",
            read=view.cells(event.event.place, f"{organ}_onset", f"{organ}_ongoing"),
            onset=event.onset,
            end=end,
            days=event.duration,
            limit=view.number("longer_than_days"),
        )


@check("DT14", each.assessment)
def visit_outside_window(view: View, visit: Assessment) -> Said:
    planned = view.words(visit.visit.upper())
    day = view.day(visit.date) if visit.date else None
    if visit.done is False or not planned or day is None:
        return
    middle, either_side = (int(one) for one in planned)
    if abs(day - middle) > either_side:
        yield view.finding(
            visit.place,
            "asm_date",
            read=view.cells(visit.place, "asm_visit"),
            visit=visit.visit,
            date=visit.date,
            day=day,
            first=middle - either_side,
            last=middle + either_side,
        )
