"""A study in the sandbox, created as PyCap's users do: project XML and a super token over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests
from pycap_study import BASELINE, RECORDS, TIMEOUT, study
from redcap import Project as PyCap

from redcap_licats.definition.model import Project
from redcap_licats.definition.odm import write_project
from redcap_licats.sandbox.process import SandboxProcess

_ITEM = (
    '<?xml version="1.0" encoding="UTF-8" ?><item><project_title>PyCap</project_title><purpose>0</purpose>'
    "<record_autonumbering_enabled>1</record_autonumbering_enabled></item>"
)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


@pytest.fixture
def create(sandbox: SandboxProcess) -> Callable[[Project], str]:
    """Give a function that creates a project and gives its token."""

    def make(project: Project) -> str:
        form = {"token": sandbox.super_token, "content": "project", "format": "xml", "data": _ITEM}
        reply = requests.post(sandbox.url, data=form | {"odm": write_project(project)}, timeout=TIMEOUT)
        # Servers may write something in front of the token: clients take its 32 characters from the end.
        return reply.text[-32:]

    return make


@pytest.fixture
def proj(sandbox: SandboxProcess, create: Callable[[Project], str]) -> PyCap:
    """A longitudinal project with two records."""
    client = PyCap(sandbox.url, create(study()), timeout=TIMEOUT)
    client.import_records(RECORDS)
    assert client.export_records(records=["1"])[0]["redcap_event_name"] == BASELINE
    return client


@pytest.fixture
def classic(sandbox: SandboxProcess, create: Callable[[Project], str]) -> PyCap:
    """The same project without events."""
    return PyCap(sandbox.url, create(study(longitudinal=False)), timeout=TIMEOUT)


@pytest.fixture
def page(sandbox: SandboxProcess, proj: PyCap) -> tuple[str, dict[str, str]]:
    """Address and headers of the project's control page, for what REDCap's API cannot do."""
    number = proj.export_project_info()["project_id"]
    root = sandbox.url.removesuffix("api/")
    return f"{root}sandbox/projects/{number}", {"Authorization": f"Bearer {sandbox.super_token}"}


@pytest.fixture
def switching(proj: PyCap, page: tuple[str, dict[str, str]]) -> PyCap:
    """The project as a user sees it who may switch between the two access groups."""
    address, headers = page
    user = {"username": "visitor", "group": "north", "groups": ["north", "south"]}
    reply = requests.post(f"{address}/users", json=user, headers=headers, timeout=TIMEOUT)
    return PyCap(proj.url, reply.json()["token"], timeout=TIMEOUT)


@pytest.fixture
def report_id(page: tuple[str, dict[str, str]]) -> str:
    address, headers = page
    return str(requests.get(address, headers=headers, timeout=TIMEOUT).json()["reports"]["Names"])
