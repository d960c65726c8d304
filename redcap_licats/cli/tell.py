"""What the operator is told of runs, on the screen and beyond it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from rich.text import Text

from redcap_licats.api.token import read_secret
from redcap_licats.cli.console import err, out
from redcap_licats.cli.runs import Ended
from redcap_licats.config import Config, machine_state
from redcap_licats.notify.model import Outcome
from redcap_licats.notify.tell import tell_end
from redcap_licats.sync.summary import RunSummary


def tell_outcomes(config: Config, runs: Sequence[Ended]) -> tuple[str, ...]:
    """Tell how runs ended, wherever the configuration says; give what could not be told."""
    return tell_end(
        config.notify,
        [_outcome(one.summary, one.started) for one in runs],
        projects=[one.name for one in config.project],
        memory=machine_state(),
        secret=lambda source: read_secret(source, "password of the mail server"),
        at=dt.datetime.now().astimezone(),
    )


def _outcome(summary: RunSummary, started: dt.datetime) -> Outcome:
    return Outcome(
        project=summary.project,
        project_id=summary.project_id,
        run_id=summary.run_id,
        started=started,
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


def show_troubles(troubles: Sequence[str]) -> None:
    """Say what could not be told; a run goes on without."""
    for one in troubles:
        err.print(Text.assemble(("not told: ", "bold yellow"), one), soft_wrap=True)


def show_summary(summary: RunSummary, *, dry_run: bool) -> None:
    """Say what a run did, and name what needs a person."""
    queries = summary.queries
    verb = "would be written" if dry_run else "written"
    out.print(
        f"{summary.project}: {summary.records_read} records read, {summary.cells_written} cells {verb}; "
        f"queries: {queries.opened} opened, {queries.resolved} resolved, {queries.reopened} reopened, "
        f"{queries.cancelled} cancelled, {queries.held} held, {queries.open} open "
        f"({summary.requests} requests, {summary.seconds:.1f} s).",
        highlight=False,
        soft_wrap=True,
    )
    for one in summary.left_out:
        err.print(
            Text.assemble(("left out: ", "bold yellow"), f"record {one.record}: {one.reason}"), soft_wrap=True
        )
    if summary.frozen:
        err.print(
            f"frozen (locked as a whole, left as they are): {', '.join(summary.frozen)}",
            soft_wrap=True,
            markup=False,
        )
    for conflict in summary.conflicts:
        query = f"{'medical query' if conflict.medical else 'query'} {conflict.number}"
        err.print(
            Text.assemble(
                ("for a person: ", "bold yellow"), f"record {conflict.record}, {query}: {conflict.code}"
            ),
            soft_wrap=True,
        )
