"""Works off the hints of one project, and looks now and then for what nobody announced."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable

from redcap_licats.config import ProjectSettings, ServiceSettings
from redcap_licats.errors import LicatsError, StoppedError
from redcap_licats.journal.hints import HintQueue, Patience
from redcap_licats.service.pull import Puller
from redcap_licats.sync.job import Ask, Ended, refuse_to_go_on, run_job

_LOG = logging.getLogger(__name__)

#: records in one run
_MOST = 200
#: seconds until work that failed is tried again: at first, and at most
_PAUSE, _LONGEST_PAUSE = 5.0, 300.0
#: seconds between two looks at the queue, at least and at most
_SHORTEST, _LONGEST = 0.2, 60.0


class ProjectWorker:
    """The worker of one project, in a thread of its own.

    Args:
        settings: The project.
        service: How often to look.
        queue: Its hints.
        told: Called with every run that ended, and whether it was one that looked by itself.
        unheard: Called when REDCap's module cannot be reached, once until it is reached again or fails otherwise.
        stopped: Set when the service ends.
    """

    def __init__(
        self,
        settings: ProjectSettings,
        service: ServiceSettings,
        queue: HintQueue,
        told: Callable[[Ended, bool], None],
        unheard: Callable[[str], None],
        stopped: threading.Event,
    ) -> None:
        self.settings = settings
        self.queue = queue
        self._patience = patience_of(service)
        self._poll_every = service.poll_every * 60
        self._pull_every = service.pull_every
        self._puller = Puller(settings, queue) if settings.module else None
        self._told = told
        self._unheard = unheard
        self._unreached = ""
        self._stopped = stopped
        self._wake = threading.Event()
        self._poll_at = self._pull_at = self._work_at = 0.0
        self._failures = 0
        self._most = _MOST
        self._thread = threading.Thread(target=self._run, name=f"licats {settings.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Have the queue looked at."""
        self._wake.set()

    def join(self) -> None:
        """Wait for the end, once the service is stopped."""
        self._wake.set()
        self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether it works."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._turn()
                pause = self._until_next()
            except LicatsError as error:
                _LOG.error("not worked off", extra={"facts": {"project": self.settings.name, "error": error.code}})
                pause = _PAUSE
            self._wake.wait(pause)
            self._wake.clear()
            self._stopped.wait(_SHORTEST)

    def _turn(self) -> None:
        """Do what is due: fetch the list, work off hints, look for what nobody announced."""
        if self._puller and time.monotonic() >= self._pull_at:
            self._pull_at = time.monotonic() + self._pull_every
            self._try(self._puller.fetch)
        if time.monotonic() >= self._work_at:
            self._work_off()
        if time.monotonic() >= self._poll_at and not self._stopped.is_set():
            self._poll_at = time.monotonic() + self._poll_every
            self._finish(self._job(Ask()), by_itself=True)

    def _work_off(self) -> None:
        hints = self.queue.take(dt.datetime.now(dt.UTC), self._most)
        if not hints:
            return
        listed = self._puller.listed(hints) if self._puller else {}
        ended = self._job(Ask(hints=tuple(one.record for one in hints)))
        error = ended.summary.error
        if error is None:
            self.queue.settle(hints, dt.datetime.now(dt.UTC), self._patience)
            self._failures, self._most, self._work_at = 0, min(self._most * 2, _MOST), 0.0
            if self._puller:
                self._puller.worked_off(listed)
                self._try(self._puller.acknowledge)
        elif not isinstance(error, StoppedError):
            # half as many the next time, so that a record that cannot be worked off in the end stands alone
            self._most = max(1, self._most // 2)
            attempts = max(one.attempts for one in hints)
            self.queue.delay(hints, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=_pause(attempts)))
            self._work_at = time.monotonic() + _pause(self._failures)
            self._failures += 1
        self._finish(ended, by_itself=False)

    def _job(self, ask: Ask) -> Ended:
        return run_job(self.settings, ask, lambda _done, _all: refuse_to_go_on(self.settings, self._stopped))

    def _finish(self, ended: Ended, *, by_itself: bool) -> None:
        if isinstance(ended.summary.error, StoppedError):
            return
        if self._puller and ended.summary.error is None:
            puller = self._puller
            self._try(lambda: puller.heartbeat(ended))
        self._told(ended, by_itself)

    def _try(self, call: Callable[[], None]) -> None:
        """Do what may fail without anything being lost; it is done again in time."""
        try:
            call()
            self._unreached = ""
        except LicatsError as error:
            facts = {"project": self.settings.name, "error": error.code, "message": error.message}
            _LOG.warning("module not reached", extra={"facts": facts})
            if error.code != self._unreached:
                self._unreached = error.code
                self._unheard(f"project '{self.settings.name}': {error}")

    def _until_next(self) -> float:
        """Say in how many seconds something is due."""
        now = time.monotonic()
        times = [self._poll_at - now, _LONGEST]
        if self._puller:
            times.append(self._pull_at - now)
        if due := self.queue.next_due():
            left = (due - dt.datetime.now(dt.UTC)).total_seconds()
            times.append(max(left, self._work_at - now))
        return max(0.0, min(times))


def patience_of(service: ServiceSettings) -> Patience:
    """Give how long records wait for further saves."""
    return Patience(dt.timedelta(seconds=service.debounce), dt.timedelta(seconds=service.max_wait))


def _pause(failures: int) -> float:
    return float(min(_PAUSE * 2 ** min(failures, 10), _LONGEST_PAUSE))
