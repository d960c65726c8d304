"""A study in a sandbox, and what the worker takes on it: for `make bench-worker`."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

import requests
from sandbox_export import FORMATS, export, filled, processor_seconds

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess

#: one subject in so many is edited
EDITED = 100
#: longer than the overlap, shorter than what makes the worker doubt the server's clock
LATER = 6 * 60
LICATS = str(Path(sys.executable).with_name("licats"))
BARE = """
import os, redcap
rows = redcap.Project(os.environ["BENCH_URL"], os.environ["BENCH_TOKEN"]).export_records()
print('{"rows": %d, "records_read": %d}' % (len(rows), len({row["record_id"] for row in rows})))
"""


@dataclass(frozen=True)
class Taken:
    """What one process took without its start: seconds by the clock, of its processor and of the server's.

    ``megabytes`` is its peak memory in MB.
    """

    seconds: float
    processor: float
    server: float
    megabytes: float
    told: Mapping[str, int]

    @property
    def processors(self) -> float:
        """Processor seconds of the process and of the server together."""
        return self.processor + self.server

    @property
    def requests(self) -> int:
        """Requests made; of a plain export not known."""
        return self.told.get("requests", 0)


@dataclass
class Study:
    """A sandbox with one filled study.

    Attributes:
        ahead: By how many seconds the sandbox's clock was put forward.
    """

    sandbox: SandboxProcess
    folder: Path
    subjects: int
    editor: str = ""
    rows: int = 0
    ahead: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    def fill(self) -> None:
        """Make the project, fill it through the API, and write the worker's configuration."""
        url, odm = self.sandbox.url, write_project(build_project(load_protocol()))
        token = create_project(url, self.sandbox.super_token, title="Bench", odm=odm, rate_per_minute=0)
        self.rows = filled(url, token, self.subjects)
        with RedcapClient(url, token, rate_per_minute=0) as client:
            number = client.project_info().project_id
        self.editor = self.order(f"projects/{number}/users", username="coordinator")["token"]
        self.environment = {
            **os.environ,
            "BENCH_URL": url,
            "BENCH_TOKEN": token,
            "LICATS_CONFIG": str(self.folder / "licats.toml"),
            "XDG_STATE_HOME": str(self.folder),
        }
        (self.folder / "licats.toml").write_text(
            f'[[project]]\nname = "bench"\nurl = "{url}"\nproject_id = {number}\n'
            'token = {env = "BENCH_TOKEN"}\nrate_per_minute = 0\n',
            encoding="utf-8",
        )

    def order(self, path: str, **body: object) -> dict[str, str]:
        """Do what REDCap has no API method for."""
        url = self.sandbox.url.replace("/api/", f"/sandbox/{path}")
        head = {"Authorization": f"Bearer {self.sandbox.super_token}"}
        with requests.post(url, json=body, headers=head, timeout=60) as reply:
            reply.raise_for_status()
            answer: dict[str, str] = reply.json()
            return answer

    def later(self) -> None:
        """Let the overlap pass: put the server's clock forward, and have a run that sees it."""
        self.ahead += LATER
        self.order("clock", ahead_seconds=self.ahead)
        self.sync()

    def edit(self, value: str) -> None:
        """Change a creatinine of one subject in a hundred, as another user."""
        with RedcapClient(self.sandbox.url, self.editor, rate_per_minute=0) as client:
            records = client.record_ids()[:: min(EDITED, self.subjects)]
            rows = client.export_rows(records, fields=["lab_crea_val"])
            last = {row["record_id"]: row for row in rows if row["lab_crea_val"]}
            keys = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance")
            edits = [{key: row[key] for key in keys} | {"lab_crea_val": value} for row in last.values()]
            client.import_rows(edits)

    def sync(self, *options: str) -> Taken:
        """Measure a run of the worker."""
        return self._take([LICATS, "sync", "--json", *options], [LICATS, "sync", "--help"])

    def bare(self) -> Taken:
        """Measure a plain export of everything by PyCap."""
        return self._take([sys.executable, "-c", BARE], [sys.executable, "-c", "import redcap"])

    def _take(self, command: Sequence[str], start: Sequence[str]) -> Taken:
        begin, started, _ = self._run(start)
        server = processor_seconds(Path("/proc") / str(self.sandbox.pid))
        seconds, used, told = self._run(command)
        served = processor_seconds(Path("/proc") / str(self.sandbox.pid)) - server
        processor = used.ru_utime + used.ru_stime - started.ru_utime - started.ru_stime
        return Taken(seconds - begin, processor, served, used.ru_maxrss / 1024, json.loads(told))

    def _run(self, command: Sequence[str]) -> tuple[float, resource.struct_rusage, str]:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True)
        with process:
            told = process.stdout.read() if process.stdout else ""
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {told}")
        return time.perf_counter() - start, used, told

    def fairness(self, tries: int) -> float:
        """Give how long a cell of the sandbox's flat JSON takes in terms of one of its flat CSV."""
        url, token, pid = self.sandbox.url, self.environment["BENCH_TOKEN"], self.sandbox.pid
        best = [
            min(export(url, token, FORMATS[name], pid).seconds for _ in range(tries))
            for name in ("flat JSON", "flat CSV")
        ]
        return best[0] / best[1]


CLOCK: Callable[[Taken], float] = attrgetter("seconds")
PROCESSORS: Callable[[Taken], float] = attrgetter("processors")
