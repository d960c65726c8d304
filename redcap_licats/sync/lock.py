"""Make sure that two runs of one project never overlap."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redcap_licats.errors import RUN_LOCKED, ConfigError, GuardError


@contextmanager
def run_lock(folder: Path, name: str, *, now: dt.datetime) -> Iterator[None]:
    """Hold the lock of a project; the system gives it back whatever way the process ends.

    Args:
        folder: State folder, created with mode 0700.
        name: Name of the lock, the same for all runs that must not overlap.
        now: Written into the lock for the message of a run that has to wait.

    Raises:
        GuardError: Another run holds it; says which process, where, and for how long.
        ConfigError: The state folder cannot be used.
    """
    path = folder / f"{name}.lock"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(
            "STATE-OPEN",
            f"The state folder cannot be used: {error.strerror}",
            where=str(folder),
            remedy="Check the key 'state', and that the worker's user may write there.",
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GuardError(
                RUN_LOCKED,
                f"Another run is going on: {_owner(handle, now)}",
                where=str(path),
                remedy="Wait for it to end. If it hangs, end that process; the lock goes with it.",
            ) from error
        _sign(handle, now)
        yield
    finally:
        os.close(handle)


def _sign(handle: int, now: dt.datetime) -> None:
    """Write into the lock who holds it, for whoever has to wait; it holds without that too, on a full disk."""
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": now.isoformat()}
    with suppress(OSError):
        os.truncate(handle, 0)
        os.pwrite(handle, json.dumps(owner).encode(), 0)


def _owner(handle: int, now: dt.datetime) -> str:
    try:
        owner = json.loads(os.pread(handle, 1000, 0))
        minutes = int((now - dt.datetime.fromisoformat(owner["since"])).total_seconds() // 60)
        return f"process {owner['pid']} on {owner['host']}, for {minutes} minutes"
    except (ValueError, KeyError, TypeError):
        # the other run has taken the lock this very moment and not yet written its name
        return "it has just begun"
