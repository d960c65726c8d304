"""What the fault campaign stands on: two servers on one file, and one study entered twice.

The worker under test works on one project through a server that goes wrong on order. Coordinators, the truth, and
a twin of the project, whose runs nobody disturbs, are on the other server, which never goes wrong.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.api.limit import Limiter
from redcap_licats.config import ProjectSettings
from redcap_licats.sandbox.process import SandboxProcess

# the hand-written study and the places where a run can be killed are those of the worker's own tests
sys.path.append(str(Path(__file__).parents[1] / "sync"))

from study import project_xml, settings

Row = dict[str, str]

WORKER = "worker"
#: the least rights of the worker; the right to create records is none of them
LEAST = {"api_export": 1, "api_import": 1, "logging": 1}
SLOW_SECONDS = 0.05
_MARGIN = dt.timedelta(minutes=3)


@dataclass
class Study:
    """One project: what people do in it, and the settings of the worker that serves it."""

    admin: RedcapClient
    settings: ProjectSettings
    control: str
    super_token: str
    token: str

    @property
    def token_file(self) -> Path:
        """Where the worker finds its token."""
        return self.settings.state_folder.parent / f"{self.settings.name}.token"

    def rows(self, records: Sequence[str] | None = None) -> list[Row]:
        """Give what stands in the project."""
        return self.admin.export_rows(records, groups=True)

    def ask(self, **form: str) -> str:
        """Call what our own client has no method for."""
        form |= {"token": self.token, "format": "json", "returnFormat": "json"}
        reply = requests.post(self.admin.url, data=form, timeout=60)
        assert reply.ok, reply.text
        return reply.text

    def order(self, name: str, **body: object) -> dict[str, str]:
        """Do by hand what REDCap has no API method for."""
        headers = {"Authorization": f"Bearer {self.super_token}"}
        reply = requests.post(f"{self.control}/{name}", json=body, headers=headers, timeout=60)
        assert reply.ok, reply.text
        answer: dict[str, str] = reply.json()
        return answer

    def admit_worker(self) -> None:
        """Make the worker's user, and leave its token where the worker looks for it."""
        token = self.order("users", username=WORKER, rights=LEAST)["token"]
        self.token_file.touch(0o600)
        self.token_file.write_text(token)

    def dismiss_worker(self) -> None:
        """Make the worker's token invalid."""
        self.ask(content="user", action="delete", **{"users[0]": WORKER})


@dataclass
class Ground:
    """The servers and the two projects."""

    main: Study
    twin: Study
    servers: tuple[SandboxProcess, SandboxProcess]
    ahead: dt.timedelta = dt.timedelta()

    def spoil(self, **order: object) -> None:
        """Let the next requests of the worker under test go wrong."""
        self._faults("post", "next", order)

    def given(self) -> dict[str, int]:
        """Say how often each fault was given since the last clearing."""
        given: dict[str, int] = self._faults("get", "", None).json()["given"]
        return given

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._faults("delete", "", None)
        self._faults("post", "rate", {"rate": 0, "slow_seconds": SLOW_SECONDS})

    def forward(self, step: dt.timedelta) -> None:
        """Let the servers' clocks jump, never to just before midnight."""
        self.ahead += step
        for _ in range(2):
            now = dt.datetime.now(dt.UTC) + self.ahead
            if now.date() != (now + _MARGIN).date():
                self.ahead += _MARGIN
        for server in self.servers:
            url = server.url.replace("/api/", "/sandbox/clock")
            headers = {"Authorization": f"Bearer {server.super_token}"}
            body = {"ahead_seconds": self.ahead.total_seconds()}
            requests.post(url, json=body, headers=headers, timeout=60).raise_for_status()

    def _faults(self, method: str, path: str, body: dict[str, object] | None) -> requests.Response:
        bad = self.servers[1]
        url = bad.url.replace("/api/", f"/sandbox/faults/{path}").rstrip("/")
        headers = {"Authorization": f"Bearer {bad.super_token}"}
        reply = requests.request(method, url, json=body, headers=headers, timeout=60)
        assert reply.ok, reply.text
        return reply


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Start the servers and make the two projects, empty."""
    db = folder / "faults.sqlite"
    with SandboxProcess(db=db) as good, SandboxProcess(db=db) as bad:
        main = _study(folder, "main", good, worker=bad)
        twin = _study(folder, "twin", good, worker=good)
        with main.admin, twin.admin:
            made = Ground(main, twin, (good, bad))
            made.clear()
            yield made


def _study(folder: Path, name: str, good: SandboxProcess, *, worker: SandboxProcess) -> Study:
    token = create_project(good.url, good.super_token, title=name, odm=project_xml(), rate_per_minute=0)
    admin = RedcapClient(good.url, token, limiter=Limiter(0))
    number = admin.project_info().project_id
    file = folder / f"{name}.token"
    made = Study(
        admin,
        settings(worker.url, folder / f"state-{name}", number, name=name, token={"file": str(file)}),
        good.url.replace("/api/", f"/sandbox/projects/{number}"),
        good.super_token,
        token,
    )
    made.admit_worker()
    return made
