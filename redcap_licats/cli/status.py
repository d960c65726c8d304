"""``licats status``: how the projects stand."""

from __future__ import annotations

import datetime as dt
import json

import typer
from rich.markup import escape

from redcap_licats.cli.console import out
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.journal.model import Run
from redcap_licats.sync.status import Status, status_of


def status(config: ConfigFile = None, project: ProjectName = None, as_json: Json = False) -> None:
    """Say how projects stand by the local state: last run, queries, records left out. Asks no server.

    [dim]Example: licats status[/dim]
    """
    settings = load_config(config)
    projects = settings.project if project is None else (settings.find(project),)
    now = dt.datetime.now(dt.UTC)
    found = [(one, status_of(one)) for one in projects]
    if as_json:
        told = [_as_dict(one, stands, now) for one, stands in found]
        typer.echo(json.dumps({"exit": 0, "error": None, "projects": told}, ensure_ascii=False))
        return
    for one, stands in found:
        for line in _lines(one, stands, now):
            out.print(line, soft_wrap=True, highlight=False)


def _as_dict(settings: ProjectSettings, stands: Status, now: dt.datetime) -> dict[str, object]:
    last, hold = stands.last_run, stands.hold
    return {
        "project": settings.name,
        "project_id": settings.project_id,
        "last_run": _run_as_dict(last, now) if last else None,
        "as_of": _iso(stands.last_done.finished) if stands.last_done else None,
        "queries": {"open": stands.queries_open, "held": stands.queries_held},
        "records_left_out": [{"record": one.record, "reason": one.reason} for one in stands.left_out],
        "records_frozen": list(stands.frozen),
        "held": {"run_id": hold.run_id, "since": _iso(hold.since)} if hold else None,
        "frozen": settings.frozen,
        "next_full_pass": _iso(stands.next_full_pass),
    }


def _run_as_dict(run: Run, now: dt.datetime) -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "started": _iso(run.started),
        "finished": _iso(run.finished),
        "age_seconds": int((now - (run.finished or run.started)).total_seconds()),
        "exit": run.exit_code,
        "error": run.error_code or None,
        "records_read": run.records_read,
        "cells_written": run.cells_written,
    }


def _lines(settings: ProjectSettings, stands: Status, now: dt.datetime) -> list[str]:
    """Word how one project stands."""
    last, done = stands.last_run, stands.last_done
    name = f"[bold]{settings.name}[/bold]"
    if last is None:
        lines = [f"{name}: no run yet"]
    elif last.finished is None:
        begun = _ago(last.started, now)
        lines = [f"{name}: [yellow]a run began {begun} and has not ended[/yellow]; it goes on, or was killed"]
    else:
        error = f", {last.error_code}" if last.error_code else ""
        how = f"[yellow]exit code {last.exit_code}{error}[/]" if last.exit_code else "[green]ended well[/]"
        lines = [f"{name}: last run {_ago(last.finished, now)}, {how}"]
    if settings.frozen:
        lines.append("  the study is frozen by the configuration; nothing is written")
    if hold := stands.hold:
        since = _ago(hold.since, now)
        lines.append(f"  [yellow]held[/] since run {hold.run_id} was undone, {since}; to go on: licats resume")
    if done:
        of = f" (as of {settings.local(done.finished or done.started):%Y-%m-%d %H:%M %Z})"
        lines.append(f"  queries: {stands.queries_open} open, {stands.queries_held} held{of}")
    lines += [f"  left out: record {escape(one.record)}: {escape(one.reason)}" for one in stands.left_out]
    if stands.frozen:
        lines.append(f"  locked as a whole: {escape(', '.join(stands.frozen))}")
    if stands.next_full_pass:
        due = f"{settings.local(stands.next_full_pass):%Y-%m-%d %H:%M %Z}"
        lines.append(f"  next full pass: first run after {due}")
    return lines


def _ago(time: dt.datetime, now: dt.datetime) -> str:
    minutes = int((now - time).total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 2 * 24 * 60 else f"{minutes // 60 // 24} days ago"


def _iso(time: dt.datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None
