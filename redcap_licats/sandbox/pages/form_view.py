"""The data entry page: one form of a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus

from redcap_licats.definition.model import FieldType
from redcap_licats.pages import ENGLISH, FormPage, Place, Row, page_script, render_form
from redcap_licats.sandbox.data.context import Context
from redcap_licats.sandbox.data.entering import FormPlace, is_locked
from redcap_licats.sandbox.data.labels import event_label, group_label
from redcap_licats.sandbox.pages.asked import Asked
from redcap_licats.sandbox.pages.dashboard import fit_name
from redcap_licats.sandbox.pages.labels import repeat_label
from redcap_licats.sandbox.pages.member import Member, member_of
from redcap_licats.sandbox.pages.menu import form_name, record_menu
from redcap_licats.sandbox.pages.places import form_path, record_path
from redcap_licats.sandbox.pages.refusal import Refused
from redcap_licats.sandbox.pages.reply import Shown
from redcap_licats.sandbox.pages.status import Dot, Statuses
from redcap_licats.sandbox.pages.visits import Notice
from redcap_licats.sandbox.store.clock import STAMP
from redcap_licats.sandbox.store.layout import Layout, RowKey
from redcap_licats.sandbox.store.locks import locked_forms
from redcap_licats.sandbox.store.records import Record, rows_of
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session

_LONGEST_INSTANCE = 5


@dataclass(frozen=True)
class Opened:
    """A form as a user finds it.

    Attributes:
        record: With number 0 if it is to be made.
        rows: All that the record holds.
        stored: Values of the form by column.
        exists: Whether the instance exists.
    """

    member: Member
    record: Record
    place: FormPlace
    rows: Mapping[RowKey, Mapping[str, str]]
    locked: bool
    now: str

    @property
    def key(self) -> RowKey:
        """The row the form's values stand on."""
        return self.place.row(self.member.layout)

    @property
    def stored(self) -> dict[str, str]:
        """Values of the form by column."""
        layout = self.member.layout
        values = self.rows.get(self.key, {})
        known = ((layout.by_key[name], value) for name, value in values.items() if name in layout.by_key)
        return {column.name: value for column, value in known if column.form == self.place.form}

    @property
    def exists(self) -> bool:
        """Whether the instance exists."""
        return self.key in self.rows

    @property
    def repeats(self) -> bool:
        """Whether the form, or its event, repeats."""
        return bool(self.key.form) or self.place.event in self.member.layout.repeating_events

    @property
    def readonly(self) -> bool:
        """Whether the user can only read it."""
        may = self.member.edits(self.place.form) and (self.record.id or self.member.may_create)
        return self.locked or not may


def open_form(session: Session, asked: Asked) -> Opened:
    """Find the form that is asked for.

    Raises:
        Refused: The user may not see it, or there is no such record, event, form or instance.
    """
    member = member_of(session, asked)
    layout = member.layout
    name, form = fit_name(asked.query.get("id", "")), asked.query.get("form", "")
    event = asked.query.get("event") or next(
        (one for one in layout.events if form in layout.events[one].forms), ""
    )
    if event not in layout.events or form not in layout.events[event].forms:
        raise Refused(HTTPStatus.NOT_FOUND, "no_form")
    if not member.sees(form):
        raise Refused(HTTPStatus.FORBIDDEN, "no_right")
    found = member.record(session, name)
    if found is None and not member.may_create:
        raise Refused(HTTPStatus.NOT_FOUND, "no_record")
    record = found or Record(0, name, member.user.group)
    rows = rows_of(session, record.id) if found else {}
    place = FormPlace(event, form, _instance(asked))
    place = FormPlace(event, form, place.row(layout).instance)
    locked = found is not None and is_locked(session, member.site, found, place)
    return Opened(member, record, place, rows, locked, session.clock.stamp())


def form_page(opened: Opened, language: str, values: Mapping[str, str] | None = None) -> FormPage:
    """Give the form as the browser is to show it, with other values than the stored ones if they are given.

    What stands on forms that the user may not see is left out, since the page holds all it pipes and computes.
    """
    member, place = opened.member, opened.place
    site, layout = member.site, member.layout
    languages = (ENGLISH, *site.state.languages)
    return FormPage(
        site.definition,
        place.form,
        Place(opened.record.name, place.event, place.instance),
        opened.stored if values is None else values,
        tuple(_row(opened, key, held) for key, held in opened.rows.items()),
        languages,
        language if language in {one.key for one in languages} else "",
        opened.readonly,
        # a new record's name is sent too; files are not taken here
        frozenset(_files(layout) if opened.record.id == 0 else {layout.record_id, *_files(layout)}),
        {
            "user-name": member.user.username,
            "user-dag-name": member.user.group,
            "record-dag-name": opened.record.access_group,
            "record-dag-label": group_label(site, opened.record.access_group),
            "project-id": str(site.id),
        },
        datetime.strptime(opened.now, STAMP),  # noqa: DTZ007 - server-local, as all of REDCap's times
        links={
            form: form_path(site.id, opened.record.name, replace(place, form=form))
            for form in layout.events[place.event].forms
            if opened.record.id and member.sees(form)
        },
    )


def _files(layout: Layout) -> list[str]:
    return [field.name for field in layout.dictionary if field.type is FieldType.FILE]


def _row(opened: Opened, key: RowKey, held: Mapping[str, str]) -> Row:
    layout = opened.member.layout
    known = ((layout.by_key[name], value) for name, value in held.items() if name in layout.by_key)
    values = {column.name: value for column, value in known if opened.member.sees(column.form)}
    return Row(values, key.event, key.form, key.instance)


def show_form(server: Server, asked: Asked) -> Shown:
    """Show a form for data entry."""
    with server.snapshot() as session:
        opened = open_form(session, asked)
        return shown_form(session, opened, asked)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another instance of the form."""

    number: int
    dot: Dot
    label: str
    path: str


def shown_form(
    session: Session,
    opened: Opened,
    asked: Asked,
    *,
    values: Mapping[str, str] | None = None,
    notices: tuple[Notice, ...] = (),
    status: HTTPStatus = HTTPStatus.OK,
) -> Shown:
    """Give the data entry page; with values that were sent back where they could not be saved."""
    member, record, place = opened.member, opened.record, opened.place
    site, layout = member.site, member.layout
    page = form_page(opened, asked.language, values)
    locks = locked_forms(session, record) if record.id else frozenset()
    statuses = Statuses(layout, opened.rows, locks, record.locked)
    own_lock = place.lock(layout) in locks
    numbers = statuses.instances(place.event, place.form) if opened.repeats else []
    following = FormPlace(place.event, place.form, max(numbers, default=0) + 1)
    neighbours = [_neighbour(opened, statuses, number, asked.language) for number in numbers]
    return Shown(
        "form",
        title=site.definition.title,
        member=member,
        menu=record_menu(member, statuses, record.name, place, asked.language, new=not record.id),
        notices=notices,
        script=page_script([page]),
        own_choice=len(page.languages) > 1,
        status=status,
        facts={
            "record": record,
            "place": place,
            "name": form_name(site, place.form, asked.language),
            "event": event_label(layout, place.event) if layout.longitudinal else "",
            "body": render_form(page),
            "action": form_path(site.id, record.name, place, new=not record.id),
            "readonly": opened.readonly,
            "edits": member.edits(place.form),
            "exists": opened.exists,
            "repeats": opened.repeats,
            "neighbours": neighbours,
            "label": next((one.label for one in neighbours if one.number == place.instance), ""),
            "next_path": form_path(site.id, record.name, following) if member.edits(place.form) else "",
            "home": record_path(site.id, record.name, arm=layout.arm_of(place.event), new=not record.id),
            "seen": json.dumps(opened.stored, ensure_ascii=False, sort_keys=True),
            "fresh": not opened.exists,
            "own_lock": own_lock,
            "may_lock": member.may_lock and opened.exists and not record.locked,
            "may_delete": member.may_delete and opened.exists and not opened.locked and member.edits(place.form),
        },
    )


def _neighbour(opened: Opened, statuses: Statuses, number: int, language: str) -> Neighbour:
    member, place = opened.member, opened.place
    key = RowKey(place.event, opened.key.form, number)
    context = Context(member.site, member.user, opened.record, opened.rows, key, opened.now)
    return Neighbour(
        number,
        statuses.dot(place.event, place.form, number),
        repeat_label(context, language),
        form_path(member.site.id, opened.record.name, FormPlace(place.event, place.form, number)),
    )


def _instance(asked: Asked) -> int:
    given = asked.query.get("instance", "") or "1"
    if not (given.isascii() and given.isdigit() and len(given) <= _LONGEST_INSTANCE and int(given) > 0):
        raise Refused(HTTPStatus.NOT_FOUND, "no_form")
    return int(given)
