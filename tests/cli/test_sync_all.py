"""Many projects in one run: a real process, two studies on one server, real ways of being told."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess

PROJECT = """\
[[project]]
name = "{name}"
url = "{url}"
project_id = {project_id}
token = {{ file = "{name}.token" }}
rate_per_minute = 0
"""
BAD_TOKEN = "ABCDEF0123456789ABCDEF0123456789"


def licats(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from redcap_licats.cli import main; main()", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def studies() -> Iterator[tuple[str, dict[str, tuple[str, int]]]]:
    """Address of a server, and token and project id of two studies on it."""
    odm = write_project(build_project(load_protocol()))
    with SandboxProcess() as sandbox:
        made = {}
        for name in ("osaka", "tokyo"):
            token = create_project(sandbox.url, sandbox.super_token, title=name, odm=odm, rate_per_minute=0)
            with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
                client.import_rows([{"record_id": f"{name}-1", "enr_age": "40"}])
                made[name] = (token, client.project_info().project_id)
        yield sandbox.url, made


@pytest.fixture
def folder(studies: tuple[str, dict[str, tuple[str, int]]], tmp_path: Path) -> Path:
    """A configuration of both studies, and of one in between whose token is wrong."""
    url, made = studies
    text = ""
    for name, (token, project_id) in sorted({**made, "sendai": (BAD_TOKEN, 99)}.items()):
        text += PROJECT.format(name=name, url=url, project_id=project_id)
        (tmp_path / f"{name}.token").write_text(token)
        (tmp_path / f"{name}.token").chmod(0o600)
    (tmp_path / "licats.toml").write_text(text)
    return tmp_path


def test_one_failing_project_does_not_stop_the_others(folder: Path) -> None:
    run = licats("sync", "--all", "--json", folder=folder)
    answer = json.loads(run.stdout)
    assert (run.returncode, answer["exit"], answer["error"]) == (3, 3, None)
    told = {one["project"]: one for one in answer["projects"]}
    assert list(told) == ["osaka", "sendai", "tokyo"]
    assert {name: one["exit"] for name, one in told.items()} == {"osaka": 0, "sendai": 3, "tokyo": 0}
    assert {name: one["records_read"] for name, one in told.items()} == {"osaka": 1, "sendai": 0, "tokyo": 1}
    assert told["sendai"]["error"]["code"] == "API-TOKEN"
    assert BAD_TOKEN not in run.stdout + run.stderr


def test_people_read_one_line_for_each_project(folder: Path) -> None:
    run = licats("sync", "--all", folder=folder)
    assert run.returncode == 3
    assert [line.partition(":")[0] for line in run.stdout.splitlines()] == ["osaka", "tokyo"]
    assert run.stderr.startswith("sendai: API-TOKEN")
    quiet = licats("sync", "--all", "--quiet", folder=folder)
    assert quiet.stdout == ""
    assert "sendai" in quiet.stderr


def test_a_broken_overlay_stops_its_project_only(folder: Path) -> None:
    (folder / "overlay").mkdir()
    (folder / "overlay" / "study.toml").write_text("no such key = 1\n")
    file = folder / "licats.toml"
    file.write_text(file.read_text().replace('name = "osaka"', 'name = "osaka"\noverlay = "overlay"'))
    answer = json.loads(licats("sync", "--all", "--json", folder=folder).stdout)
    assert [one["exit"] for one in answer["projects"]] == [2, 3, 0]


def test_all_and_one_exclude_each_other(folder: Path) -> None:
    run = licats("sync", "--all", "--project", "tokyo", "--json", folder=folder)
    assert run.returncode == 2
    assert json.loads(run.stdout)["error"]["code"] == "USAGE"
    several = licats("sync", "--json", folder=folder)
    assert "--all" in json.loads(several.stdout)["error"]["remedy"]


class Watch(BaseHTTPRequestHandler):
    called: list[str]

    def do_GET(self) -> None:
        self.called.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


def test_a_run_is_told_of_in_every_way(folder: Path) -> None:
    Watch.called = []
    with HTTPServer(("127.0.0.1", 0), Watch) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        with (folder / "licats.toml").open("a") as file:
            file.write(
                f'[notify]\nlog = "licats.log"\nmetrics = "licats.prom"\n'
                f'[notify.ping]\nstart = "{url}/start"\nsuccess = "{url}/success"\nfail = "{url}/fail"\n'
                f'[notify.mail]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n'
                f'sender = "a@example.org"\nto = ["b@example.org"]\n'
            )
        try:
            failing = licats("sync", "--all", "--quiet", folder=folder)
            good = licats("sync", "--project", "tokyo", "--quiet", folder=folder)
            licats("sync", "--project", "tokyo", "--dry-run", folder=folder)
        finally:
            server.shutdown()
            thread.join()
    assert (failing.returncode, good.returncode) == (3, 0)
    assert Watch.called == ["/start", "/fail", "/start", "/success"]
    assert "not told: mail: ConnectionRefusedError" in failing.stderr
    assert good.stdout + good.stderr == ""
    metrics = (folder / "licats.prom").read_text()
    assert 'licats_last_run_exit_code{project="sendai"} 3' in metrics
    assert 'licats_records_read{project="osaka"} 1' in metrics
    log = (folder / "licats.log").read_text()
    events = [json.loads(line) for line in log.splitlines()]
    ended = [(one["project"], one["exit"]) for one in events if one["event"] == "run ended"]
    assert ended == [("osaka", 0), ("sendai", 3), ("tokyo", 0), ("tokyo", 0)]
    for secret in (BAD_TOKEN, "osaka-1", "tokyo-1", (folder / "tokyo.token").read_text()):
        assert secret not in log + metrics


def test_a_log_named_on_the_command_line(folder: Path) -> None:
    run = licats("sync", "--project", "tokyo", "--log", "other.log", folder=folder)
    assert run.returncode == 0
    assert len((folder / "other.log").read_text().splitlines()) == 2
    refused = licats("sync", "--project", "tokyo", "--log", "none/other.log", "--json", folder=folder)
    assert json.loads(refused.stdout)["error"]["code"] == "LOG-OPEN"


def test_status_before_and_after_runs(folder: Path) -> None:
    before = json.loads(licats("status", "--json", folder=folder).stdout)
    assert [one["last_run"] for one in before["projects"]] == [None, None, None]
    assert "tokyo: no run yet" in licats("status", folder=folder).stdout
    licats("sync", "--all", folder=folder)
    after = json.loads(licats("status", "--json", folder=folder).stdout)
    told = {one["project"]: one for one in after["projects"]}
    assert (told["osaka"]["last_run"]["exit"], told["sendai"]["last_run"]["exit"]) == (0, 3)
    assert told["sendai"]["last_run"]["error"] == "API-TOKEN"
    assert told["sendai"]["as_of"] is None
    assert told["tokyo"]["next_full_pass"] > told["tokyo"]["last_run"]["started"]
    text = licats("status", folder=folder).stdout
    assert "osaka: last run 0 min ago, ended well" in text
    assert "sendai: last run 0 min ago, exit code 3, API-TOKEN" in text
    one = licats("status", "--project", "tokyo", folder=folder).stdout
    assert "tokyo" in one
    assert "osaka" not in one
