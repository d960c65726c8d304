"""Keep the number of requests per minute and server below a limit.

REDCap bans an address for good when it exceeds the administrator's limit, without a warning
(facts/redcap_api.md 0.5), so every request counts, whatever it is for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Sleep = Callable[[float], None]
Clock = Callable[[], float]

#: part of a minute's requests that may be made at once
_BURST = 6


class Limiter:
    """Token bucket. In any 60 seconds at most ``per_minute`` requests pass; 0 switches it off."""

    def __init__(self, per_minute: int, *, clock: Clock = time.monotonic, sleep: Sleep = time.sleep) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        # what is given at once is not given again within the same minute
        self._most = float(max(1, per_minute // _BURST))
        self._per_second = max(per_minute - self._most, 1.0) / 60
        self._tokens = self._most
        self._counted_at = clock()

    def wait(self) -> float:
        """Take one request out of the bucket, waiting as long as needed; give the seconds waited."""
        if not self.per_minute:
            return 0.0
        with self._lock:
            now = self._clock()
            self._tokens = min(self._most, self._tokens + (now - self._counted_at) * self._per_second)
            self._counted_at = now
            self._tokens -= 1
            pause = max(0.0, -self._tokens / self._per_second)
        if pause:
            self._sleep(pause)
        return pause


_limiters: dict[str, Limiter] = {}
_registry = threading.Lock()


def limiter_for(server: str, per_minute: int) -> Limiter:
    """Give the one limiter of a server in this process; the lowest limit asked for counts."""
    with _registry:
        known = _limiters.get(server)
        if known is None or 0 < per_minute < (known.per_minute or per_minute + 1):
            known = _limiters[server] = Limiter(per_minute)
        return known
