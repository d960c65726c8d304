"""``licats report``: workbooks and pages."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.token import read_token
from redcap_licats.cli.console import err, out
from redcap_licats.cli.options import ConfigFile, Json, LanguageName, ProjectName, language_of
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.errors import ConfigError
from redcap_licats.protocol import load_protocol
from redcap_licats.report.model import Privacy
from redcap_licats.report.produce import read_source, write_pages, write_workbooks
from redcap_licats.report.workbook import INCOMPLETE


def produce(
    settings: ProjectSettings,
    folder: Path,
    *,
    sites: tuple[str, ...] = (),
    every_site: bool = False,
    language: str = "",
    privacy: Privacy = Privacy.VALUES,
    since: dt.date | None = None,
    html: bool = False,
) -> tuple[Path, ...]:
    """Read the project and write its workbooks, and their pages if wanted."""
    protocol = load_protocol(settings.overlay)
    words = language_of(language, protocol)
    with RedcapClient(settings.url, read_token(settings), rate_per_minute=settings.rate_per_minute) as client:
        source = read_source(client, settings, protocol)
        now = settings.local(client.server_time or dt.datetime.now(dt.UTC))
    if since and since > now.date():
        raise ConfigError(
            "REPORT-SINCE", f"The day {since} has not come yet", remedy="Give --since a day in the past."
        )
    wanted = tuple(sorted(set(source.groups.values()))) if every_site else sites
    books = write_workbooks(
        source, settings, protocol, folder, at=now, language=words, sites=wanted, privacy=privacy, since=since
    )
    if not html:
        return books
    pages = write_pages(source, settings, protocol, folder, at=now, language=words, sites=wanted, privacy=privacy)
    return books + pages


def report(
    config: ConfigFile = None,
    project: ProjectName = None,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path(),
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="DAG", help="Workbook for one site; may be repeated.")
    ] = None,
    every_site: Annotated[bool, typer.Option("--every-site", help="One workbook per site.")] = False,
    html: Annotated[
        bool, typer.Option("--html", help="A page with figures beside each workbook, to read in a browser.")
    ] = False,
    privacy: Annotated[
        Privacy, typer.Option("--privacy", help="Whether values of single subjects may be told.")
    ] = Privacy.VALUES,
    since: Annotated[
        dt.datetime | None,
        typer.Option(
            "--since",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="First day of what is new; else the day of the last such report, else a week ago.",
        ),
    ] = None,
    language: LanguageName = "",
    as_json: Json = False,
) -> int:
    """Write the monitor's workbook, or those of sites: queries, events, rules, changes written; and their pages.

    A report that does not tell of every record says so in its name; the exit code then is 1.

    [dim]Example: licats report --out reports --every-site --html[/dim]
    """
    settings = load_config(config).find(project)
    paths = produce(
        settings,
        folder,
        sites=tuple(site or ()),
        every_site=every_site,
        language=language,
        privacy=privacy,
        since=since.date() if since else None,
        html=html,
    )
    incomplete = any(path.stem.endswith(INCOMPLETE) for path in paths)
    if as_json:
        typer.echo(json.dumps({"exit": int(incomplete), "error": None, "files": [str(path) for path in paths]}))
    else:
        for path in paths:
            out.print(str(path), soft_wrap=True, highlight=False)
    if incomplete:
        err.print("Some records were left out; sheet 'Read me' names them.", highlight=False)
    return int(incomplete)
