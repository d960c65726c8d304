"""Adverse events against the organ events (GR12, CO05, CO06)."""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.check import each
from redcap_licats.check.registry import Said, View, check
from redcap_licats.derive.model import EventResult
from redcap_licats.protocol.models import Text
from redcap_licats.subject.model import AdverseEvent, Input


def _near(view: View, one: AdverseEvent, event: EventResult) -> bool:
    """Tell whether an adverse event of the organ may be an event by its date; an unknown day may be any."""
    if one.organ != event.event.organ:
        return False
    return one.start is None or event.onset is None or abs(one.start - event.onset) <= view.days("within_days")


def _linked(view: View, one: AdverseEvent, event: EventResult) -> bool:
    """Tell whether an adverse event is recorded as an event: by its instance, else by organ and date."""
    if not one.licats:
        return False
    if one.event is not None:
        return (one.organ, one.event) == (event.event.organ, event.event.place.instance)
    return _near(view, one, event)


def _cells(view: View, *rows: AdverseEvent) -> Iterator[Input]:
    for one in rows:
        yield from view.cells(one.place, "ae_start", "ae_organ", "ae_licats", "ae_event")


def _organ(view: View, one: AdverseEvent) -> Text | None:
    return view.protocol.organs[one.organ].label if one.organ else None


@check("GR12", each.adverse_event)
def seriousness_disagrees(view: View, one: AdverseEvent) -> Said:
    if one.serious and view.blank(one.place, "ae_crit"):
        read = view.cells(one.place, "ae_serious")
        yield view.finding(one.place, "ae_crit", read=read, problem=view.phrase("criteria", term=one.term))
    if one.serious is not False:
        return
    for event in view.derived.events:
        grade = event.event.investigator_grade
        if _linked(view, one, event) and str(grade) in view.words("grades"):
            organ = event.event.organ
            yield view.finding(
                one.place,
                "ae_serious",
                read=(*_cells(view, one), *view.cells(event.event.place, f"{organ}_inv_grade", f"{organ}_onset")),
                problem=view.phrase(
                    "grade", term=one.term, organ=_organ(view, one), onset=event.event.onset, grade=grade
                ),
            )
            return


@check("CO05", each.adverse_event)
def no_licats_decision(view: View, one: AdverseEvent) -> Said:
    """Ask about an adverse event after infusion in an organ affected before, unless an event lies near it."""
    enrolment = view.subject.enrolment
    involvement = enrolment.organs.get(one.organ) if enrolment else None
    if enrolment is None or involvement is None or involvement.affected != "yes":
        return
    if one.start is None or not view.treated(one.start) or any(_near(view, one, x) for x in view.derived.events):
        return
    if view.cell(one.place, "ae_licats").value in ("", "9"):
        yield view.finding(
            one.place,
            "ae_licats",
            read=(*_cells(view, one), view.cell(enrolment.place, f"enr_{one.organ}_aff")),
            number=one.place.instance,
            term=one.term,
            start=one.start,
            organ=_organ(view, one),
            limit=view.number("within_days"),
        )


@check("CO06", each.event)
def event_without_adverse_event(view: View, event: EventResult) -> Said:
    """Ask only where the subject has an adverse event: without any, the study may not use the form.

    A study whose log of adverse events is this form sets ``even_without_rows`` to 1.
    """
    rows = view.subject.adverse_events
    used = rows or view.number("even_without_rows")
    if used and event.counts and not any(_linked(view, one, event) for one in rows):
        own = (one for one in rows if one.organ == event.event.organ)
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_onset",
            read=_cells(view, *own),
            problem=view.phrase("event", onset=event.event.onset, limit=view.number("within_days")),
        )


@check("CO06", each.adverse_event)
def adverse_event_without_event(view: View, one: AdverseEvent) -> Said:
    if one.licats and not any(_linked(view, one, event) for event in view.derived.events):
        problem = view.phrase(
            "adverse_event", number=one.place.instance, term=one.term, start=one.start, organ=_organ(view, one)
        )
        yield view.finding(one.place, "ae_licats", read=_cells(view, one), problem=problem)
