"""Signing in, and making users to sign in as. There are no passwords."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

from redcap_licats.sandbox.data.labels import group_label
from redcap_licats.sandbox.data.people import add_user, make_users, missing_users
from redcap_licats.sandbox.pages.asked import Asked
from redcap_licats.sandbox.pages.member import has_expired, project_of
from redcap_licats.sandbox.pages.refusal import Refused
from redcap_licats.sandbox.pages.reply import Moved, Shown
from redcap_licats.sandbox.pages.visits import Notice, Visits
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")


@dataclass(frozen=True, slots=True)
class Person:
    """A user as the sign-in page shows it; ``forms`` are those that the user edits."""

    name: str
    role: str
    group: str
    edits: int
    expired: bool


def sign_in_page(server: Server, asked: Asked) -> Shown:
    """Offer the users of a project."""
    with server.snapshot() as session:
        site = project_of(session, asked)
        people = [_person(session, site, user) for user in session.users(site.id)]
        missing = [user.username for user in missing_users(session, site)]
    return Shown(
        "sign_in",
        title=site.definition.title,
        facts={
            "site": site,
            "people": people,
            "forms": len(site.layout.forms),
            "groups": site.definition.access_groups,
            "roles": site.state.roles,
            "missing": missing,
            "facts_next": _within(asked.query.get("next", ""), site.id),
        },
    )


def sign_in(server: Server, visits: Visits, asked: Asked) -> Moved:
    """Sign a user in.

    Raises:
        Refused: There is no such user, or its access has ended.
    """
    with server.snapshot() as session:
        site = project_of(session, asked)
        user = session.user(site.id, asked.posted.get("user", ""))
        if user is None:
            raise Refused(HTTPStatus.NOT_FOUND, "no_user")
        if has_expired(session, user):
            raise Refused(HTTPStatus.FORBIDDEN, "expired")
    visit = visits.sign_in(asked.visit, site.id, user.username)
    return Moved(_within(asked.posted.get("next", ""), site.id) or f"/projects/{site.id}/", visit)


def sign_out(visits: Visits, asked: Asked) -> Moved:
    """Sign the user out."""
    return Moved(f"/projects/{asked.project}/sign-in", visits.sign_out(asked.visit, asked.project))


def make_one(server: Server, visits: Visits, asked: Asked) -> Moved:
    """Make a user with a role and an access group.

    Raises:
        Refused: The name is not fit for a user or taken; there is no such role or group.
    """
    name, role, group = (asked.posted.get(key, "").strip() for key in ("name", "role", "group"))
    with server.session() as session:
        site = project_of(session, asked)
        groups = {one.unique_name for one in site.definition.access_groups}
        if not _NAME.fullmatch(name) or (role and site.role(role) is None) or (group and group not in groups):
            raise Refused(HTTPStatus.BAD_REQUEST, "bad_user")
        if session.user(site.id, name) is not None:
            raise Refused(HTTPStatus.CONFLICT, "user_exists")
        add_user(session, site, User(name, role=role, group=group))
    visits.tell(asked.visit, Notice("user_made", facts={"name": name}))
    return Moved(f"/projects/{site.id}/sign-in")


def make_all(server: Server, visits: Visits, asked: Asked) -> Moved:
    """Make a user for each role."""
    with server.session() as session:
        site = project_of(session, asked)
        made = make_users(session, site)
    visits.tell(asked.visit, Notice("users_made", facts={"count": str(len(made))}))
    return Moved(f"/projects/{site.id}/sign-in")


def _person(session: Session, site: Site, user: User) -> Person:
    role, rights = site.role(user.role), site.rights(user)
    edits = sum(1 for form in site.layout.forms if rights.edits(form))
    return Person(
        user.username,
        role.label if role else "",
        group_label(site, user.group) if user.group else "",
        edits,
        has_expired(session, user),
    )


def _within(path: str, project: int) -> str:
    """Give a path to come back to, '' if it does not lie in the project."""
    start = f"/projects/{project}/"
    return path if path.startswith(start) and path.isprintable() and "\\" not in path else ""
