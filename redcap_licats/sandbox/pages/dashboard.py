"""The record status dashboard: records × forms, each with its dot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice

from redcap_licats.definition.model import Arm
from redcap_licats.sandbox.data.context import Context
from redcap_licats.sandbox.data.entering import FormPlace
from redcap_licats.sandbox.data.labels import group_label
from redcap_licats.sandbox.data.naming import next_record_name
from redcap_licats.sandbox.pages.asked import Asked
from redcap_licats.sandbox.pages.labels import pipe_in
from redcap_licats.sandbox.pages.member import Member, member_of
from redcap_licats.sandbox.pages.menu import form_name
from redcap_licats.sandbox.pages.places import form_path, record_path
from redcap_licats.sandbox.pages.refusal import Refused
from redcap_licats.sandbox.pages.reply import Moved, Shown
from redcap_licats.sandbox.pages.status import Dot, Statuses
from redcap_licats.sandbox.store.layout import RowKey
from redcap_licats.sandbox.store.locks import locked_forms
from redcap_licats.sandbox.store.records import Record, Values, all_records, find_record, rows_of
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session

_PER_PAGE = 50
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Square:
    """A form of a record in an event."""

    dot: Dot
    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A record."""

    name: str
    path: str
    label: str
    group: str
    locked: bool
    squares: tuple[Square, ...]


def dashboard(server: Server, asked: Asked) -> Shown:
    """Show a page of the records that the user may see."""
    with server.snapshot() as session:
        member = member_of(session, asked)
        site, layout = member.site, member.layout
        arm = chosen_arm(member, asked)
        events = [name for name in layout.events if not layout.longitudinal or layout.arm_of(name) == arm.number]
        heads = [(event, [form for form in layout.events[event].forms if member.sees(form)]) for event in events]
        number = _page_number(asked)
        group = member.user.group or asked.query.get("group", "")
        records = all_records(session, site.id, group)
        if layout.longitudinal:
            records = (one for one in records if _in_arm(session, member, one, arm))
        found = list(islice(records, number * _PER_PAGE, (number + 1) * _PER_PAGE + 1))
        lines = [_line(session, member, one, heads, asked.language) for one in found[:_PER_PAGE]]
    return Shown(
        "dashboard",
        title=site.definition.title,
        member=member,
        facts={
            "lines": lines,
            "heads": [
                (layout.events[event].name, [form_name(site, form, asked.language) for form in forms])
                for event, forms in heads
                if forms
            ],
            "arms": site.definition.arms if layout.longitudinal and len(site.definition.arms) > 1 else (),
            "arm": arm,
            "page": number,
            "more": len(found) > _PER_PAGE,
            "group": group,
            "groups": () if member.user.group else site.definition.access_groups,
            "autonumber": autonumbers(member),
        },
    )


def new_record(server: Server, asked: Asked) -> Moved:
    """Go on to the home page of a record that is to be made.

    Raises:
        Refused: The user may not make records, or gave a name that no record can have.
    """
    with server.session() as session:
        member = member_of(session, asked)
        if not member.may_create:
            raise Refused(HTTPStatus.FORBIDDEN, "no_create")
        arm = chosen_arm(member, asked)
        if autonumbers(member):
            name = next_record_name(session, member.site, member.user.group)
        else:
            name = fit_name(asked.posted.get("id", ""))
        is_new = find_record(session, member.site.id, name) is None
    return Moved(record_path(member.site.id, name, arm=arm.number, new=is_new))


def fit_name(name: str) -> str:
    """Give a name without blanks around it.

    Raises:
        Refused: No record can have the name.
    """
    fit = name.strip()
    if not fit or len(fit) > _LONGEST_NAME or not fit.isprintable():
        raise Refused(HTTPStatus.BAD_REQUEST, "bad_name")
    return fit


def autonumbers(member: Member) -> bool:
    """Say whether the project names its records itself."""
    return member.site.definition.settings.get("RecordAutonumberingEnabled", "") == "1"


def chosen_arm(member: Member, asked: Asked) -> Arm:
    """Give the arm that is asked for, else the first."""
    arms = member.site.definition.arms or (Arm(1, ""),)
    wanted = asked.posted.get("arm") or asked.query.get("arm", "")
    return next((one for one in arms if str(one.number) == wanted), arms[0])


def context_of(session: Session, member: Member, record: Record, rows: Mapping[RowKey, Values]) -> Context:
    """Give the context of a record's first row."""
    key = RowKey(member.layout.first_event)
    return Context(member.site, member.user, record, rows, key, session.clock.stamp())


def _page_number(asked: Asked) -> int:
    given = asked.query.get("page", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < len("1000000") else 0


def _in_arm(session: Session, member: Member, record: Record, arm: Arm) -> bool:
    return any(member.layout.arm_of(key.event) == arm.number for key in rows_of(session, record.id))


def _line(
    session: Session, member: Member, record: Record, heads: list[tuple[str, list[str]]], language: str
) -> Line:
    site = member.site
    rows = rows_of(session, record.id)
    statuses = Statuses(member.layout, rows, locked_forms(session, record), record.locked)
    label = site.definition.settings.get("CustomRecordLabel", "")
    squares = tuple(
        _square(member, record, statuses, event, form, language) for event, forms in heads for form in forms
    )
    arm = member.layout.arm_of(heads[0][0]) if heads else 0
    return Line(
        record.name,
        record_path(site.id, record.name, arm=arm),
        pipe_in(label, context_of(session, member, record, rows), language) if label else "",
        group_label(site, record.access_group) if record.access_group else "",
        record.locked,
        squares,
    )


def _square(member: Member, record: Record, statuses: Statuses, event: str, form: str, language: str) -> Square:
    dot = statuses.summary(event, form)
    repeats = form in member.layout.repeating_forms[event] or event in member.layout.repeating_events
    if repeats and dot.count > 1:
        path = record_path(member.site.id, record.name, arm=member.layout.arm_of(event)) + f"#{form}"
    else:
        first = next(iter(statuses.instances(event, form)), 1) if repeats else 1
        path = form_path(member.site.id, record.name, FormPlace(event, form, first))
    return Square(dot, path, form_name(member.site, form, language))
