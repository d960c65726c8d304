"""``licats doctor``: is the project what the worker needs?"""

from __future__ import annotations

import json

import typer
from rich.markup import escape
from rich.table import Table

from redcap_licats.cli.console import out
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.sync.doctor import Examination, examine_project
from redcap_licats.sync.finding import Finding, Harm

_COLOURS = {Harm.HARMLESS: "green", Harm.WRITING: "yellow", Harm.READING: "red"}


def examine(settings: ProjectSettings, *, as_json: bool = False) -> int:
    """Run every guard against the live project and name all findings; give the exit code.

    Raises:
        ConfigError: The protocol cannot be read.
    """
    protocol = load_protocol(settings.overlay)
    found = examine_project(settings, protocol)
    if as_json:
        typer.echo(json.dumps(_as_dict(found, settings, protocol), ensure_ascii=False))
    else:
        _show(found, settings, protocol)
    return found.exit


def _as_dict(found: Examination, settings: ProjectSettings, protocol: Protocol) -> dict[str, object]:
    return {
        "project": settings.name,
        "project_id": settings.project_id,
        "exit": found.exit,
        "error": found.worst.error().as_dict() if found.worst else None,
        "findings": [one.as_dict() for one in found.findings],
        "redcap_version": found.redcap_version,
        "fields": len(found.setup.dictionary) if found.setup else 0,
        "worker_instruments": sorted(found.needs.worker) if found.needs else [],
        "absent_forms": sorted(found.needs.absent) if found.needs else [],
        "protocol": {"version": protocol.version, "hash": protocol.hash},
        "approved_by": found.approval.by if found.approval else None,
    }


def _show(found: Examination, settings: ProjectSettings, protocol: Protocol) -> None:
    if found.redcap_version:
        out.print(f"REDCap {found.redcap_version} answers at {settings.url}.", highlight=False)
    if found.approval:
        by, on = found.approval.by, found.approval.at[:10]
        out.print(f"The protocol is approved, by {by} on {on}.", markup=False, highlight=False)
    if found.findings:
        out.print(_table(found.findings))
    blocking = [one for one in found.findings if one.exit]
    if not blocking:
        out.print(f"What protocol {protocol.version} needs is there; nothing stands in the way of: licats sync")
    elif any(one.harm is Harm.READING for one in blocking):
        out.print(f"licats sync refuses to read, until what blocks it is mended ({len(blocking)} findings).")
    else:
        out.print(f"licats sync refuses to write, until what blocks it is mended ({len(blocking)} findings).")


def _table(findings: list[Finding]) -> Table:
    table = Table("Class", "Code", "What", "Where", "What to do", show_lines=True)
    order = [Harm.READING, Harm.WRITING, Harm.HARMLESS]
    for one in sorted(findings, key=lambda one: order.index(one.harm)):
        words = map(escape, (one.what, one.where, one.remedy))
        table.add_row(f"[{_COLOURS[one.harm]}]{one.harm}[/]", one.code, *words)
    return table


def doctor(config: ConfigFile = None, project: ProjectName = None, as_json: Json = False) -> int:
    """Run every guard and name all findings: harmless, blocking writing, or blocking reading. Changes nothing.

    Token, project, rights, Data Access Groups, dictionary, repeats, approval, clocks, version, limits, files.

    [dim]Example: licats doctor --project lupus[/dim]
    """
    return examine(load_config(config).find(project), as_json=as_json)
