"""A user on the pages, and what that user may do. Every page and every save asks here.

Source: facts/redcap_api.md 1.5 for the rights; 2.16 for Data Access Groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from redcap_licats.sandbox.pages.asked import Asked
from redcap_licats.sandbox.pages.refusal import Refused, SignInFirst
from redcap_licats.sandbox.store.layout import Layout
from redcap_licats.sandbox.store.records import Record, find_record
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site, Status
from redcap_licats.sandbox.store.users import Rights, User


@dataclass(frozen=True, slots=True)
class Member:
    """A user of a project."""

    site: Site
    user: User
    rights: Rights

    @property
    def layout(self) -> Layout:
        """Lookups over the project's definition."""
        return self.site.layout

    @property
    def active(self) -> bool:
        """Whether data can be entered in the project at all."""
        return self.site.state.status is not Status.INACTIVE

    @property
    def may_create(self) -> bool:
        """Whether the user may make records."""
        return self.active and self.rights.has("record_create")

    @property
    def may_delete(self) -> bool:
        """Whether the user may delete records and instances."""
        return self.active and self.rights.has("record_delete")

    @property
    def may_lock(self) -> bool:
        """Whether the user may lock and unlock single forms."""
        return self.active and self.rights.has("lock_records")

    @property
    def may_lock_all(self) -> bool:
        """Whether the user may lock and unlock whole records."""
        return self.active and self.rights.has("lock_records_all_forms")

    @property
    def may_assign(self) -> bool:
        """Whether the user may move records between access groups."""
        return self.active and not self.user.group and bool(self.site.definition.access_groups)

    def sees(self, form: str) -> bool:
        """Say whether the user may look at a form."""
        return self.rights.sees(form)

    def edits(self, form: str) -> bool:
        """Say whether the user may save a form."""
        return self.active and self.rights.edits(form)

    def record(self, session: Session, name: str) -> Record | None:
        """Give a record; None if there is none of that name.

        Raises:
            Refused: It belongs to another access group.
        """
        found = find_record(session, self.site.id, name)
        if found is not None and self.user.group and found.access_group != self.user.group:
            raise Refused(HTTPStatus.FORBIDDEN, "other_group")
        return found

    def known_record(self, session: Session, name: str) -> Record:
        """Give a record that has to be there.

        Raises:
            Refused: There is none, or it belongs to another access group.
        """
        found = self.record(session, name)
        if found is None:
            raise Refused(HTTPStatus.NOT_FOUND, "no_record")
        return found


def project_of(session: Session, asked: Asked) -> Site:
    """Give the project that is asked for.

    Raises:
        Refused: There is none.
    """
    site = session.site(asked.project)
    if site is None:
        raise Refused(HTTPStatus.NOT_FOUND, "no_project")
    return site


def member_of(session: Session, asked: Asked) -> Member:
    """Give the user that is signed in to the project asked for.

    Raises:
        Refused: There is no such project, or the user's access has ended.
        SignInFirst: Nobody is signed in, or the user is no more.
    """
    site = project_of(session, asked)
    username = asked.visit.users.get(site.id, "")
    user = session.user(site.id, username) if username else None
    if user is None:
        raise SignInFirst(site.id)
    if has_expired(session, user):
        raise Refused(HTTPStatus.FORBIDDEN, "expired")
    return Member(site, user, site.rights(user))


def has_expired(session: Session, user: User) -> bool:
    """Say whether a user's access has ended."""
    return bool(user.expiration) and user.expiration <= session.clock.today()
