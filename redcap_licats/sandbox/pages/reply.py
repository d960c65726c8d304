"""What a page answers: something to show, or where to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from redcap_licats.sandbox.pages.member import Member
from redcap_licats.sandbox.pages.menu import Menu
from redcap_licats.sandbox.pages.visits import Notice, Visit


@dataclass(frozen=True, slots=True)
class Shown:
    """A page.

    Attributes:
        template: Its template, without ending.
        title: Of the page; '' for the sandbox's own.
        facts: What the template shows.
        member: Who looks at it, None where nobody is signed in.
        menu: The record that is looked at.
        notices: What is told at the top, beside what the visit keeps.
        script: What runs on the page beside the sandbox's own.
        own_choice: Whether the page's script offers the languages itself.
    """

    template: str
    title: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    member: Member | None = None
    menu: Menu | None = None
    notices: tuple[Notice, ...] = ()
    script: str = ""
    own_choice: bool = False
    status: HTTPStatus = HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class Moved:
    """Where to go on; ``visit`` is the one that takes the place of the present one."""

    path: str
    visit: Visit | None = None
    language: str | None = None
