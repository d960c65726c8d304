"""Why a page is not shown or a form not taken."""

from __future__ import annotations

from http import HTTPStatus


class Refused(Exception):
    """A page that says no.

    Attributes:
        status: HTTP status.
        key: Its text.
    """

    def __init__(self, status: HTTPStatus, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


class SignInFirst(Exception):
    """Nobody is signed in to the project."""

    def __init__(self, project: int) -> None:
        super().__init__(project)
        self.project = project
