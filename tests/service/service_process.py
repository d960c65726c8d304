"""``licats serve`` in a process of its own, for one study on a sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from redcap_licats.config import load_config
from redcap_licats.journal.engine import open_engine
from redcap_licats.journal.hints import HintQueue

Order = Callable[..., dict[str, str]]

SECRET = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"

CONFIG = """\
[[project]]
name = "study"
url = "{url}"
project_id = {project_id}
token = {{ file = "study.token" }}
state = "state"
rate_per_minute = 0
user = "licats_worker"
{project}
[service]
port = 0
secrets = [{{ file = "first.secret" }}, {{ file = "second.secret" }}]
{service}
"""
#: seconds until what has to come is given up
_PATIENCE = 120


@dataclass(frozen=True)
class Study:
    """A folder with a configuration for a project on a server."""

    folder: Path
    url: str
    project_id: int
    token: str

    def configure(self, service: str = "debounce = 0\npoll_every = 1440", project: str = "") -> Path:
        for name, secret in (("study.token", self.token), ("first.secret", SECRET), ("second.secret", OTHER)):
            path = self.folder / name
            path.write_text(secret)
            path.chmod(0o600)
        file = self.folder / "licats.toml"
        file.write_text(CONFIG.format(url=self.url, project_id=self.project_id, service=service, project=project))
        return file

    def second(self, project_id: int, token: str) -> str:
        """The table of another project of the same server, in the same state."""
        (self.folder / "second.token").write_text(token)
        (self.folder / "second.token").chmod(0o600)
        table = CONFIG.partition("user =")[0].replace("study", "second")
        return table.format(url=self.url, project_id=project_id)

    def trigger(self, record: str = "1", **more: str) -> dict[str, str]:
        """What REDCap would post."""
        return {
            "project_id": str(self.project_id),
            "username": "data_entry",
            "instrument": "labs",
            "record": record,
            "labs_complete": "2",
            "redcap_url": self.url.removesuffix("api/"),
            "project_url": f"{self.url.removesuffix('api/')}redcap_v16.1.3/index.php?pid={self.project_id}",
            **more,
        }

    def waiting(self) -> int:
        settings = load_config(self.folder / "licats.toml").find("study")
        engine = open_engine(settings.state)
        try:
            return HintQueue(engine, settings.key).waiting().count
        finally:
            engine.dispose()


class Service:
    """Runs while a ``with`` block lasts."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self.url = ""

    def __enter__(self) -> Self:
        with self._config.with_name("stderr").open("a") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    "from redcap_licats.cli import main; main()",
                    "serve",
                    "--config",
                    self._config,
                    "--log",
                    self._config.with_name("log"),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line.startswith("Listening at "), self.said()
        self.url = line.removeprefix("Listening at ").strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        assert self.process.stdout
        self.process.stdout.close()

    def said(self) -> str:
        return self._config.with_name("stderr").read_text()

    def log(self) -> str:
        return self._config.with_name("log").read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE)

    def address(self, secret: str = SECRET) -> str:
        return f"{self.url}trigger/{secret}"

    def post(self, form: object, secret: str = SECRET, **more: object) -> int:
        reply = requests.post(self.address(secret), data=form, timeout=30, **more)  # type: ignore[arg-type]
        assert reply.content == b""
        return reply.status_code

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=30)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that has to come."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)
