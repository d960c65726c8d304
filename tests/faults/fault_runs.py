"""Every way in which the campaign spoils a run, and the run itself."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

import fault_child
from fault_child import ENDED, PROTOCOL, Trap, impatient
from fault_ground import Ground

from redcap_licats.api.reply import Expected, Reply
from redcap_licats.api.transport import Transport
from redcap_licats.sandbox.faults.table import FAULTS
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import sync

Payload = Mapping[str, object]
Kind = Literal["server", "kill", "edit", "disk", "state", "token"]

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["fault_child"])

#: faults of the server that only meet exports
_READING = frozenset({"truncated_rows", "hashed_ids", "dropped_columns", "input_vars", "semicolon"})
KILLS = tuple(
    (place, when)
    for place in ("intend", "import", "confirm", "remember", "learn", "finish")
    for when in ("before", "after")
)
#: what others do while the worker has read a record and not yet written to it
EDITS = (
    "cells changed",
    "record deleted",
    "record renamed",
    "row deleted",
    "record locked",
    "worker's form locked",
    "record moved to another group",
    "worker's cell overwritten",
)
#: beside those, an edit of a record that is not due
ANY_REQUEST = "cells changed at any request"


@dataclass(frozen=True)
class Fault:
    """One kind of fault; ``never`` where it cannot meet a run, and why."""

    name: str
    kind: Kind
    never: str = ""


def _all() -> Iterator[Fault]:
    for name in FAULTS:
        never = "the worker names the delimiter of every CSV" if name == "semicolon" else ""
        yield Fault(name, "server", never)
    for place, when in KILLS:
        yield Fault(f"kill -9 {when} {place}", "kill")
    yield Fault("kill -9 at a request", "kill")
    yield Fault("kill -9 at any moment", "kill")
    for name in EDITS:
        yield Fault(f"{name} before the write", "edit")
    yield Fault(ANY_REQUEST, "edit")
    yield Fault("journal's disk full", "disk")
    yield Fault("journal's file cut off", "disk")
    yield Fault("state lost", "state")
    yield Fault("token rotated for good", "token")


ALL = tuple(_all())


@dataclass(frozen=True)
class Outcome:
    """How a spoiled run went: whether the fault struck, and how the run ended, as an exit code or in words."""

    struck: bool
    ended: str
    code: str = ""


def of(summary: RunSummary, *, struck: bool) -> Outcome:
    """Give the outcome of a run that came to its end."""
    return Outcome(struck, str(summary.exit), summary.error.code if summary.error else "")


def plain(ground: Ground, *, batch: int = 100, full: bool = False, twin: bool = False) -> RunSummary:
    """Run the worker in this process."""
    settings = ground.twin.settings if twin else ground.main.settings
    with impatient(settings, batch) as client:
        return sync(settings, PROTOCOL, client=client, full=full)


def spoiled(ground: Ground, name: str, random: Random) -> Outcome:
    """Run with a fault of the server."""
    times: int | None = random.choice([1, 1, 1, 2, 6, None])
    if name == "truncated_rows":
        return _cut(ground, random)
    many = name == "input_vars"
    skip = 0 if many or name.startswith("locked") else random.choice([0, 0, 1, 2, 3, 4, 6])
    if random.random() < 0.3 and name not in _READING:
        ground.spoil(name=name, times=times, content="record", action="import")
    else:
        ground.spoil(name=name, times=times, skip=skip)
    full = many or random.random() < 0.15
    summary = plain(ground, batch=100 if many else random.choice([4, 15, 100]), full=full)
    struck = ground.given().get(name, 0) > 0
    ground.clear()
    return of(summary, struck=struck)


def _cut(ground: Ground, random: Random) -> Outcome:
    """Run where a reply lacks rows: any one, or both lists of all record ids, cut at the same place.

    Where a reply about a single record comes twice, cut alike, nothing tells that from the truth.
    """
    lists = random.random() < 0.3
    skip = random.choice([1, 3, 4, 5] if lists else [0, 1, 2, 3])
    ground.spoil(name="truncated_rows", times=2 if lists else 1, skip=skip)
    summary = plain(ground, batch=100, full=lists)
    struck = ground.given().get("truncated_rows", 0) > 0
    ground.clear()
    return of(summary, struck=struck)


def killed(ground: Ground, name: str, random: Random) -> Outcome:
    """Run in a process that is killed."""
    words = name.removeprefix("kill -9 ").split()
    if words == ["at", "a", "request"]:
        return in_child(ground, Trap("request", random.choice(["before", "after"]), random.randint(1, 9)), random)
    if words == ["at", "any", "moment"]:
        return in_child(ground, Trap(), random, kill_after=random.uniform(0.02, 0.5))
    when, place = words
    later = random.random() < 0.3 and place in ("intend", "import", "confirm")
    return in_child(ground, Trap(place, when, 2 if later else 1), random)


def without_disk(ground: Ground, name: str, random: Random) -> Outcome:
    """Run where the journal cannot be written."""
    if name == "journal's disk full":
        return in_child(ground, Trap(pages=random.choice([0, 0, 1, 2])), random)
    return in_child(ground, Trap(bytes=-random.choice([0, 1, 4096, 9000, 40000, 10**9])), random)


def in_child(ground: Ground, trap: Trap, random: Random, *, kill_after: float = 0.0) -> Outcome:
    """Run in a process of its own."""
    full = random.random() < 0.15
    arguments = (ground.main.settings, trap, random.choice([4, 15, 100]), full)
    process = _FORKS.Process(target=fault_child.run, args=arguments)
    process.start()
    if kill_after:
        time.sleep(kill_after)
        process.kill()
    process.join(600)
    code = process.exitcode
    if code == -signal.SIGKILL:
        return Outcome(True, "killed")
    if code is None or code < ENDED:
        process.kill()
        return Outcome(True, "broken", f"process ended with {code}")
    exit_code = code - ENDED
    return Outcome(exit_code == 2 and trap.place == "" and not kill_after, str(exit_code))


def without_state(ground: Ground) -> Outcome:
    """Run with nothing remembered."""
    shutil.rmtree(Path(ground.main.settings.state), ignore_errors=True)
    return of(plain(ground), struck=True)


def with_rotated_token(ground: Ground, random: Random) -> Outcome:
    """Run while the administrator gives the worker another token."""
    at = random.randint(1, 6)
    with once(ground, lambda number, _payload: number == at, ground.main.dismiss_worker) as done:
        summary = plain(ground)
    if done:
        ground.main.admit_worker()
    return of(summary, struck=bool(done))


@contextmanager
def once(ground: Ground, when: Callable[[int, Payload], bool], act: Callable[[], None]) -> Iterator[list[int]]:
    """Do something right before a request of the worker under test; gives the number of that request, if any."""
    real, url, lock = Transport.send, ground.main.settings.url, threading.Lock()
    done: list[int] = []
    count = 0

    def send(self: Transport, payload: Payload, expected: Expected, **more: Any) -> Reply:
        nonlocal count
        if self.url == url:
            with lock:
                count += 1
                if not done and when(count, payload):
                    done.append(count)
                    act()
        return real(self, payload, expected, **more)

    Transport.send = send  # type: ignore[method-assign]
    try:
        yield done
    finally:
        Transport.send = real  # type: ignore[method-assign]
