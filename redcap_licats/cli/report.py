"""``licats report``: the workbooks."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.token import read_token
from redcap_licats.cli import report_read
from redcap_licats.cli.console import out
from redcap_licats.cli.options import ConfigFile, Json, LanguageName, ProjectName, language_of
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.errors import ConfigError
from redcap_licats.protocol import load_protocol
from redcap_licats.report.produce import read_source, write_workbooks

app = typer.Typer(invoke_without_command=True)
app.command("read")(report_read.read)


def produce(
    settings: ProjectSettings,
    folder: Path,
    *,
    sites: tuple[str, ...] = (),
    every_site: bool = False,
    language: str = "",
) -> tuple[Path, ...]:
    """Read the project and write its workbooks."""
    protocol = load_protocol(settings.overlay)
    words = language_of(language, protocol)
    with RedcapClient(settings.url, read_token(settings), rate_per_minute=settings.rate_per_minute) as client:
        source = read_source(client, settings, protocol)
        now = settings.local(client.server_time or dt.datetime.now(dt.UTC))
    wanted = tuple(sorted(set(source.groups.values()))) if every_site else sites
    return write_workbooks(source, settings, protocol, folder, at=now, language=words, sites=wanted)


@app.callback(invoke_without_command=True)
def report(
    context: typer.Context,
    config: ConfigFile = None,
    project: ProjectName = None,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path(),
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="DAG", help="Workbook for one site; may be repeated.")
    ] = None,
    every_site: Annotated[bool, typer.Option("--every-site", help="One workbook per site.")] = False,
    language: LanguageName = "",
    as_json: Json = False,
) -> None:
    """Write the monitor's workbook, or those of sites: queries, events, rules, changes written.

    [dim]Example: licats report --out reports --every-site[/dim]
    """
    if context.invoked_subcommand:
        if config or project or site or every_site or language or as_json:
            raise ConfigError("USAGE", "Options stand before 'read'", remedy="Give them behind it.")
        return
    settings = load_config(config).find(project)
    paths = produce(settings, folder, sites=tuple(site or ()), every_site=every_site, language=language)
    if as_json:
        typer.echo(json.dumps({"exit": 0, "error": None, "files": [str(path) for path in paths]}))
        return
    for path in paths:
        out.print(str(path), soft_wrap=True, highlight=False)
