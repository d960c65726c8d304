"""``licats sync``: one run of the worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.cli.console import show_error
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.cli.runs import run_many, run_one
from redcap_licats.cli.tell import show_summary, show_troubles
from redcap_licats.config import Config, ProjectSettings, load_config
from redcap_licats.errors import RUN_LOCKED, ConfigError, LicatsError
from redcap_licats.notify.log import json_log
from redcap_licats.notify.tell import tell_begin
from redcap_licats.sync.job import Ask, tell_outcomes, without_run
from redcap_licats.sync.summary import RunSummary


def _limited(
    projects: tuple[ProjectSettings, ...], cells: int | None, records: int | None
) -> tuple[ProjectSettings, ...]:
    """Put this once's limits in the place of the configured ones."""
    given = {name: value for name, value in {"max_changes": cells, "max_records": records}.items() if value}
    return tuple(one.model_copy(update=given) for one in projects)


def _chosen(config: Config, project: str | None, every: bool) -> tuple[ProjectSettings, ...]:
    if every and project is not None:
        raise ConfigError("USAGE", "--all and --project exclude each other", remedy="Give one of them.")
    return config.project if every else (config.find(project),)


def _run(config: Config, projects: tuple[ProjectSettings, ...], ask: Ask) -> tuple[RunSummary, ...]:
    """Run the worker and tell of it; a dry run is told to nobody but who asked for it."""
    if not ask.dry_run:
        show_troubles(tell_begin(config.notify, [one.name for one in projects]))
    ended = run_many(projects, ask) if len(projects) > 1 else (run_one(projects[0], ask),)
    if not ask.dry_run:
        show_troubles(tell_outcomes(config, ended))
    return tuple(one.summary for one in ended)


def _print(
    summaries: tuple[RunSummary, ...], every: bool, error: LicatsError | None = None, project: str = ""
) -> int:
    """Print the one JSON object, with all its keys whatever happened; give the exit code."""
    told = [one.as_dict() for one in summaries]
    worst = max((one.exit for one in summaries), default=error.exit_code if error else 0)
    if every:
        answer: dict[str, object] = {"exit": worst, "error": error.as_dict() if error else None, "projects": told}
    else:
        answer = told[0] if told else without_run(error, project).as_dict() if error else {}
    typer.echo(json.dumps(answer, ensure_ascii=False))
    return worst


def sync(
    config: ConfigFile = None,
    project: ProjectName = None,
    every: Annotated[bool, typer.Option("--all", help="All projects of the configuration, in parallel.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would change.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read all records, changed or not.")] = False,
    record: Annotated[
        list[str] | None, typer.Option("--record", metavar="ID", help="Read this record only; may be repeated.")
    ] = None,
    max_changes: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Most cells this run may change; else as configured.")
    ] = None,
    max_records: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Most records this run may change; else as configured.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing if all is well, as cron wants it.")] = False,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Add one JSON object per line to a file.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Read the records, compute grades, timing classes and queries, write back the cells that differ.

    [dim]Example: licats sync --project lupus --dry-run[/dim]
    """
    ask = Ask(dry_run=dry_run, full=full, records=tuple(record or ()), quiet=quiet or as_json)
    try:
        settings = load_config(config)
        projects = _limited(_chosen(settings, project, every), max_changes, max_records)
        with json_log(log or settings.notify.log):
            summaries = _run(settings, projects, ask)
    except LicatsError as error:
        if not as_json:
            raise
        return _print((), every, error, project or "")
    worst = max(one.exit for one in summaries)
    if as_json:
        return _print(summaries, every)
    for one in summaries:
        if one.error and one.error.code == RUN_LOCKED and quiet:
            continue  # cron comes again
        if one.error:
            show_error(one.error, prefix=f"{one.project}: " if every else "")
        elif not quiet or one.exit or one.conflicts:
            show_summary(one, dry_run=dry_run)
    return worst
