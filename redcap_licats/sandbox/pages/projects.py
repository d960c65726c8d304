"""The list of projects, and the languages of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus

from redcap_licats.errors import ConfigError
from redcap_licats.sandbox.data.speaking import store_language
from redcap_licats.sandbox.pages.asked import Asked
from redcap_licats.sandbox.pages.member import Member, member_of
from redcap_licats.sandbox.pages.places import project_path
from redcap_licats.sandbox.pages.refusal import Refused
from redcap_licats.sandbox.pages.reply import Moved, Shown
from redcap_licats.sandbox.pages.visits import Notice, Visits
from redcap_licats.sandbox.store.records import all_records
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session


@dataclass(frozen=True, slots=True)
class ListedProject:
    """A project as the list shows it."""

    id: int
    title: str
    status: str
    records: int
    forms: int
    user: str


def project_list(server: Server, asked: Asked) -> Shown:
    """Show all projects of the server."""
    with server.snapshot() as session:
        projects = [
            ListedProject(
                site.id,
                site.definition.title or f"Project {site.id}",
                site.state.status,
                sum(1 for _ in all_records(session, site.id)),
                len(site.layout.forms),
                asked.visit.users.get(site.id, ""),
            )
            for site in session.sites()
        ]
    return Shown("projects", facts={"projects": projects, "api": f"{asked.base_url}api/"})


def choose_language(asked: Asked) -> Moved:
    """Change the language and come back.

    Raises:
        Refused: There is no such language.
    """
    key, back = asked.posted.get("language", ""), asked.posted.get("back", "/")
    if not is_language_key(key):
        raise Refused(HTTPStatus.BAD_REQUEST, "broken")
    local = back.startswith("/") and not back.startswith("//") and back.isprintable() and "\\" not in back
    return Moved(back if local else "/", language=key)


def is_language_key(key: str) -> bool:
    """Say whether a text may be the key of a language."""
    return 0 < len(key) <= 20 and key.isascii() and key.replace("-", "").replace("_", "").isalnum()


def add_language(server: Server, visits: Visits, asked: Asked) -> Moved:
    """Take a language file in.

    Raises:
        Refused: The user may not change the project's design.
    """
    with server.session() as session:
        member = _designer(session, asked)
        try:
            language = store_language(session, member.site, asked.file)
        except ConfigError as error:
            visits.tell(asked.visit, Notice("language_refused", "bad", lines=(error.message,)))
        else:
            visits.tell(asked.visit, Notice("language_taken", facts={"name": language.display}))
    return Moved(f"{project_path(member.site.id)}languages")


def drop_language(server: Server, asked: Asked) -> Moved:
    """Take a language out of a project.

    Raises:
        Refused: The user may not change the project's design.
    """
    with server.session() as session:
        site = _designer(session, asked).site
        kept = tuple(one for one in site.state.languages if one.key != asked.posted.get("language", ""))
        session.save_site(replace(site, state=replace(site.state, languages=kept)))
    return Moved(f"{project_path(site.id)}languages")


def languages_page(server: Server, asked: Asked) -> Shown:
    """Show the languages of a project."""
    with server.snapshot() as session:
        member = member_of(session, asked)
    facts = {"further": member.site.state.languages, "design": member.rights.has("design")}
    return Shown("languages", title=member.site.definition.title, facts=facts, member=member)


def _designer(session: Session, asked: Asked) -> Member:
    member = member_of(session, asked)
    if not member.rights.has("design"):
        raise Refused(HTTPStatus.FORBIDDEN, "no_design")
    return member
