"""A running sandbox and small projects in it; every test makes projects of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import requests
from sandbox_helpers import TIMEOUT, Api, project

from redcap_licats.definition.model import Attributes, Project, Repeat
from redcap_licats.definition.odm import write_project
from redcap_licats.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


@pytest.fixture
def create(sandbox: SandboxProcess) -> Callable[[Project | str], Api]:
    """Give a function that creates a project from its definition or XML."""

    def make(project: Project | str) -> Api:
        xml = project if isinstance(project, str) else write_project(project)
        form = {
            "token": sandbox.super_token,
            "content": "project",
            "format": "json",
            "data": json.dumps([{"project_title": "Test", "purpose": 0}]),
            "odm": xml,
        }
        reply = requests.post(sandbox.url, data=form, timeout=TIMEOUT)
        assert reply.status_code == 200, reply.text
        return Api(sandbox.url, reply.text, sandbox.super_token)

    return make


@pytest.fixture
def classic(create: Callable[[Project], Api]) -> Api:
    return create(project())


@pytest.fixture
def repeating(create: Callable[[Project], Api]) -> Api:
    return create(project(repeats=[Repeat("labs")]))


@pytest.fixture
def longitudinal(create: Callable[[Project], Api]) -> Api:
    return create(project(longitudinal=True))


@pytest.fixture
def surveyed(create: Callable[[Project], Api]) -> Api:
    return create(project(surveys=(Attributes("redcap:Surveys", {"form_name": "basics"}),)))
