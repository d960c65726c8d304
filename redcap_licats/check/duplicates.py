"""Events and samples that may have been recorded twice (DU)."""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.check import each
from redcap_licats.check.registry import Said, View, check
from redcap_licats.derive.model import EventResult
from redcap_licats.subject.model import Input, Sample, Subject


def _earlier(view: View, event: EventResult) -> Iterator[EventResult]:
    """Give the events of the same organ that come before an event, the nearest first."""
    same = [one for one in view.derived.events if one.event.organ == event.event.organ and one.onset]
    order = sorted(same, key=lambda one: (str(one.onset), one.event.place))
    position = next((number for number, one in enumerate(order) if one is event), 0)
    return reversed(order[:position])


def _cells(view: View, event: EventResult) -> tuple[Input, ...]:
    organ = event.event.organ
    return view.cells(event.event.place, f"{organ}_onset", f"{organ}_end")


@check("DU01", each.event)
def two_events_close_together(view: View, event: EventResult) -> Said:
    for other in _earlier(view, event):
        if event.onset is None or other.onset is None:
            continue
        close = event.onset - other.onset <= view.days("within_days")
        if close or (other.event.end and event.onset <= other.event.end):
            yield view.finding(
                event.event.place,
                f"{event.event.organ}_onset",
                read=_cells(view, other),
                onset=event.onset,
                other=other.event.place.instance,
                other_onset=other.onset,
                other_end=other.event.end,
                limit=view.number("within_days"),
            )
            return


@check("DU02", each.event)
def event_soon_after_another(view: View, event: EventResult) -> Said:
    for other in _earlier(view, event):
        end = other.event.end
        days = (event.onset - end).days if event.onset and end else 0
        if 1 <= days <= view.number("until_days"):
            yield view.finding(
                event.event.place,
                f"{event.event.organ}_onset",
                read=_cells(view, other),
                onset=event.onset,
                days=days,
                other_end=end,
                other=other.event.place.instance,
                limit=view.number("until_days"),
            )
            return


@check("DU03", each.subject)
def sample_twice(view: View, subject: Subject) -> Said:
    """Ask about the later row: same sample id, or same laboratory and moment with different values."""
    samples = sorted(subject.samples, key=lambda one: one.place)
    for position, one in enumerate(samples):
        for other in samples[:position]:
            if one.sample_id and one.sample_id == other.sample_id:
                field, same, value = "lab_sample_id", view.phrase("sample"), one.sample_id
            elif _same_moment(one, other) and _differ(one, other):
                field, same, value = "lab_date", view.phrase("time"), f"{one.date} {one.time}".strip()
            else:
                continue
            fields = ("lab_sample_id", "lab_date", "lab_time", "lab_lab")
            read = (*view.cells(one.place, *fields), *view.cells(other.place, *fields))
            yield view.finding(one.place, field, read=read, other=other.place.instance, same=same, value=value)
            break


def _same_moment(one: Sample, other: Sample) -> bool:
    mine, theirs = (one.date, one.time, one.laboratory), (other.date, other.time, other.laboratory)
    return one.date is not None and mine == theirs


def _differ(one: Sample, other: Sample) -> bool:
    return any(
        result.value is not None and theirs.value is not None and result.value != theirs.value
        for slug, result in one.results.items()
        if (theirs := other.results.get(slug))
    )
