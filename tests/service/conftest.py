from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

# the subject that the tests of the worker know too
sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))

from service_process import Order, Study
from study import project_xml

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: SandboxProcess) -> Iterator[RedcapClient]:
    """Client of a fresh project made from the built project XML."""
    token = create_project(sandbox.url, sandbox.super_token, title="LICATS", odm=project_xml(), rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        client.token_for_test = token  # type: ignore[attr-defined]
        yield client


@pytest.fixture
def study(client: RedcapClient, tmp_path: Path) -> Study:
    token: str = client.token_for_test  # type: ignore[attr-defined]
    return Study(tmp_path, client.url, client.project_info().project_id, token)


@pytest.fixture
def order(sandbox: SandboxProcess, study: Study) -> Order:
    """Do by hand what REDCap has no API method for."""

    def give(name: str, **body: object) -> dict[str, str]:
        url = sandbox.url.replace("/api/", f"/sandbox/projects/{study.project_id}/{name}")
        reply = requests.post(
            url, json=body, headers={"Authorization": f"Bearer {sandbox.super_token}"}, timeout=30
        )
        assert reply.ok, reply.text
        answer: dict[str, str] = reply.json()
        return answer

    return give
