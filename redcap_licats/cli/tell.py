"""What the operator is told of runs, on the screen and beyond it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from redcap_licats.cli.console import err, out
from redcap_licats.sync.summary import RunSummary


def show_troubles(troubles: Sequence[str]) -> None:
    """Say what could not be told; a run goes on without."""
    for one in troubles:
        err.print(Text.assemble(("not told: ", "bold yellow"), one), soft_wrap=True)


def show_unheard(what: str) -> None:
    """Say why REDCap's module cannot be reached; the service goes on and looks by itself."""
    err.print(Text.assemble(("module not reached: ", "bold yellow"), what), soft_wrap=True)


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
    threads = summary.threads
    if threads.opened or threads.closed or threads.left:
        out.print(
            f"  threads: {threads.opened} {'to open' if dry_run else 'opened'}, "
            f"{threads.closed} {'to close' if dry_run else 'closed'}, {threads.left} left to people.",
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
