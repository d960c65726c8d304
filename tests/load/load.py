"""Load on the trigger's address: triggers, duplicates, garbage, wrong secrets, oversize bodies; loopback only.

    python tests/load/load.py --rate 200 --seconds 60

Ends by itself. Every record whose trigger was answered with 204 must stand in the queue, and no other may; the
service's memory must not grow. Exit code 1 if not.
"""

from __future__ import annotations

import argparse
import http.client
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "service"))
sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))

from service_process import OTHER, SECRET, Service, Study
from sqlalchemy import select
from study import project_xml

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.config import load_config
from redcap_licats.journal.engine import open_engine
from redcap_licats.journal.schema import hints
from redcap_licats.sandbox.process import SandboxProcess

#: different records that are hinted at, so that most triggers are duplicates
RECORDS = 1000
#: connections at a time
THREADS = 16
#: what the service's memory may grow by between the first quarter and the end, in MiB
MOST_GROWTH = 8.0
#: the most that is asked for, whatever the command line says
MOST_SECONDS, MOST_RATE = 600, 1000

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KINDS = {"valid": 60, "garbage": 10, "wrong secret": 10, "oversize": 10, "elsewhere": 10}
ANSWERS = {
    "valid": {204},
    "garbage": {400},
    "wrong secret": {404, 429},
    "oversize": {413, 0},
    "elsewhere": {403},
}


@dataclass
class Figures:
    """What came of it."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    accepted: set[str] = field(default_factory=set)
    queued: set[str] = field(default_factory=set)
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    memory: list[float] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return sum(self.answers.values())

    @property
    def lost(self) -> set[str]:
        return self.accepted - self.queued

    @property
    def intruded(self) -> set[str]:
        return self.queued - self.accepted

    @property
    def unexpected(self) -> dict[tuple[str, int], int]:
        return {key: number for key, number in self.answers.items() if key[1] not in ANSWERS[key[0]]}

    @property
    def growth(self) -> float:
        """MiB between the first quarter and the end."""
        return self.memory[-1] - self.memory[len(self.memory) // 4]

    def percentile(self, share: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def lines(self) -> Iterator[str]:
        yield f"{self.sent} requests in {self.seconds:.1f} s ({self.sent / self.seconds:.0f} a second)"
        for (kind, status), number in sorted(self.answers.items()):
            yield f"  {kind:<13} answered {status or 'by hanging up'}: {number}"
        yield f"records accepted {len(self.accepted)}, in the queue {len(self.queued)}"
        wrong = sum(self.unexpected.values())
        yield f"lost {len(self.lost)}, accepted wrongly {len(self.intruded)}, unexpected {wrong}"
        yield (
            f"answered in {self.percentile(0.5):.1f} ms (median), {self.percentile(0.99):.1f} ms (99 %), "
            f"{max(self.milliseconds):.1f} ms (slowest)"
        )
        yield (
            f"memory {self.memory[0]:.1f} MiB at first, {self.memory[-1]:.1f} MiB at the end, "
            f"{self.growth:+.1f} MiB since the first quarter"
        )


@contextmanager
def serving(folder: Path, rate: float) -> Iterator[tuple[Study, Service]]:
    """A service whose queue keeps what it takes until the load is over."""
    with SandboxProcess() as sandbox:
        token = create_project(sandbox.url, sandbox.super_token, title="L", odm=project_xml(), rate_per_minute=0)
        with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
            study = Study(folder, sandbox.url, client.project_info().project_id, token)
        config = study.configure(
            f"debounce = 3600\nmax_wait = 3600\npoll_every = 1440\nrate_per_second = {2 * rate}"
        )
        with Service(config) as service:
            yield study, service


def load(study: Study, service: Service, *, rate: float, seconds: float, seed: int = 1) -> Figures:
    """Send requests at a steady rate for some time."""
    rate, seconds = min(rate, MOST_RATE), min(seconds, MOST_SECONDS)
    figures, lock, numbers = Figures(), threading.Lock(), count()
    total, begin = int(rate * seconds), time.monotonic()

    def work() -> None:
        while (number := next(numbers)) < total:
            time.sleep(max(0.0, begin + number / rate - time.monotonic()))
            kind, record, path, body = _request(study, random.Random(seed * 1_000_003 + number))
            before = time.monotonic()
            status = _send(service.url, path, body)
            took = 1000 * (time.monotonic() - before)
            with lock:
                figures.answers[kind, status] += 1
                figures.milliseconds.append(took)
                if status == 204:
                    figures.accepted.add(record)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for one in threads:
        one.start()
    while any(one.is_alive() for one in threads):
        figures.memory.append(_memory(service.process.pid))
        time.sleep(min(1.0, seconds / 20))
    for one in threads:
        one.join()
    figures.memory.append(_memory(service.process.pid))
    figures.seconds = time.monotonic() - begin
    figures.queued = _queued(study)
    return figures


def _request(study: Study, chance: random.Random) -> tuple[str, str, str, bytes]:
    """Give kind, record, path and body of a request."""
    (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
    record = f"R{chance.randrange(RECORDS):04}"
    form = study.trigger(record)
    secret = chance.choice((SECRET, OTHER))
    if kind == "wrong secret":
        secret = f"{chance.getrandbits(128):032x}"
    if kind == "elsewhere":
        form["project_id"] = str(study.project_id + chance.randrange(1, 1000))
    body = urlencode(form).encode()
    if kind == "oversize":
        body += b"&comment=" + b"x" * chance.randrange(17_000, 60_000)
    if kind == "garbage":
        record, body = f"G{record}", _garbled(body, chance)
    return kind, record, f"/trigger/{secret}", body


def _garbled(body: bytes, chance: random.Random) -> bytes:
    damages: tuple[Callable[[], bytes], ...] = (
        lambda: chance.randbytes(chance.randrange(1, 2000)) + b"\xff",
        lambda: body.replace(b"record=", b"wrong="),
        lambda: body.replace(b"project_id=", b"project_id=x"),
        lambda: body + b"&record=twice",
        lambda: body.replace(b"redcap_url=http", b"redcap_url="),
        lambda: b"",
    )
    return chance.choice(damages)()


def _send(url: str, path: str, body: bytes) -> int:
    """Post as REDCap does, on a connection of its own; 0 if the other side hung up on what was too large."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        try:
            connection.request("POST", path, body, FORM)
            return connection.getresponse().status
        except (BrokenPipeError, ConnectionResetError):
            return 0


def _memory(pid: int) -> float:
    """Give the memory that a process holds, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (one for one in lines if one.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _queued(study: Study) -> set[str]:
    (settings,) = load_config(study.folder / "licats.toml").project
    engine = open_engine(settings.state)
    try:
        with engine.begin() as connection:
            return set(connection.scalars(select(hints.c.record)))
    finally:
        engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(description="Load on the trigger's address.")
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="load-") as folder,
        serving(Path(folder), options.rate) as (study, service),
    ):
        figures = load(study, service, rate=options.rate, seconds=options.seconds)
    print("\n".join(figures.lines()))
    bad = bool(figures.lost or figures.intruded or figures.unexpected) or figures.growth > MOST_GROWTH
    print("FAILED" if bad else "nothing lost, nothing let in, memory flat")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
