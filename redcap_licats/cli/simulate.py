"""``licats simulate``: what a changed protocol would move."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from redcap_licats.cli.console import err, out, progress
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.sync.approval import read_approvals
from redcap_licats.sync.running import client_of
from redcap_licats.sync.simulate import Simulation
from redcap_licats.sync.simulate import simulate as simulate_changes


def simulate_with_progress(settings: ProjectSettings, base: Protocol | None, changed: Protocol) -> Simulation:
    """Simulate over the stored records, with progress where stderr is a terminal."""
    with (
        client_of(settings) as client,
        progress() as bar,
    ):
        task = bar.add_task("Simulating", total=None)
        return simulate_changes(
            client,
            settings,
            base,
            changed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def approved_protocol(settings: ProjectSettings) -> Protocol | None:
    """Give the protocol approved last; None without an approval that can be read."""
    found = read_approvals(settings.approval)
    return found.approved() if found else None


def simulate(
    changed: Annotated[
        Path | None,
        typer.Option(
            "--protocol",
            metavar="DIR",
            help="Changed overlay; else the project's own.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    config: ConfigFile = None,
    project: ProjectName = None,
    as_json: Json = False,
) -> int:
    """Work out the stored records by another protocol; say what would move. Writes nothing.

    With --protocol the project's protocol is compared with the changed overlay. Without it the approved protocol
    (what REDCap holds, if none is approved) is compared with the project's.

    [dim]Example: licats simulate --protocol overlay-2027[/dim]
    """
    settings = load_config(config).find(project)
    own = load_protocol(settings.overlay)
    base, other = (own, load_protocol(changed)) if changed else (approved_protocol(settings), own)
    found = simulate_with_progress(settings, base, other)
    code = 1 if found.left_out else 0
    if as_json:
        facts = {"project": settings.name, "from": _protocol(base), "to": _protocol(other), **found.as_dict()}
        typer.echo(json.dumps({"exit": code, "error": None, **facts}, ensure_ascii=False))
        return code
    tell(found, base, other)
    return code


def _protocol(protocol: Protocol | None) -> dict[str, str] | None:
    return {"version": protocol.version, "hash": protocol.hash} if protocol else None


def tell(found: Simulation, base: Protocol | None, other: Protocol) -> None:
    """Print what would move: the numbers, then every move."""
    before = f"protocol {base.version} ({base.hash[:12]})" if base else "what REDCap holds"
    moved = found.moved
    out.print(
        f"{before} → protocol {other.version} ({other.hash[:12]}), {found.records_read} records: "
        f"{moved['timing']} timing classes, {moved['grade']} grades, {moved['classification']} classifications, "
        f"{moved['queries']} queries would move; {moved['cells']} cells in all.",
        highlight=False,
        soft_wrap=True,
    )
    if found.moves:
        table = Table("Record", "Where", "What", "From", "To", box=None)
        for one in found.moves:
            where = one.event or f"{one.form} {one.instance} {one.field}"
            table.add_row(one.record, where, one.rule or one.what, one.before or "–", one.after or "–")
        out.print(table, highlight=False, markup=False)
    for left in found.left_out:
        err.print(f"left out: record {left.record}: {left.reason}", soft_wrap=True, markup=False)
