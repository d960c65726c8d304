"""The record home page: forms × events, and the instances of repeating forms with their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus

from redcap_licats.sandbox.data.context import Context
from redcap_licats.sandbox.data.entering import FormPlace
from redcap_licats.sandbox.data.labels import event_label, group_label
from redcap_licats.sandbox.pages.asked import Asked
from redcap_licats.sandbox.pages.dashboard import chosen_arm, context_of, fit_name
from redcap_licats.sandbox.pages.labels import pipe_in, repeat_label
from redcap_licats.sandbox.pages.member import Member, member_of
from redcap_licats.sandbox.pages.menu import form_name, record_menu
from redcap_licats.sandbox.pages.places import form_path
from redcap_licats.sandbox.pages.refusal import Refused
from redcap_licats.sandbox.pages.reply import Shown
from redcap_licats.sandbox.pages.status import Dot, Statuses
from redcap_licats.sandbox.store.layout import RowKey
from redcap_licats.sandbox.store.locks import locked_forms
from redcap_licats.sandbox.store.records import Record, rows_of
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session


@dataclass(frozen=True, slots=True)
class Column:
    """An event, or one instance of a repeating event; ``next_path`` adds an instance."""

    event: str
    instance: int
    name: str
    label: str
    next_path: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A form in an event; no path where the form does not stand there."""

    dot: Dot
    path: str = ""
    add_path: str = ""


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a repeating form."""

    number: int
    dot: Dot
    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Repeats:
    """The instances of a repeating form in an event."""

    form: str
    name: str
    event: str
    event_name: str
    instances: tuple[Instance, ...]
    next_path: str


def record_home(server: Server, asked: Asked) -> Shown:
    """Show the home page of a record, or of one that is to be made.

    Raises:
        Refused: There is no such record and the user may not make one, or it belongs to another group.
    """
    name = fit_name(asked.query.get("id", ""))
    with server.snapshot() as session:
        member = member_of(session, asked)
        found = member.record(session, name)
        if found is None and not member.may_create:
            raise Refused(HTTPStatus.NOT_FOUND, "no_record")
        record = found or Record(0, name, member.user.group)
        rows = rows_of(session, record.id) if found else {}
        locked = locked_forms(session, record) if found else frozenset()
        statuses = Statuses(member.layout, rows, locked, record.locked)
        return _page(session, member, record, statuses, asked, is_new=found is None)


def _page(
    session: Session, member: Member, record: Record, statuses: Statuses, asked: Asked, *, is_new: bool
) -> Shown:
    site, layout = member.site, member.layout
    arm = chosen_arm(member, asked)
    if "arm" not in asked.query and statuses.rows:
        held = {layout.arm_of(key.event) for key in statuses.rows}
        arm = next((one for one in site.definition.arms if one.number in held), arm)
    events = [one for one in layout.events if not layout.longitudinal or layout.arm_of(one) == arm.number]
    if not events:
        raise Refused(HTTPStatus.NOT_FOUND, "no_event")
    context = context_of(session, member, record, statuses.rows)
    columns = [one for event in events for one in _columns(context, statuses, event, asked.language)]
    forms = [
        form
        for form in layout.forms
        if member.sees(form) and any(form in layout.events[event].forms for event in events)
    ]
    grid = [
        (
            form_name(site, form, asked.language),
            [_spot(member, record, statuses, one, form, new=is_new) for one in columns],
        )
        for form in forms
    ]
    repeats = [
        _repeats(context, member, statuses, event, form, asked.language)
        for event in events
        for form in layout.events[event].forms
        if form in layout.repeating_forms[event] and member.sees(form) and statuses.instances(event, form)
    ]
    label = site.definition.settings.get("CustomRecordLabel", "")
    return Shown(
        "record",
        title=site.definition.title,
        member=member,
        menu=record_menu(member, statuses, record.name, FormPlace(events[0], ""), asked.language, new=is_new),
        facts={
            "record": record,
            "is_new": is_new,
            "label": pipe_in(label, context, asked.language) if label and not is_new else "",
            "group": group_label(site, record.access_group) if record.access_group else "",
            "groups": site.definition.access_groups,
            "columns": columns,
            "grid": grid,
            "repeats": repeats,
            "repeating_forms": {form for event in events for form in layout.repeating_forms[event]},
            "arm": arm,
            "arms": site.definition.arms if layout.longitudinal and len(site.definition.arms) > 1 else (),
        },
    )


def _columns(context: Context, statuses: Statuses, event: str, language: str) -> Iterator[Column]:
    site, layout = context.site, context.site.layout
    name = event_label(layout, event) if layout.longitudinal else ""
    first_form = next(iter(layout.events[event].forms), "")
    numbers = statuses.instances(event, first_form) if event in layout.repeating_events else [1]
    numbers = numbers or [1]
    for number in numbers:
        here = replace(context, key=RowKey(event, "", number))
        custom = layout.events[event].custom_label if layout.longitudinal else ""
        label = (
            repeat_label(here, language) if event in layout.repeating_events else pipe_in(custom, here, language)
        )
        begun = any(key.event == event for key in context.rows)
        add = event in layout.repeating_events and number == numbers[-1] and begun
        place = FormPlace(event, first_form, number + 1)
        yield Column(
            event,
            number,
            f"{name} (#{number})" if event in layout.repeating_events else name,
            label,
            form_path(site.id, context.record.name, place) if add else "",
        )


def _spot(
    member: Member, record: Record, statuses: Statuses, column: Column, form: str, *, new: bool
) -> Spot | None:
    layout, event = member.layout, column.event
    if form not in layout.events[event].forms:
        return None
    if form not in layout.repeating_forms[event]:
        place = FormPlace(event, form, column.instance)
        return Spot(
            statuses.dot(event, form, column.instance), form_path(member.site.id, record.name, place, new=new)
        )
    numbers = statuses.instances(event, form)
    first = FormPlace(event, form, next(iter(numbers), 1))
    path = f"#{form}" if len(numbers) > 1 else form_path(member.site.id, record.name, first, new=new)
    following = FormPlace(event, form, max(numbers, default=0) + 1)
    add = form_path(member.site.id, record.name, following) if numbers and member.edits(form) else ""
    return Spot(statuses.summary(event, form), path, add)


def _repeats(
    context: Context, member: Member, statuses: Statuses, event: str, form: str, language: str
) -> Repeats:
    site, record = member.site, context.record
    instances = tuple(
        Instance(
            number,
            statuses.dot(event, form, number),
            repeat_label(replace(context, key=RowKey(event, form, number)), language),
            form_path(site.id, record.name, FormPlace(event, form, number)),
        )
        for number in statuses.instances(event, form)
    )
    following = FormPlace(event, form, max((one.number for one in instances), default=0) + 1)
    return Repeats(
        form,
        form_name(site, form, language),
        event,
        event_label(member.layout, event) if member.layout.longitudinal else "",
        instances,
        form_path(site.id, record.name, following) if member.edits(form) else "",
    )
