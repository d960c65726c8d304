"""Measure the worker against a plain export by PyCap: `make bench-worker`.

Each study is filled through the API into a sandbox in a process of its own, with its data in a file, and written
by the worker once. Then the runs are measured that people wait for: everything anew, nothing changed, one subject
in a hundred edited by somebody else. Every run is a process of its own, `licats sync` as an operator starts it,
with the limit of requests off; beside its seconds stands how long its requests take at 120 a minute.

Seconds are those of the whole process without the start of its interpreter, which is measured by itself: that of
`licats --version`, and of `import redcap`. "Later" is once the minutes have passed within which a run looks at the
log again (the overlap); the sandbox's clock is put forward for that. The bars are printed with what was measured;
the exit code is 1 if one is missed. The best of several tries counts, for the worker and for PyCap alike.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import requests
from sandbox_export import FORMATS, export, filled, processor_seconds

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess

SIZES = (200, 2_000, 20_000)
MIDDLE, LARGE = SIZES[1:]
#: one subject in so many is edited
EDITED = 100
#: the best of so many tries counts, up to the size at which PyCap can follow
TRIES = 3
PER_MINUTE = 120
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
    """What one process took: seconds by the clock, of its processor and of the server's; its peak memory in MB."""

    seconds: float
    processor: float
    server: float
    megabytes: float
    told: Mapping[str, int]

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
        return self._take([LICATS, "sync", "--json", *options], [LICATS, "--version"])

    def bare(self) -> Taken:
        """Measure a plain export of everything by PyCap."""
        return self._take([sys.executable, "-c", BARE], [sys.executable, "-c", "import redcap"])

    def _take(self, command: Sequence[str], start: Sequence[str]) -> Taken:
        begin, _, _ = self._run(start)
        server = processor_seconds(Path("/proc") / str(self.sandbox.pid))
        seconds, used, told = self._run(command)
        served = processor_seconds(Path("/proc") / str(self.sandbox.pid)) - server
        return Taken(
            seconds - begin, used.ru_utime + used.ru_stime, served, used.ru_maxrss / 1024, json.loads(told)
        )

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

    def fairness(self) -> float:
        """Give how long a cell of the sandbox's flat JSON takes in terms of one of its flat CSV."""
        url, token, pid = self.sandbox.url, self.environment["BENCH_TOKEN"], self.sandbox.pid
        best = [
            min(export(url, token, FORMATS[name], pid).seconds for _ in range(TRIES))
            for name in ("flat JSON", "flat CSV")
        ]
        return best[0] / best[1]


@dataclass
class Figures:
    """What was measured of one size of study, run by run."""

    subjects: int
    runs: dict[str, list[Taken]] = field(default_factory=dict)
    fairness: float = 0.0

    def best(self, run: str) -> Taken:
        """Give the fastest try of a run."""
        return min(self.runs[run], key=lambda one: one.seconds)

    def of(self, *runs: str) -> list[Taken]:
        """Give all tries of some runs."""
        return [one for run in runs for one in self.runs[run]]

    def show(self, run: str, taken: Taken) -> None:
        """Keep what a run took, and print its row."""
        self.runs.setdefault(run, []).append(taken)
        told, pause = taken.told, 60 / PER_MINUTE * taken.requests
        print(
            f"| {self.subjects:,} | {run} | {told['records_read']:,} | {told.get('cells_written', 0):,}"
            f" | {taken.requests or ''} | {taken.seconds:.2f} | {1000 * taken.seconds / self.subjects:.2f}"
            f" | {max(pause, taken.seconds):.1f} | {taken.processor:.2f} | {taken.server:.2f}"
            f" | {taken.megabytes:.0f} |",
            flush=True,
        )


FIRST, BARE_RUN, FULL = "first", "bare PyCap", "full"
IDLE, IDLE_LATER = "idle, right after", "idle, later"
EDITS, EDITS_LATER = "1 % edited, right after", "1 % edited, later"


def measure(count: int, folder: Path) -> Figures:
    """Measure a study of so many subjects, and print a row for every run."""
    figures = Figures(count)
    tries = TRIES if count <= MIDDLE else 1
    folder.mkdir()
    with SandboxProcess(db=folder / "sandbox.sqlite") as sandbox:
        study = Study(sandbox, folder, count)
        study.fill()
        figures.show(FIRST, study.sync())
        study.later()
        for _ in range(tries):
            if count <= MIDDLE:
                figures.show(BARE_RUN, study.bare())
            figures.show(FULL, study.sync("--full"))
        figures.show(IDLE, study.sync())
        study.edit("1.11")
        figures.show(EDITS, study.sync())
        study.later()
        figures.show(IDLE_LATER, study.sync())
        study.edit("1.12")
        figures.show(EDITS_LATER, study.sync())
        if count == MIDDLE:
            figures.fairness = study.fairness()
    return figures


@dataclass(frozen=True)
class Bar:
    """Something that must hold: of which sizes of study, at most how much, and what is measured."""

    says: str
    sizes: tuple[int, ...]
    most: float
    measured: Callable[..., float]


def _peak(one: Figures) -> float:
    return max(run.megabytes for name in one.runs if name != BARE_RUN for run in one.runs[name])


def _edits_share(one: Figures) -> float:
    return max(run.seconds for run in one.of(EDITS, EDITS_LATER)) / one.best(FULL).seconds


def _each(one: Figures) -> float:
    return one.best(FULL).seconds / one.subjects


BARS = (
    Bar(
        "full run in terms of bare PyCap at 2,000",
        (MIDDLE,),
        1.0,
        lambda middle: middle.best(FULL).seconds / middle.best(BARE_RUN).seconds,
    ),
    Bar(
        "a subject's share of the full run at 20,000 in terms of 2,000",
        (MIDDLE, LARGE),
        1.1,
        lambda middle, large: _each(large) / _each(middle),
    ),
    Bar("1 % edited in terms of the full run at 20,000", (LARGE,), 0.03, _edits_share),
    Bar(
        "peak memory at 20,000 in terms of 2,000",
        (MIDDLE, LARGE),
        1.3,
        lambda middle, large: _peak(large) / _peak(middle),
    ),
    Bar("the sandbox's flat JSON in terms of its flat CSV at 2,000", (MIDDLE,), 2.0, lambda one: one.fairness),
)


def judge(measured: Sequence[Figures]) -> bool:
    """Print the bars; give whether all are met that the sizes allow to look at."""
    of = {one.subjects: one for one in measured}
    idle = max(run.requests for one in measured for run in one.of(IDLE, IDLE_LATER))
    met = [("requests of an idle run at any size", 4.0, float(idle))]
    met += [
        (bar.says, bar.most, bar.measured(*(of[size] for size in bar.sizes)))
        for bar in BARS
        if all(size in of for size in bar.sizes)
    ]
    print("\n| bar | at most | measured | met |\n|---|---:|---:|---|")
    for says, most, value in met:
        print(f"| {says} | {most:g} | {value:.3g} | {'yes' if value <= most else '**no**'} |")
    return all(value <= most for _, most, value in met)


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of subjects")
    options = parser.parse_args()
    print(
        "| subjects | run | read | cells written | requests | s | ms a subject | s at 120/min | processor s"
        " | server s | peak MB |\n|---:|---|" + "---:|" * 9,
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        measured = [measure(size, Path(folder) / str(size)) for size in options.sizes]
    return 0 if judge(measured) else 1


if __name__ == "__main__":
    sys.exit(main())
