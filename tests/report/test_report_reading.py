"""Reading a study of which some records cannot be read: a sandbox behind a proxy that breaks down on them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
import requests

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.api.retry import Retry
from redcap_licats.definition.odm import write_project
from redcap_licats.errors import ServerError
from redcap_licats.forms.build import build_project
from redcap_licats.protocol.load import load_protocol
from redcap_licats.report.reading import read_rows
from redcap_licats.sandbox.process import SandboxProcess

RECORDS = ("1", "2", "3", "4", "5")


class Proxy(ThreadingHTTPServer):
    """Passes requests on, but answers 500 where records of ``broken`` are exported."""

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.target = target
        self.broken: set[str] = set()


class Passing(BaseHTTPRequestHandler):
    server: Proxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = parse_qsl(body.decode())
        asked = {value for name, value in form if name.startswith("records[")}
        if asked & self.server.broken:
            self.send_error(500)
            return
        kind = {"Content-Type": self.headers["Content-Type"]}
        reply = requests.post(self.server.target, data=body, headers=kind, timeout=30)
        self.send_response(reply.status_code)
        for name in ("Content-Type", "Date"):
            self.send_header(name, reply.headers.get(name, ""))
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the output of tests clean."""


@pytest.fixture(scope="module")
def behind() -> Iterator[tuple[Proxy, str]]:
    """A proxy before a sandbox, and the token of a study with five records."""
    with SandboxProcess() as sandbox:
        odm = write_project(build_project(load_protocol()))
        token = create_project(sandbox.url, sandbox.super_token, title="LICATS", odm=odm, rate_per_minute=0)
        with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
            client.import_rows([{"record_id": record, "enr_age": "41"} for record in RECORDS])
        with Proxy(sandbox.url) as proxy:
            thread = threading.Thread(target=proxy.serve_forever)
            thread.start()
            yield proxy, token
            proxy.shutdown()
            thread.join()


@pytest.fixture
def client(behind: tuple[Proxy, str]) -> Iterator[RedcapClient]:
    proxy, token = behind
    proxy.broken = set()
    retry = Retry(attempts=2, sleep=lambda seconds: None)
    with RedcapClient(
        f"http://127.0.0.1:{proxy.server_port}/api/", token, rate_per_minute=0, retry=retry
    ) as client:
        yield client


@pytest.mark.parametrize("broken", [set(), {"1"}, {"3"}, {"5"}, {"2", "4"}, {"1", "2", "3"}])
def test_records_that_cannot_be_read_are_named_and_the_others_read(
    behind: tuple[Proxy, str], client: RedcapClient, broken: set[str]
) -> None:
    behind[0].broken = broken
    rows, unread = read_rows(client, RECORDS)
    assert sorted({row["record_id"] for row in rows}) == sorted(set(RECORDS) - broken)
    assert set(unread) == broken
    assert all("API-SERVER" in reason for reason in unread.values())
    assert all(row.values() for row in rows)
    assert not [row for row in rows if "" in row.values()]


def test_a_server_that_breaks_down_on_everything_is_no_matter_of_records(
    behind: tuple[Proxy, str], client: RedcapClient
) -> None:
    behind[0].broken = set(RECORDS)
    with pytest.raises(ServerError):
        read_rows(client, RECORDS)
