"""content=arm, event, formEventMapping: the plan of a longitudinal project.

Source: facts/redcap_api.md 1.3, E5.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from redcap_licats.definition.events import unique_event_name
from redcap_licats.definition.model import Arm, Event, Project
from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.store.log import Kind
from redcap_licats.sandbox.store.session import Numbered
from redcap_licats.sandbox.wire.reply import ApiError, Reply, Row, text

_SCHEDULE = ("day_offset", "offset_min", "offset_max")
_LONGEST_ARM = 3
_MAPPING = ("arm_num", "unique_event_name", "form")


def _needs_events(call: Call, what: str) -> None:
    if not call.layout.longitudinal:
        raise ApiError(400, f"You cannot export {what} for classic projects")


def _save(call: Call, definition: Project) -> None:
    call.session.save_site(replace(call.site, definition=definition))


def _arm_number(row: Row) -> int:
    number = str(row.get("arm_num", "")).strip()
    if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_ARM and int(number) > 0):
        raise ApiError(400, f"The arm number '{number}' is not valid: it must be a positive whole number.")
    return int(number)


def export_arms(call: Call) -> Reply:
    """Export the arms that have an event."""
    _needs_events(call, "arms")
    wanted = set(call.params.array("arms"))
    used = {event.arm for event in call.site.definition.events}
    arms: list[Row] = [
        {"arm_num": arm.number, "name": arm.name}
        for arm in call.site.definition.arms
        if arm.number in used and (not wanted or str(arm.number) in wanted)
    ]
    call.log_export("arms")
    return call.table(arms, ("arm_num", "name"), root="arms")


def import_arms(call: Call) -> Reply:
    """Add or rename arms; with ``override`` all arms and their events go first."""
    rows = call.imported()
    old = call.site.definition
    override = call.params.flag("override")
    arms = {} if override else {arm.number: arm for arm in old.arms}
    for row in rows:
        number = _arm_number(row)
        name = row.get("name", "").strip()
        if not name:
            raise ApiError(400, f"The arm number {number} has no name.")
        arms[number] = Arm(number, name)
    events = () if override and old.longitudinal else old.events
    _save(call, replace(old, arms=tuple(arms[number] for number in sorted(arms)), events=events))
    call.log_import("arms")
    return text(len(rows))


def delete_arms(call: Call) -> Reply:
    """Delete arms with their events."""
    numbers = set(call.params.array("arms"))
    old = call.site.definition
    missing = numbers - {str(arm.number) for arm in old.arms}
    if missing or not numbers:
        raise ApiError(400, f"The following arms do not exist: {', '.join(sorted(missing))}")
    arms = tuple(arm for arm in old.arms if str(arm.number) not in numbers)
    events = tuple(event for event in old.events if str(event.arm) not in numbers)
    _save(call, replace(old, arms=arms, events=events))
    call.log(Kind.MANAGE, "Manage/Design", f"Delete arms (API): {', '.join(sorted(numbers))}")
    return text(len(numbers))


def export_events(call: Call) -> Reply:
    """Export the events, with their days if scheduling is on."""
    _needs_events(call, "events")
    arms = set(call.params.array("arms"))
    scheduled = call.site.definition.settings.get("SchedulingEnabled") == "1"
    events: list[Row] = [
        {
            "event_name": event.name,
            "arm_num": event.arm,
            "day_offset": event.day_offset,
            "offset_min": event.offset_min,
            "offset_max": event.offset_max,
            "unique_event_name": event.unique_name,
            "custom_event_label": event.custom_label,
            "event_id": call.session.number(call.site.id, Numbered.EVENT, event.unique_name),
        }
        for event in call.site.definition.events
        if not arms or str(event.arm) in arms
    ]
    days = _SCHEDULE if scheduled else ()
    columns = ("event_name", "arm_num", *days, "unique_event_name", "custom_event_label", "event_id")
    call.log_export("events")
    return call.table(events, columns, root="events")


def import_events(call: Call) -> Reply:
    """Add or change events; their unique names are generated, never set."""
    rows = call.imported()
    old = call.site.definition
    override = call.params.flag("override")
    events = [] if override else list(old.events)
    arms = {arm.number: arm for arm in old.arms}
    for row in rows:
        name, number = row.get("event_name", "").strip(), _arm_number(row)
        if not name:
            raise ApiError(400, "Every event needs an event_name.")
        arms.setdefault(number, Arm(number, f"Arm {number}"))
        _put_event(events, row, name, number)
    ordered = tuple(sorted(events, key=lambda event: event.arm))
    _save(call, replace(old, arms=tuple(arms[number] for number in sorted(arms)), events=ordered))
    call.log_import("events")
    return text(len(rows))


def _put_event(events: list[Event], row: dict[str, str], name: str, arm: int) -> None:
    given = row.get("unique_event_name", "")
    at = next(
        (at for at, one in enumerate(events) if one.unique_name == given or (one.name, one.arm) == (name, arm)),
        None,
    )
    old = Event(name, arm, _unused_name(events, name, arm)) if at is None else events[at]
    event = replace(
        old,
        name=name,
        custom_label=row.get("custom_event_label", old.custom_label),
        day_offset=row.get("day_offset", old.day_offset),
        offset_min=row.get("offset_min", old.offset_min),
        offset_max=row.get("offset_max", old.offset_max),
    )
    if at is None:
        events.append(event)
    else:
        events[at] = event


def _unused_name(events: Sequence[Event], name: str, arm: int) -> str:
    wanted = unique_event_name(name, arm)
    taken = {event.unique_name for event in events}
    stem = wanted.removesuffix(f"_arm_{arm}")
    while not stem or wanted in taken:
        stem = f"{stem}{secrets.token_hex(2)}"
        wanted = f"{stem}_arm_{arm}"
    return wanted


def delete_events(call: Call) -> Reply:
    """Delete events by unique name."""
    names = set(call.params.array("events"))
    old = call.site.definition
    missing = names - {event.unique_name for event in old.events}
    if missing or not names:
        raise ApiError(400, f"The following events do not exist: {', '.join(sorted(missing))}")
    _save(call, replace(old, events=tuple(event for event in old.events if event.unique_name not in names)))
    call.log(Kind.MANAGE, "Manage/Design", f"Delete events (API): {', '.join(sorted(names))}")
    return text(len(names))


def export_mapping(call: Call) -> Reply:
    """Export which forms belong to which events."""
    _needs_events(call, "form/event mappings")
    arms = set(call.params.array("arms"))
    mapping: list[Row] = [
        {"arm_num": event.arm, "unique_event_name": event.unique_name, "form": form}
        for event in call.site.definition.events
        if not arms or str(event.arm) in arms
        for form in sorted(event.forms, key=lambda form: call.layout.form_order.get(form, 0))
    ]
    call.log_export("instrument-event mappings")
    return call.table(mapping, _MAPPING)


def import_mapping(call: Call) -> Reply:
    """Replace the whole mapping of forms to events."""
    _needs_events(call, "form/event mappings")
    rows = call.imported()
    old = call.site.definition
    mapped: dict[str, list[str]] = {event.unique_name: [] for event in old.events}
    for row in rows:
        event, form = row.get("unique_event_name", ""), row.get("form", "")
        if event not in mapped:
            raise ApiError(400, f"The event '{event}' does not exist in the project.")
        if form not in call.layout.forms:
            raise ApiError(400, f"The instrument '{form}' does not exist in the project.")
        mapped[event].append(form)
    events = tuple(replace(event, forms=tuple(dict.fromkeys(mapped[event.unique_name]))) for event in old.events)
    _save(call, replace(old, events=events))
    call.log_import("instrument-event mappings")
    return text(len(rows))
