"""A run as whoever starts it sees it: what is asked, how it ended, and who is told."""

from __future__ import annotations

import datetime as dt
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from redcap_licats.api.token import read_secret
from redcap_licats.config import Config, ProjectSettings, machine_state
from redcap_licats.errors import LicatsError, StoppedError, broken
from redcap_licats.notify.model import Outcome
from redcap_licats.notify.tell import tell_end
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import Progress, sync


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended, and when it began."""

    summary: RunSummary
    started: dt.datetime


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a run.

    Attributes:
        dry_run: To write nothing.
        full: To read all records.
        records: To read only those named.
        hints: To read only those, as far as they exist.
        quiet: To show no progress.
    """

    dry_run: bool = False
    full: bool = False
    records: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    quiet: bool = False


def run_job(settings: ProjectSettings, ask: Ask, report: Progress) -> Ended:
    """Run the worker for a project; whatever goes wrong is in the summary."""
    started = dt.datetime.now(dt.UTC)
    try:
        protocol = load_protocol(settings.overlay)
        summary = sync(
            settings,
            protocol,
            dry_run=ask.dry_run,
            full=ask.full,
            records=ask.records,
            hints=ask.hints,
            progress=report,
        )
    except LicatsError as error:
        summary = without_run(error, settings.name, settings.project_id)
    except Exception as error:
        traceback.print_exception(error)
        told = broken(error, where=f"project '{settings.name}'")
        summary = without_run(told, settings.name, settings.project_id)
    return Ended(summary, started)


def refuse_to_go_on(settings: ProjectSettings, stopped: threading.Event) -> None:
    """Break a run off between two batches when the program is told to stop.

    Raises:
        StoppedError: It is.
    """
    if stopped.is_set():
        raise StoppedError("RUN-STOPPED", "The run was stopped", where=f"project '{settings.name}'")


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


def tell_outcomes(config: Config, runs: Sequence[Ended]) -> tuple[str, ...]:
    """Tell how runs ended, wherever the configuration says; give what could not be told."""
    return tell_end(
        config.notify,
        [outcome_of(one) for one in runs],
        projects=[one.name for one in config.project],
        memory=machine_state(),
        secret=lambda source: read_secret(source, "password of the mail server"),
        at=dt.datetime.now().astimezone(),
    )


def outcome_of(ended: Ended) -> Outcome:
    """Give what is told of a run."""
    summary = ended.summary
    return Outcome(
        project=summary.project,
        project_id=summary.project_id,
        run_id=summary.run_id,
        started=ended.started,
        seconds=summary.seconds,
        exit=summary.exit,
        error=summary.error,
        records_read=summary.records_read,
        records_due=summary.records_due,
        left_out=len(summary.left_out),
        frozen=len(summary.frozen),
        cells_written=summary.cells_written,
        queries=summary.queries.as_dict(),
        requests=summary.requests,
        protocol_version=summary.protocol_version,
        protocol_hash=summary.protocol_hash,
    )
