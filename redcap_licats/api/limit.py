"""Keep the number of requests per minute and server below a limit.

REDCap bans an address for good when it exceeds the administrator's limit, without a warning
(facts/redcap_api.md 0.5), so every request counts, whatever it is for and whichever process makes it.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from redcap_licats.config import machine_state
from redcap_licats.errors import ConfigError

Sleep = Callable[[float], None]
Clock = Callable[[], float]

#: part of a minute's requests that may be made at once
_BURST = 6
#: nobody waits as long as this in earnest; a time further ahead was written before the clock was set back
_LONGEST = 3600.0


class Limiter:
    """Token bucket shared by all threads and processes that name the same file.

    In any 60 seconds at most ``per_minute`` requests pass; 0 switches it off. The file holds one number: the time
    until which requests are booked. Every request books its share of a minute, and waits when that is further
    ahead than a burst. Where limits differ, each request costs what its own limit makes it cost.

    Args:
        per_minute: The limit.
        path: The file, made where it is missing; not needed without a limit.
        clock: Seconds that all processes agree on.
        sleep: Seam for tests.
    """

    def __init__(
        self, per_minute: int, path: Path | None = None, *, clock: Clock = time.time, sleep: Sleep = time.sleep
    ) -> None:
        if per_minute and path is None:
            raise ValueError("a limit needs a file")
        self.per_minute = per_minute
        self._path = path
        self._clock = clock
        self._sleep = sleep
        burst = max(1, per_minute // _BURST)
        # what is given at once is not given again within the same minute
        self._cost = 60 / max(per_minute - burst, 1)
        self._slack = burst * self._cost

    def wait(self) -> float:
        """Book one request, waiting as long as needed; give the seconds waited."""
        if self._path is None or not self.per_minute:
            return 0.0
        with _locked(self._path) as handle:
            now = self._clock()
            booked = _read(handle)
            if booked > now + _LONGEST:
                booked = now
            booked = max(booked, now) + self._cost
            os.pwrite(handle, f"{booked:020.6f}".encode(), 0)
        pause = max(0.0, booked - self._slack - now)
        if pause:
            self._sleep(pause)
        return pause


def limiter_for(server: str, per_minute: int) -> Limiter:
    """Give the limiter of a server, host and port, that all runs of this user on this machine share."""
    return Limiter(per_minute, machine_state() / "limits" / re.sub(r"[^\w.-]", "_", server))


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open a file that nobody else has open at the same time."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(
            "LIMIT-STATE",
            f"The file that limits the requests to the server cannot be used: {error.strerror}",
            where=str(path),
            remedy="Let the worker's user write there, or set XDG_STATE_HOME to a folder where it may.",
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _read(handle: int) -> float:
    try:
        return float(os.pread(handle, 64, 0))
    except ValueError:
        # made this moment
        return 0.0
