"""What is done to records beside saving: locking, deleting, moving between access groups."""

from __future__ import annotations

from http import HTTPStatus

from redcap_licats.sandbox.control import actions
from redcap_licats.sandbox.control.orders import Lock
from redcap_licats.sandbox.data.deleting import Deletion, delete_records
from redcap_licats.sandbox.data.saving import Author, move_record
from redcap_licats.sandbox.pages.asked import Asked
from redcap_licats.sandbox.pages.form_view import open_form
from redcap_licats.sandbox.pages.member import Member, member_of
from redcap_licats.sandbox.pages.places import form_path, project_path, record_path
from redcap_licats.sandbox.pages.refusal import Refused
from redcap_licats.sandbox.pages.reply import Moved
from redcap_licats.sandbox.pages.visits import Notice, Visits
from redcap_licats.sandbox.store.locks import locked_forms
from redcap_licats.sandbox.store.records import Record
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session


def lock_form(server: Server, visits: Visits, asked: Asked) -> Moved:
    """Lock or unlock one instance of a form.

    Raises:
        Refused: The user may not lock, or there is nothing to be locked.
    """
    locked = asked.posted.get("locked") == "1"
    with server.session() as session:
        opened = open_form(session, asked)
        member, place = opened.member, opened.place
        if not member.may_lock or opened.record.locked:
            raise Refused(HTTPStatus.FORBIDDEN, "no_lock")
        if not opened.exists:
            raise Refused(HTTPStatus.CONFLICT, "nothing_there")
        order = Lock(opened.record.name, locked, place.form, place.event, place.instance, member.user.username)
        actions.lock(session, member.site, order)
    visits.tell(asked.visit, Notice("locked" if locked else "unlocked"))
    return Moved(form_path(member.site.id, opened.record.name, place))


def lock_record(server: Server, visits: Visits, asked: Asked) -> Moved:
    """Lock or unlock a record as a whole.

    Raises:
        Refused: The user may not lock whole records.
    """
    locked = asked.posted.get("locked") == "1"
    with server.session() as session:
        member, record = _record(session, asked)
        if not member.may_lock_all:
            raise Refused(HTTPStatus.FORBIDDEN, "no_lock")
        actions.lock(session, member.site, Lock(record.name, locked, username=member.user.username))
    visits.tell(asked.visit, Notice("locked" if locked else "unlocked"))
    return Moved(record_path(member.site.id, record.name))


def delete_instance(server: Server, visits: Visits, asked: Asked) -> Moved:
    """Delete what one instance of a form holds.

    Raises:
        Refused: The user may not delete, the form is locked, or there is nothing to be deleted.
    """
    with server.session() as session:
        opened = open_form(session, asked)
        member, place = opened.member, opened.place
        if not member.may_delete or not member.edits(place.form):
            raise Refused(HTTPStatus.FORBIDDEN, "no_delete")
        if opened.locked:
            raise Refused(HTTPStatus.CONFLICT, "is_locked")
        if not opened.exists:
            raise Refused(HTTPStatus.CONFLICT, "nothing_there")
        instance = place.instance if opened.repeats else None
        wanted = Deletion((opened.record.name,), None, place.event, place.form, instance)
        delete_records(session, member.site, Author(member.user.username, ""), member.user.group, wanted)
    visits.tell(asked.visit, Notice("deleted"))
    return Moved(record_path(member.site.id, opened.record.name, arm=member.layout.arm_of(place.event)))


def delete_record(server: Server, visits: Visits, asked: Asked) -> Moved:
    """Delete a record.

    Raises:
        Refused: The user may not delete, or the record or one of its forms is locked.
    """
    with server.session() as session:
        member, record = _record(session, asked)
        if not member.may_delete:
            raise Refused(HTTPStatus.FORBIDDEN, "no_delete")
        if record.locked or locked_forms(session, record):
            raise Refused(HTTPStatus.CONFLICT, "is_locked")
        if asked.posted.get("sure") != record.name:
            raise Refused(HTTPStatus.BAD_REQUEST, "not_sure")
        arms = member.site.definition.arms if member.layout.longitudinal else ()
        arm = next((one.number for one in arms if str(one.number) == asked.posted.get("arm")), None)
        author = Author(member.user.username, "")
        delete_records(session, member.site, author, member.user.group, Deletion((record.name,), arm))
    visits.tell(asked.visit, Notice("record_deleted", facts={"name": record.name}))
    return Moved(project_path(member.site.id))


def assign(server: Server, visits: Visits, asked: Asked) -> Moved:
    """Put a record into an access group.

    Raises:
        Refused: The user belongs to a group, or there is no such group.
    """
    group = asked.posted.get("group", "")
    with server.session() as session:
        member, record = _record(session, asked)
        known = {"", *(one.unique_name for one in member.site.definition.access_groups)}
        if not member.may_assign or group not in known:
            raise Refused(HTTPStatus.FORBIDDEN, "no_assign")
        move_record(session, member.site, Author(member.user.username, ""), record, group)
    visits.tell(asked.visit, Notice("assigned"))
    return Moved(record_path(member.site.id, record.name))


def _record(session: Session, asked: Asked) -> tuple[Member, Record]:
    member = member_of(session, asked)
    return member, member.known_record(session, asked.query.get("id", ""))
