"""Projects with users in a few roles, and visitors to their pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sandbox_helpers import Api
from visited_project import visited
from visitor import Visitor

from redcap_licats.definition.model import Project


@pytest.fixture
def study(create: Callable[[Project], Api]) -> Api:
    """A classic project with a repeating form; users site_north, site_south, reader, chief (in no group)."""
    api = create(visited())
    api.control("people")
    api.control("users", username="chief", role="Chief")
    return api


@pytest.fixture
def visit() -> Callable[[Api, str], Visitor]:
    def sign_in(api: Api, user: str) -> Visitor:
        return Visitor(api.url.removesuffix("api/"), api.project_id, user)

    return sign_in
