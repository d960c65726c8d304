"""content=project with the super token: new projects, plain or from a project XML.

Calculated values of an XML are not taken over, as on the real server. Source: facts/redcap_api.md 1.4, 2.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from redcap_licats.definition.model import (
    Arm,
    DataDictionary,
    Event,
    Field,
    FieldType,
    Project,
)
from redcap_licats.definition.odm import read_project
from redcap_licats.errors import ConfigError
from redcap_licats.sandbox.calls.project import with_settings
from redcap_licats.sandbox.calls.reports import UNIQUE_NAME
from redcap_licats.sandbox.data.loading import load_cells
from redcap_licats.sandbox.store.log import Kind, write_log
from redcap_licats.sandbox.store.session import Numbered, Session, new_token
from redcap_licats.sandbox.store.site import Site, State
from redcap_licats.sandbox.store.users import User, full_rights, role_from_xml
from redcap_licats.sandbox.wire.body import read_one
from redcap_licats.sandbox.wire.params import Params
from redcap_licats.sandbox.wire.reply import ApiError

CREATOR = "sandbox_admin"
_PURPOSES = ("0", "1", "2", "3", "4")


def create_from_request(session: Session, params: Params) -> str:
    """Create a project as asked for; give the token of its creator.

    Raises:
        ApiError: 400 if title or purpose is missing or the XML cannot be read.
    """
    given = read_one(params.text("data"), params.choice("format", "xml", "json", "csv"))
    if not given.get("project_title", "").strip():
        raise ApiError(400, "The 'project_title' attribute is missing.")
    if given.get("purpose", "").strip() not in _PURPOSES:
        raise ApiError(400, "The 'purpose' attribute is missing or not one of 0, 1, 2, 3, 4.")
    xml = params.text("odm")
    try:
        project = read_project(xml.encode()) if xml else blank_project()
    except ConfigError as error:
        raise ApiError(400, f"The project XML could not be read: {error.message}") from error
    settings = {name: value for name, value in given.items() if not (xml and name == "is_longitudinal")}
    return create_project(session, project, settings)


def create_project(session: Session, project: Project, settings: Mapping[str, str] | None = None) -> str:
    """Create a project with its data; give the token of its creator, who has all rights."""
    roles = tuple(role_from_xml(role) for role in project.roles)
    state = State(created=session.clock.stamp(), roles=roles)
    site = with_settings(Site(0, replace(project, cells=(), record_groups={}), state), settings or {})
    site = session.add_site(site.definition, site.state)
    for report in project.reports:
        session.number(site.id, Numbered.REPORT, report.get(UNIQUE_NAME, ""))
    token = new_token()
    session.save_user(site.id, User(CREATOR, token, rights=full_rights(site.layout.forms)))
    write_log(session, site.id, CREATOR, Kind.MANAGE, "Manage/Design", "Create project (API)")
    load_cells(session, site, CREATOR, project.cells, project.record_groups)
    return token


def blank_project() -> Project:
    """Give the project a server makes when nothing but a title is known: one form with the record id."""
    dictionary = DataDictionary((Field("record_id", "form_1", FieldType.TEXT, label="Record ID"),))
    return Project(
        title="",
        dictionary=dictionary,
        form_labels={"form_1": "Form 1"},
        settings={"RecordAutonumberingEnabled": "1", "DisplayTodayNowButton": "1"},
        arms=(Arm(1, "Arm 1"),),
        events=(Event("Event 1", 1, "event_1_arm_1", forms=("form_1",)),),
    )
