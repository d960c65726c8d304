from __future__ import annotations

from collections.abc import Iterator

import pytest
from scripted_server import TOKEN, ScriptedServer

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.limit import Limiter
from redcap_licats.api.retry import Retry


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(server: ScriptedServer, pauses: list[float]) -> Iterator[RedcapClient]:
    retry = Retry(attempts=3, sleep=pauses.append, jitter=lambda: 1.0)
    with RedcapClient(server.url, TOKEN, retry=retry, limiter=Limiter(0), read_timeout=5.0) as client:
        yield client
