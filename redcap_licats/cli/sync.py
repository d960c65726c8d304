"""``licats sync``: one run of the worker."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.text import Text

from redcap_licats.cli.console import err, out, progress
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import sync as run_worker


def run_with_progress(
    settings: ProjectSettings, *, dry_run: bool = False, label: str = "Reading records"
) -> RunSummary:
    """Run the worker once, with progress where stderr is a terminal."""
    protocol = load_protocol(settings.overlay)
    with progress() as bar:
        task = bar.add_task(label, total=None)
        return run_worker(
            settings,
            protocol,
            dry_run=dry_run,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _tell(summary: RunSummary, *, dry_run: bool) -> None:
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
        err.print(f"frozen (locked as a whole, left as they are): {', '.join(summary.frozen)}", soft_wrap=True)
    for conflict in summary.conflicts:
        query = f"{'medical query' if conflict.medical else 'query'} {conflict.number}"
        err.print(
            Text.assemble(
                ("for a person: ", "bold yellow"), f"record {conflict.record}, {query}: {conflict.code}"
            ),
            soft_wrap=True,
        )


def sync(
    config: ConfigFile = None,
    project: ProjectName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would change.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing if all is well, as cron wants it.")] = False,
    as_json: Json = False,
) -> int:
    """Read the records, compute grades, timing classes and queries, write back the cells that differ.

    [dim]Example: licats sync --project lupus --dry-run[/dim]
    """
    summary = run_with_progress(load_config(config).find(project), dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps(summary.as_dict(), ensure_ascii=False))
        return summary.exit
    if summary.error:
        raise summary.error
    if not quiet or summary.exit or summary.conflicts:
        _tell(summary, dry_run=dry_run)
    return summary.exit
