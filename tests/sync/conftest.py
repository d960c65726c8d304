from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from study import project_xml, settings

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.config import ProjectSettings
from redcap_licats.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def token(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> str:
    """Token of a fresh project made from the built project XML."""
    token = create_project(sandbox.url, sandbox.super_token, title="LICATS", odm=project_xml(), rate_per_minute=0)
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    return token


@pytest.fixture
def client(sandbox: SandboxProcess, token: str) -> Iterator[RedcapClient]:
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        yield client


@pytest.fixture
def project(client: RedcapClient, tmp_path: Path) -> ProjectSettings:
    return settings(client.url, tmp_path / "state", client.project_info().project_id)


Order = Callable[..., dict[str, str]]


@pytest.fixture
def order(sandbox: SandboxProcess, project: ProjectSettings) -> Order:
    """Do by hand what REDCap has no API method for."""

    def give(name: str, **body: object) -> dict[str, str]:
        url = sandbox.url.replace("/api/", f"/sandbox/projects/{project.project_id}/{name}")
        reply = requests.post(
            url, json=body, headers={"Authorization": f"Bearer {sandbox.super_token}"}, timeout=30
        )
        assert reply.ok, reply.text
        answer: dict[str, str] = reply.json()
        return answer

    return give
