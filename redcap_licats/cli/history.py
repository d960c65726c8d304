"""``licats history``, ``undo``, ``resume``, ``forget``: what runs wrote, and taking it back."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Annotated

import typer
from rich.table import Table

from redcap_licats.cli.console import err, out
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.config import load_config
from redcap_licats.journal.model import Entry, Run
from redcap_licats.mapping import load_mapping
from redcap_licats.mapping.model import NOTHING
from redcap_licats.protocol import load_protocol
from redcap_licats.sync import past
from redcap_licats.sync.undo import undo as undo_run


def history(
    record: Annotated[str, typer.Argument(help="Record id; without it the latest runs are listed.")] = "",
    config: ConfigFile = None,
    project: ProjectName = None,
    as_json: Json = False,
) -> None:
    """Show every cell that runs wrote of a record: old and new value, rule, protocol, time; or the latest runs.

    [dim]Example: licats history 1001[/dim]
    """
    settings = load_config(config).find(project)
    if record:
        mapping = load_mapping(settings.mapping, load_protocol(settings.overlay)) if settings.mapping else NOTHING
        entries = tuple(
            replace(one, change=one.change.named(mapping.prefix)) for one in past.history_of(settings, record)
        )
        told = {"record": record, "changes": [_entry_as_dict(one) for one in entries]}
        table = _changes_table(entries)
    else:
        runs = past.runs_of(settings)
        told = {"runs": [_run_as_dict(one) for one in runs]}
        table = _runs_table(runs)
    if as_json:
        typer.echo(json.dumps({"exit": 0, "error": None, **told}, ensure_ascii=False))
    else:
        out.print(table, markup=False, highlight=False)


def undo(
    run: Annotated[str, typer.Argument(help="Id of the run; 'licats history' lists them.")],
    config: ConfigFile = None,
    project: ProjectName = None,
    as_json: Json = False,
) -> int:
    """Take back what a run wrote, where it still stands, and hold the project until 'licats resume'.

    Queries that the run raised are cancelled; answers, decisions and whatever people entered stay.

    [dim]Example: licats undo 20260201T120000Z-1a2b3c[/dim]
    """
    settings = load_config(config).find(project)
    summary = undo_run(settings, load_protocol(settings.overlay), run)
    if as_json:
        typer.echo(json.dumps(summary.as_dict(), ensure_ascii=False))
        return summary.exit
    if summary.error:
        raise summary.error
    out.print(
        f"{summary.project}: {summary.cells_written} cells taken back, {summary.queries_voided} queries voided, "
        f"{summary.cells_kept} cells left that were changed since. Nothing is written until: licats resume",
        highlight=False,
        soft_wrap=True,
    )
    for one in summary.left_out:
        err.print(f"left out: record {one.record}: {one.reason}", markup=False, soft_wrap=True)
    return summary.exit


def resume(config: ConfigFile = None, project: ProjectName = None, as_json: Json = False) -> None:
    """Let runs write to a project again that is held since a run was undone.

    [dim]Example: licats resume --project lupus[/dim]
    """
    settings = load_config(config).find(project)
    hold = past.resume(settings)
    if as_json:
        told = {"exit": 0, "error": None, "project": settings.name, "was_held_for": hold.run_id if hold else None}
        typer.echo(json.dumps(told, ensure_ascii=False))
    elif hold:
        out.print(f"{settings.name}: runs write again. It was held since run {hold.run_id} was undone.")
    else:
        out.print(f"{settings.name}: it was not held.")


def forget(
    record: Annotated[str, typer.Argument(help="Record id.")],
    config: ConfigFile = None,
    project: ProjectName = None,
    as_json: Json = False,
) -> None:
    """Remove a subject from the local state. REDCap is not touched; what REDCap still has is read again.

    [dim]Example: licats forget 1001[/dim]
    """
    settings = load_config(config).find(project)
    count = past.forget(settings, record, now=dt.datetime.now(dt.UTC))
    if as_json:
        told = {"exit": 0, "error": None, "project": settings.name, "record": record, "changes_removed": count}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        out.print(
            f"{settings.name}: nothing is kept of record {record} any more; {count} changes were.", markup=False
        )


def _entry_as_dict(entry: Entry) -> dict[str, object]:
    change = entry.change
    return {
        "at": entry.sent.isoformat(timespec="seconds"),
        "run_id": entry.run.run_id,
        "undoes": entry.run.undoes or None,
        "protocol": {"version": entry.run.protocol_version, "hash": entry.run.protocol_hash},
        "event": change.event,
        "form": change.instrument,
        "instance": change.instance,
        "field": change.field,
        "from": change.old,
        "to": change.new,
        "rule": change.rule,
        "confirmed": entry.written,
    }


def _run_as_dict(run: Run) -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "undoes": run.undoes or None,
        "started": run.started.isoformat(timespec="seconds"),
        "finished": run.finished.isoformat(timespec="seconds") if run.finished else None,
        "exit": run.exit_code,
        "error": run.error_code or None,
        "records_read": run.records_read,
        "cells_written": run.cells_written,
    }


def _changes_table(entries: tuple[Entry, ...]) -> Table:
    table = Table("Time (UTC)", "Run", "Row", "Cell", "From", "To", "Rule", "Protocol")
    for one in entries:
        change = one.change
        row = f"{change.instrument} {change.instance}" + (f" @ {change.event}" if change.event else "")
        sure = "" if one.written else " (not confirmed)"
        table.add_row(
            f"{one.sent:%Y-%m-%d %H:%M:%S}",
            one.run.run_id + sure,
            row,
            change.field,
            change.old,
            change.new,
            change.rule,
            f"{one.run.protocol_version} {one.run.protocol_hash[:12]}",
        )
    return table


def _runs_table(runs: tuple[Run, ...]) -> Table:
    table = Table("Run", "Started (UTC)", "Exit", "Records read", "Cells written", "Remark")
    for one in runs:
        remark = one.error_code or (f"undid {one.undoes}" if one.undoes else "")
        table.add_row(
            one.run_id,
            f"{one.started:%Y-%m-%d %H:%M:%S}",
            "not finished" if one.finished is None else str(one.exit_code),
            str(one.records_read),
            str(one.cells_written),
            remark,
        )
    return table
