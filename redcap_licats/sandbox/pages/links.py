"""Addresses as REDCap's own pages have them, so that links in workbooks lead to the sandbox's pages."""

from __future__ import annotations

from http import HTTPStatus

from redcap_licats.sandbox.data.entering import FormPlace
from redcap_licats.sandbox.pages.asked import Asked
from redcap_licats.sandbox.pages.places import form_path, project_path, record_path
from redcap_licats.sandbox.pages.refusal import Refused
from redcap_licats.sandbox.pages.reply import Moved
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Numbered


def to_project(_server: Server, asked: Asked) -> Moved:
    """Lead to a project's dashboard."""
    return Moved(project_path(_number(asked, "pid")))


def to_record(_server: Server, asked: Asked) -> Moved:
    """Lead to a record's home page."""
    return Moved(record_path(_number(asked, "pid"), asked.query.get("id", "")))


def to_form(server: Server, asked: Asked) -> Moved:
    """Lead to an instance of a form."""
    project = _number(asked, "pid")
    event = ""
    if "event_id" in asked.query:
        with server.snapshot() as session:
            event = session.numbered(project, Numbered.EVENT, _number(asked, "event_id")) or ""
    instance = _number(asked, "instance") if "instance" in asked.query else 1
    place = FormPlace(event, asked.query.get("page", ""), instance)
    return Moved(form_path(project, asked.query.get("id", ""), place))


def _number(asked: Asked, name: str) -> int:
    given = asked.query.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) <= len("1000000000")):
        raise Refused(HTTPStatus.NOT_FOUND, "no_project")
    return int(given)
