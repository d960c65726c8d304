"""Make sure that two runs of one project never overlap."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.journal.claim import Owner, locked
from redcap_licats.journal.journal import Journal


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
            raise locked(_owner(handle), now, str(path)) from error
        _sign(handle, now)
        yield
    finally:
        os.close(handle)


def _sign(handle: int, now: dt.datetime) -> None:
    """Write into the lock who holds it, for whoever has to wait; it holds without that too, on a full disk."""
    me = Owner.here(now)
    with suppress(OSError):
        os.truncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": me.pid, "host": me.host, "since": now.isoformat()}).encode(), 0)


def _owner(handle: int) -> Owner | None:
    """Read who holds the lock; None if the other run has not yet written its name."""
    try:
        owner = json.loads(os.pread(handle, 1000, 0))
        return Owner(owner["pid"], owner["host"], dt.datetime.fromisoformat(owner["since"]))
    except (ValueError, KeyError, TypeError):
        return None


@contextmanager
def alone(settings: ProjectSettings, *, now: dt.datetime) -> Iterator[Journal]:
    """Open a project's journal while no other run of it goes on, on this machine or on one that shares the state.

    Raises:
        GuardError: Another run is going on.
        ConfigError: The state cannot be used.
    """
    with (
        run_lock(settings.state_folder, settings.key, now=now),
        Journal(settings.state) as journal,
        journal.alone(settings.key, now=now),
    ):
        yield journal
