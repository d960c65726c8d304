"""``licats doctor``: is the project what the worker needs?"""

from __future__ import annotations

import json

import typer

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.token import read_token
from redcap_licats.cli.console import out
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.approval import read_approvals, refuse_unapproved
from redcap_licats.sync.preflight import preflight


def examine(settings: ProjectSettings, *, as_json: bool = False) -> int:
    """Run every guard against the live project and say what was found; the first that refuses is raised."""
    protocol = load_protocol(settings.overlay)
    with RedcapClient(settings.url, read_token(settings), rate_per_minute=settings.rate_per_minute) as client:
        found = preflight(client, settings, protocol, dry_run=True)
        refuse_unapproved(client, settings, protocol)
        approvals = read_approvals(settings.approval)
        facts = {
            "project": settings.name,
            "project_id": settings.project_id,
            "redcap_version": client.version(),
            "fields": len(found.dictionary),
            "worker_instruments": sorted(found.homes),
            "absent_forms": sorted(found.absent_forms),
            "today": found.today.isoformat(),
            "protocol": {"version": protocol.version, "hash": protocol.hash},
            "approved_by": approvals.last.by if approvals else None,
        }
    if as_json:
        typer.echo(json.dumps({**facts, "exit": 0, "error": None}, ensure_ascii=False))
        return 0
    out.print(f"Project {settings.project_id} at {settings.url} answers (version {facts['redcap_version']}).")
    out.print(f"{facts['fields']} fields; every field and repeat that protocol {protocol.version} needs is there.")
    if found.absent_forms:
        out.print(f"Optional forms that this study does not have: {', '.join(sorted(found.absent_forms))}.")
    if approvals:
        out.print(f"The protocol is approved, by {approvals.last.by} on {approvals.last.at[:10]}.", markup=False)
    out.print("Nothing stands in the way of: licats sync")
    return 0


def doctor(config: ConfigFile = None, project: ProjectName = None, as_json: Json = False) -> int:
    """Check token, project, dictionary and repeating set-up against what the worker needs. Writes nothing.

    [dim]Example: licats doctor --project lupus[/dim]
    """
    return examine(load_config(config).find(project), as_json=as_json)
