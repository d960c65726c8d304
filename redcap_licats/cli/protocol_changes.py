"""``licats protocol diff`` and ``approve``: what changed in the rules, and who stands for it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from redcap_licats.cli.console import out
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.cli.simulate import approved_protocol, simulate_with_progress, tell
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.errors import ConfigError
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.protocol.content import Content, content_of, differences, hash_of
from redcap_licats.sync.approval import Approval, read_approvals, record_approval

Name = Annotated[str, typer.Option(metavar="NAME", help="Who approves.")]
Why = Annotated[str, typer.Option(metavar="TEXT", help="Why: the amendment, the decision, the document.")]


def diff(
    overlay: Annotated[
        Path | None,
        typer.Option(
            "--overlay", metavar="DIR", help="Compare this overlay with the shipped protocol.", exists=True
        ),
    ] = None,
    against: Annotated[
        Literal["approved", "shipped"] | None,
        typer.Option(help="What to compare with; else approved, and shipped where there is no approval."),
    ] = None,
    config: ConfigFile = None,
    project: ProjectName = None,
    as_json: Json = False,
) -> None:
    """Name every key in which the protocol differs from the approved or the shipped one.

    [dim]Example: licats protocol diff --against shipped[/dim]
    """
    if overlay and against != "approved":
        changed, base, name = load_protocol(overlay), content_of(load_protocol()), "shipped"
    else:
        settings = load_config(config).find(project)
        changed = load_protocol(overlay or settings.overlay)
        base, name = _base(settings, against)
    found = differences(base, content_of(changed))
    if as_json:
        keys = [{"key": one.key, "from": one.before, "to": one.after} for one in found]
        facts = {"against": name, "from": hash_of(base), "to": changed.hash, "differences": keys}
        typer.echo(json.dumps({"exit": 0, "error": None, **facts}, ensure_ascii=False))
        return
    out.print(f"{len(found)} keys differ from the {name} protocol ({hash_of(base)[:12]}).", highlight=False)
    if found:
        table = Table("Key", name.capitalize(), "Now", box=None)
        for one in found:
            table.add_row(
                one.key, "–" if one.before is None else one.before, "–" if one.after is None else one.after
            )
        out.print(table, highlight=False, markup=False)


def _base(settings: ProjectSettings, against: str | None) -> tuple[Content, str]:
    """Give the content to compare with and what it is called."""
    approved = None if against == "shipped" else read_approvals(settings.approval)
    if approved:
        return approved.protocol, "approved"
    if against == "approved":
        raise ConfigError(
            "APPROVAL-NONE",
            "No protocol is approved for the project",
            where=str(settings.approval),
            remedy="Compare with --against shipped, or approve with: licats protocol approve --by NAME --why TEXT",
        )
    return content_of(load_protocol()), "shipped"


def approve(
    by: Name, why: Why, config: ConfigFile = None, project: ProjectName = None, as_json: Json = False
) -> int:
    """Approve the project's protocol, after a simulation of what it moves, which is kept with the approval.

    From then on only this protocol may write. The approval is a file beside the configuration.

    [dim]Example: licats protocol approve --by "A. Sato" --why "Amendment 2, signed 2027-04-01"[/dim]
    """
    settings = load_config(config).find(project)
    protocol = load_protocol(settings.overlay)
    base = approved_protocol(settings)
    found = simulate_with_progress(settings, base, protocol)
    record_approval(settings.approval, protocol, approval_of(protocol, by, why, found.moved))
    if as_json:
        facts = {
            "project": settings.name,
            "approval": str(settings.approval),
            "protocol": {"version": protocol.version, "hash": protocol.hash},
            "by": by,
            "why": why,
            **found.as_dict(),
        }
        typer.echo(json.dumps({"exit": 0, "error": None, **facts}, ensure_ascii=False))
        return 0
    tell(found, base, protocol)
    out.print(f"Approved by {by}: {settings.approval}", highlight=False, soft_wrap=True, markup=False)
    return 0


def approval_of(protocol: Protocol, by: str, why: str, moved: dict[str, int]) -> Approval:
    """Make an approval of now.

    Raises:
        ConfigError: Name or reason are blank.
    """
    if not by.strip() or not why.strip():
        raise ConfigError("APPROVAL-WHO", "An approval needs a name and a reason", remedy="Give --by and --why.")
    at = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
    return Approval(
        version=protocol.version, hash=protocol.hash, by=by.strip(), why=why.strip(), at=at, moved=moved
    )
