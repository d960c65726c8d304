"""Serology around the onset and activity after it (SE)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from redcap_licats.check import each
from redcap_licats.check.model import Due
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.model import EventResult
from redcap_licats.subject.model import ActivityScore, Subject

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


@check("SE03", each.subject)
def activity_rose_after_event(view: View, subject: Subject) -> Said:
    """Ask once per score: compare the one nearest to the day set with the last one before an event."""
    if view.day_zero is None:
        return
    planned = view.day_zero + view.days("day")
    for scores in _by_index(subject.scores):
        around = [one for one in scores if one.date and abs(one.date - planned) <= view.days("within_days")]
        later = min(around, key=lambda one: (abs(_date(one) - planned), one.place), default=None)
        if later is None:
            continue
        for event in view.derived.counted:
            before = [one for one in scores if event.onset and _date(one) < event.onset < _date(later)]
            if before and event.onset and _worse(view, before[-1], later):
                read = view.cells(before[-1].place, "act_date", "act_index", "act_score")
                yield view.finding(
                    later.place,
                    "act_score",
                    read=(
                        *view.cells(later.place, "act_date", "act_index"),
                        *read,
                        view.cell(event.event.place, f"{event.event.organ}_onset"),
                    ),
                    index=later.index_text or view.answer("activity", "index", later.index),
                    before=before[-1].score,
                    before_date=before[-1].date,
                    organ=view.protocol.organs[event.event.organ].label,
                    onset=event.onset,
                    after=later.score,
                    date=later.date,
                    first=view.number("day") - view.number("within_days"),
                    last=view.number("day") + view.number("within_days"),
                )
                break


def _by_index(scores: tuple[ActivityScore, ...]) -> Iterator[list[ActivityScore]]:
    """Give the dated scores of each index, in order of date."""
    dated = [one for one in scores if one.date and one.score is not None]
    for index in dict.fromkeys((one.index, one.index_text) for one in dated):
        yield [one for one in dated if (one.index, one.index_text) == index]


def _date(score: ActivityScore) -> dt.date:
    return score.date or dt.date.max


def _worse(view: View, before: ActivityScore, later: ActivityScore) -> bool:
    if before.score is None or later.score is None:
        return False
    lower = later.index in view.words("lower_is_worse")
    return later.score < before.score if lower else later.score > before.score
