"""Carrying out the orders of the control endpoints."""

from __future__ import annotations

from dataclasses import asdict, replace

from redcap_licats.definition.model import Attributes
from redcap_licats.errors import ConfigError
from redcap_licats.sandbox.calls.reports import UNIQUE_NAME
from redcap_licats.sandbox.control.orders import (
    AddLanguage,
    AddPeople,
    AddRandomization,
    AddUser,
    EnableSurvey,
    Lock,
    Save,
    SetBehaviour,
    SetSettings,
    SetStatus,
)
from redcap_licats.sandbox.data.entering import FormPlace, announcement, enter_form
from redcap_licats.sandbox.data.people import make_users
from redcap_licats.sandbox.data.speaking import store_language
from redcap_licats.sandbox.store.locks import set_form_lock, set_record_lock
from redcap_licats.sandbox.store.log import Kind, write_log
from redcap_licats.sandbox.store.records import Record, find_record
from redcap_licats.sandbox.store.session import Numbered, Session, new_token
from redcap_licats.sandbox.store.site import Randomization, Site, Status
from redcap_licats.sandbox.store.users import Rights, User, full_rights
from redcap_licats.sandbox.wire.reply import ApiError

Answer = dict[str, object]


def add_user(session: Session, site: Site, order: AddUser) -> Answer:
    """Add or change a user; give its token."""
    full = full_rights(site.layout.forms)
    old = session.user(site.id, order.username)
    rights = Rights(
        flags=full.flags if order.rights is None else dict(order.rights),
        forms=full.forms,
        forms_export=dict(full.forms_export) | dict(order.forms_export),
    )
    role = next((one for one in site.state.roles if order.role in (one.unique_name, one.label)), None)
    if order.role and role is None:
        raise ApiError(400, f"There is no role {order.role}")
    token = old.token if old is not None and old.token else new_token()
    user = User(
        order.username,
        token,
        expiration=order.expiration,
        group=order.group,
        groups=order.groups,
        role="" if role is None else role.unique_name,
        rights=rights,
    )
    session.save_user(site.id, user)
    _log(session, site, order.username, Kind.USER, "Add user", f"user = '{order.username}'")
    return {"token": token}


def set_status(session: Session, site: Site, order: SetStatus) -> Answer:
    """Move the project to another status."""
    production = site.state.production
    if order.status is Status.PRODUCTION and not production:
        production = session.clock.stamp()
    session.save_site(replace(site, state=replace(site.state, status=order.status, production=production)))
    return {"status": order.status}


def set_behaviour(session: Session, site: Site, order: SetBehaviour) -> Answer:
    """Switch behaviours."""
    given = {name: value for name, value in asdict(order).items() if value is not None}
    behaviour = replace(site.state.behaviour, **given)
    session.save_site(replace(site, state=replace(site.state, behaviour=behaviour)))
    return dict(asdict(behaviour))


def set_settings(session: Session, site: Site, order: SetSettings) -> Answer:
    """Set global variables of the definition."""
    settings = dict(site.definition.settings) | dict(order.settings)
    session.save_site(replace(site, definition=replace(site.definition, settings=settings)))
    return {"settings": len(order.settings)}


def lock(session: Session, site: Site, order: Lock) -> Answer:
    """Lock or unlock a record or form."""
    record = _record(session, site, order.record)
    if order.form:
        event = _event(site, order.event)
        set_form_lock(session, record, event, order.form, order.instance, locked=order.locked)
    else:
        set_record_lock(session, record, locked=order.locked)
    action = "Lock/Unlock Record"
    details = f"Action: {'Lock' if order.locked else 'Unlock'} {order.form or 'entire record'}"
    _log(session, site, order.username, Kind.LOCK, action, details, record)
    return {"locked": order.locked}


def save(session: Session, site: Site, order: Save) -> Answer:
    """Save a form by hand; give what the trigger announces."""
    layout = site.layout
    unknown = [name for name in order.values if name not in layout.by_column]
    if unknown:
        raise ApiError(400, f"There is no column {', '.join(unknown)}")
    values = {layout.by_column[name]: value for name, value in order.values.items()}
    place = FormPlace(_event(site, order.event), order.form, order.instance)
    record = enter_form(session, site, User(order.username), order.record, place, values)
    return dict(announcement(session, site, order.username, record, place))


def add_randomization(session: Session, site: Site, order: AddRandomization) -> Answer:
    """Set up a randomization; give its number."""
    if order.field not in site.layout.dictionary:
        raise ApiError(400, f"There is no field {order.field}")
    held = site.state.randomizations
    number = len(held) + 1
    new = Randomization(number, order.field, order.event, order.allocations, order.concealed)
    session.save_site(replace(site, state=replace(site.state, randomizations=(*held, new))))
    return {"randomization_id": number}


def enable_survey(session: Session, site: Site, order: EnableSurvey) -> Answer:
    """Make a form a survey."""
    if order.form not in site.layout.forms:
        raise ApiError(400, f"There is no form {order.form}")
    survey = Attributes("redcap:Surveys", {"form_name": order.form, "survey_enabled": "1"})
    definition = site.definition
    settings = dict(definition.settings) | {"SurveysEnabled": "1"}
    session.save_site(
        replace(site, definition=replace(definition, surveys=(*definition.surveys, survey), settings=settings))
    )
    return {"surveys": len(definition.surveys) + 1}


def add_people(session: Session, site: Site, _order: AddPeople) -> Answer:
    """Add a user for each role; give the names of the new ones."""
    return {"users": make_users(session, site)}


def add_language(session: Session, site: Site, order: AddLanguage) -> Answer:
    """Take a language file in."""
    try:
        language = store_language(session, site, order.content.encode())
    except ConfigError as error:
        raise ApiError(400, str(error)) from error
    return {"key": language.key, "display": language.display, "fields": len(language.fields)}


def overview(session: Session, site: Site) -> Answer:
    """Tell what no API method tells: title, users with tokens, report numbers."""
    return {
        "project_id": site.id,
        "title": site.definition.title,
        "users": {user.username: user.token for user in session.users(site.id)},
        "reports": {
            report.get("title", ""): session.number(site.id, Numbered.REPORT, report.get(UNIQUE_NAME, ""))
            for report in site.definition.reports
        },
    }


def _record(session: Session, site: Site, name: str) -> Record:
    record = find_record(session, site.id, name)
    if record is None:
        raise ApiError(400, f"There is no record {name}")
    return record


def _event(site: Site, name: str) -> str:
    event = name or site.layout.first_event
    if event not in site.layout.events:
        raise ApiError(400, f"There is no event {event}")
    return event


def _log(
    session: Session,
    site: Site,
    username: str,
    kind: Kind,
    action: str,
    details: str,
    record: Record | None = None,
) -> None:
    write_log(session, site.id, username, kind, action, details, record=record.name if record else None)
