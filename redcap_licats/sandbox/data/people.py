"""Users to try a project with: one for each of its roles.

A role whose users make records gets one in each Data Access Group, since those are the people of a site.
"""

from __future__ import annotations

import re

from redcap_licats.sandbox.store.log import Kind, write_log
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import Role, User, new_user_rights

_NO_SIGN = re.compile(r"[^a-z0-9]+")


def make_users(session: Session, site: Site) -> list[str]:
    """Make the users that are missing; give their names."""
    made = missing_users(session, site)
    for user in made:
        add_user(session, site, user)
    return [user.username for user in made]


def missing_users(session: Session, site: Site) -> list[User]:
    """Give the users that :func:`make_users` would make."""
    return [user for user in _wanted(site) if session.user(site.id, user.username) is None]


def add_user(session: Session, site: Site, user: User) -> None:
    """Add a user, who has the rights of a role or those of somebody added with nothing but a name."""
    rights = new_user_rights(site.layout.forms)
    session.save_user(site.id, User(user.username, role=user.role, group=user.group, rights=rights))
    write_log(session, site.id, user.username, Kind.USER, "Add user", f"user = '{user.username}'")


def _wanted(site: Site) -> list[User]:
    groups = [one.unique_name for one in site.definition.access_groups] or [""]
    wanted = [
        User("_".join(part for part in (_plain(role), group) if part), role=role.unique_name, group=group)
        for role in site.state.roles
        for group in (groups if role.rights.has("record_create") else [""])
    ]
    return wanted or [User("_".join(part for part in ("user", group) if part), group=group) for group in groups]


def _plain(role: Role) -> str:
    return _NO_SIGN.sub("_", role.label.lower()).strip("_") or role.unique_name.lower()
