"""Run the worker for one project, or for many at a time."""

from __future__ import annotations

import datetime as dt
import threading
import traceback
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from redcap_licats.cli.console import progress
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import LicatsError, StoppedError, broken
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import Progress, sync

#: projects at a time; what limits them is the server, whose requests they share
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended, and when it began."""

    summary: RunSummary
    started: dt.datetime


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a run: to write nothing, to read all records, or only those named; to show no progress."""

    dry_run: bool = False
    full: bool = False
    records: tuple[str, ...] = ()
    quiet: bool = False


def run_one(settings: ProjectSettings, ask: Ask = Ask(), *, label: str = "Reading records") -> Ended:
    """Run the worker once, with progress where stderr is a terminal. Errors are in the summary."""
    with progress(ask.quiet) as bar:
        task = bar.add_task(label, total=None)
        return _run(settings, ask, lambda done, total: bar.update(task, completed=done, total=total))


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
                if stopped.is_set():
                    raise StoppedError("RUN-STOPPED", "The run was stopped", where=f"project '{settings.name}'")
                bar.update(task, completed=done, total=total)

            return pool.submit(_run, settings, ask, report)

        running = [start(settings) for settings in projects]
        try:
            wait(running)
        except KeyboardInterrupt:
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise
    return tuple(run.result() for run in running)


def _run(settings: ProjectSettings, ask: Ask, report: Progress) -> Ended:
    """Run the worker; whatever goes wrong is in the summary."""
    started = dt.datetime.now(dt.UTC)
    try:
        protocol = load_protocol(settings.overlay)
        summary = sync(
            settings, protocol, dry_run=ask.dry_run, full=ask.full, records=ask.records, progress=report
        )
    except LicatsError as error:
        summary = without_run(error, settings.name, settings.project_id)
    except Exception as error:
        traceback.print_exception(error)
        told = broken(error, where=f"project '{settings.name}'")
        summary = without_run(told, settings.name, settings.project_id)
    return Ended(summary, started)


def without_run(error: LicatsError, project: str = "", project_id: int = 0) -> RunSummary:
    """Give the summary of a run that did not come about."""
    return RunSummary(
        run_id="",
        project=project,
        project_id=project_id,
        protocol_version="",
        protocol_hash="",
        error=error,
    )
