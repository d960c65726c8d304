"""Run the worker for one project, or for many at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from redcap_licats.cli.console import progress
from redcap_licats.config import ProjectSettings
from redcap_licats.sync.job import Ask, Ended, refuse_to_go_on, run_job

#: what is changed, and nothing else
_USUAL = Ask()
#: projects at a time; what limits them is the server, whose requests they share
_AT_ONCE = 8


def run_one(settings: ProjectSettings, ask: Ask = _USUAL, *, label: str = "Reading records") -> Ended:
    """Run the worker once, with progress where stderr is a terminal. Errors are in the summary."""
    with progress(ask.quiet) as bar:
        task = bar.add_task(label, total=None)
        return run_job(settings, ask, lambda done, total: bar.update(task, completed=done, total=total))


def run_many(projects: Sequence[ProjectSettings], ask: Ask) -> tuple[Ended, ...]:
    """Run the worker for several projects at a time; whatever happens to one, the others go on.

    Each has its own client and its own journal; projects of one server share its limit of requests. When the
    operator stops the program, each run ends after the batch it is at.
    """
    stopped = threading.Event()

    with progress(ask.quiet) as bar, ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:

        def start(settings: ProjectSettings) -> Future[Ended]:
            task = bar.add_task(settings.name, total=None)

            def report(done: int, total: int) -> None:
                refuse_to_go_on(settings, stopped)
                bar.update(task, completed=done, total=total)

            return pool.submit(run_job, settings, ask, report)

        running = [start(settings) for settings in projects]
        try:
            wait(running)
        except KeyboardInterrupt:
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise
    return tuple(run.result() for run in running)
