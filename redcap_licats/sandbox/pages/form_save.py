"""Saving a form: checked on the server, every field written back as REDCap does, and what that overwrote told.

Source: facts/redcap_api.md 3.3; DESIGN "a form opened in a browser saves every field on it back".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from redcap_licats.definition.logic import LogicError, is_true, parse
from redcap_licats.pages import submitted
from redcap_licats.sandbox.data.context import Context
from redcap_licats.sandbox.data.entering import FormPlace, announcement, enter_form, form_problems
from redcap_licats.sandbox.data.formulas import formulas
from redcap_licats.sandbox.data.naming import next_record_name
from redcap_licats.sandbox.pages.asked import Asked
from redcap_licats.sandbox.pages.dashboard import autonumbers
from redcap_licats.sandbox.pages.form_view import Opened, form_page, open_form, shown_form
from redcap_licats.sandbox.pages.menu import field_name
from redcap_licats.sandbox.pages.places import form_path, record_path
from redcap_licats.sandbox.pages.refusal import Refused
from redcap_licats.sandbox.pages.reply import Moved, Shown
from redcap_licats.sandbox.pages.visits import Notice, Visits
from redcap_licats.sandbox.store.layout import Column, RowKey
from redcap_licats.sandbox.store.log import LogFilter, read_log
from redcap_licats.sandbox.store.records import Record, rows_of
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.trigger import addresses, announce

#: stands last in the form, so that a truncated one is not taken for one with blanks
WHOLE = "__whole"
#: says that the record was there when the form was opened
HELD = "__held"
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Saved:
    record: Record
    place: FormPlace
    announced: Mapping[str, str]
    trigger_url: str
    notices: tuple[Notice, ...]


def save_form(server: Server, visits: Visits, asked: Asked) -> Shown | Moved:
    """Save a form and go on to where the user wants; show it again if something cannot be stored.

    Raises:
        Refused: The user may not save it, or it did not come whole.
    """
    with server.session() as session:
        opened = open_form(session, asked)
        if not asked.posted.get(WHOLE):
            raise Refused(HTTPStatus.BAD_REQUEST, "broken")
        if opened.locked:
            raise Refused(HTTPStatus.CONFLICT, "is_locked")
        if opened.readonly:
            raise Refused(HTTPStatus.FORBIDDEN, "no_right")
        given = submitted(form_page(opened, asked.language), asked.posted)
        values = _columns(opened, given)
        problems = form_problems(opened.member.site, opened.record.name, _changed(opened, values))
        if problems:
            lines = tuple(f"{_label(opened, one.field, asked.language)}: {one.message}" for one in problems)
            return _again(session, opened, asked, given, Notice("not_saved", "bad", lines=lines))
        if _is_taken(opened, asked) and not autonumbers(opened.member):
            return _again(session, opened, asked, given, Notice("name_taken", "bad"))
        if asked.posted.get(HELD) and not opened.record.id:
            return _again(
                session, opened, asked, given, Notice("record_gone", "bad", {"name": opened.record.name})
            )
        saved = _save(session, opened, asked, values)
    if saved.trigger_url:
        places = addresses(asked.base_url, server.version, opened.member.site.id)
        announce(saved.trigger_url, {**saved.announced, **places})
    visits.tell(asked.visit, *saved.notices)
    return Moved(_onward(opened, saved, asked.posted.get("__then", "")))


def _again(session: Session, opened: Opened, asked: Asked, given: Mapping[str, str], notice: Notice) -> Shown:
    return shown_form(
        session, opened, asked, values=given, notices=(notice,), status=HTTPStatus.UNPROCESSABLE_ENTITY
    )


def _columns(opened: Opened, given: Mapping[str, str]) -> dict[Column, str]:
    """Give the columns to write: what the server computes itself, and the name of the record, are left out."""
    layout = opened.member.layout
    computed = {one.field.name for one in formulas(layout)} | {layout.record_id}
    columns = ((layout.by_column[name], value) for name, value in given.items() if name in layout.by_column)
    return {column: value for column, value in columns if column.field not in computed}


def _changed(opened: Opened, values: Mapping[Column, str]) -> dict[Column, str]:
    """Leave out what is stored as it is: older than the dictionary, it is no reason to refuse a save."""
    stored = opened.stored
    return {column: value for column, value in values.items() if not value or stored.get(column.name) != value}


def _save(session: Session, opened: Opened, asked: Asked, values: Mapping[Column, str]) -> _Saved:
    member, place, name = opened.member, opened.place, opened.record.name
    site = member.site
    notices: list[Notice] = []
    if _is_taken(opened, asked):
        name = next_record_name(session, site, member.user.group)
        opened = replace(opened, record=Record(0, name, member.user.group), rows={})
        notices.append(Notice("renumbered", "warn", {"name": name}))
    elif opened.exists and opened.repeats and asked.posted.get("__fresh") and asked.posted.get("__seen") == "{}":
        taken = [key.instance for key in opened.rows if _beside(key, opened.key)]
        place = replace(place, instance=max(taken) + 1)
        opened = replace(opened, place=place)
        notices.append(Notice("instance_moved", "warn", {"number": str(place.instance)}))
    lost = tuple(_overwritten(opened, asked, values))
    if lost:
        last = next(iter(read_log(session, site.id, LogFilter(record=name))), None)
        facts = {"who": last.username if last else "", "when": last.time if last else ""}
        notices.append(Notice("overwrote", "warn", facts, lost))
    record = enter_form(session, site, member.user, name, place, _changed(opened, values))
    key = "saved_new" if not opened.record.id else "saved"
    notices.insert(0, Notice(key, facts={"name": name, "user": member.user.username}))
    empty = tuple(_empty_required(session, opened, record, place, asked.language))
    if empty:
        notices.append(Notice("required_empty", "warn", lines=empty))
    told = announcement(session, site, member.user.username, record, place)
    return _Saved(record, place, told, site.state.behaviour.trigger_url, tuple(notices))


def _is_taken(opened: Opened, asked: Asked) -> bool:
    """Say whether a record that was to be made has been made by somebody else meanwhile."""
    return bool(asked.query.get("new")) and opened.record.id != 0


def _overwritten(opened: Opened, asked: Asked, values: Mapping[Column, str]) -> Iterator[str]:
    """Name what somebody else stored since the page was opened and this save puts another value on."""
    try:
        seen = json.loads(asked.posted.get("__seen", "{}"))
    except (ValueError, RecursionError):
        return
    if not isinstance(seen, dict):
        return
    stored = opened.stored
    for column, value in values.items():
        now, before = stored.get(column.name, ""), seen.get(column.name, "")
        written = "" if column.code and value == "0" else value
        if now not in (before, written):
            yield f"{_label(opened, column.name, asked.language)}: «{_short(now)}» → «{_short(written)}»"


def _empty_required(
    session: Session, opened: Opened, record: Record, place: FormPlace, language: str
) -> Iterator[str]:
    member = opened.member
    rows = rows_of(session, record.id)
    key = place.row(member.layout)
    scope = Context(member.site, member.user, record, rows, key, opened.now).scope()
    values = rows.get(key, {})
    for field in member.layout.dictionary.forms[place.form]:
        names = (f"{field.name}___{code}" if code else field.name for code in field.columns.values())
        if field.required and not any(values.get(name) for name in names):
            try:
                asked_for = not field.branching_logic or is_true(parse(field.branching_logic), scope)
            except LogicError:
                asked_for = True
            if asked_for:
                yield _label(opened, field.name, language)


def _label(opened: Opened, name: str, language: str) -> str:
    column = opened.member.layout.by_column.get(name)
    return _short(field_name(opened.member.site, column.field if column else name, language))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"


def _onward(opened: Opened, saved: _Saved, then: str) -> str:
    project, layout = opened.member.site.id, opened.member.layout
    place = saved.place
    match then:
        case "stay":
            return form_path(project, saved.record.name, place)
        case "next_instance" if opened.repeats:
            taken = [key.instance for key in opened.rows if _beside(key, opened.key)]
            following = max([*taken, place.instance]) + 1
            return form_path(project, saved.record.name, FormPlace(place.event, place.form, following))
        case "next_form":
            forms = [one for one in layout.events[place.event].forms if opened.member.sees(one)]
            at = forms.index(place.form) + 1
            if at < len(forms):
                return form_path(project, saved.record.name, FormPlace(place.event, forms[at]))
    return record_path(project, saved.record.name, arm=layout.arm_of(place.event))


def _beside(key: RowKey, other: RowKey) -> bool:
    return (key.event, key.form) == (other.event, other.form)
