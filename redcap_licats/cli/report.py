"""``licats report``: workbooks and pages."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.cli import report_read
from redcap_licats.cli.console import err, out
from redcap_licats.cli.options import ConfigFile, Json, LanguageName, ProjectName, language_of
from redcap_licats.cli.report_delivery import mail_digests, refuse_unconfigured, upload_made
from redcap_licats.cli.tell import show_troubles
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.errors import ConfigError
from redcap_licats.protocol import load_protocol
from redcap_licats.report.facts import Privacy
from redcap_licats.report.produce import Made, read_source, write_pages, write_workbooks
from redcap_licats.report.workbook import INCOMPLETE
from redcap_licats.sync.running import client_of

app = typer.Typer(invoke_without_command=True)
app.command("read")(report_read.read)
#: options of which a value is no sign that somebody gave them
_WITH_DEFAULT = frozenset({"folder", "privacy"})


@dataclass(frozen=True, slots=True)
class Produced:
    """What a report left behind: workbooks, and pages if they were wanted."""

    books: tuple[Made, ...]
    pages: tuple[Path, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return (*(one.path for one in self.books), *self.pages)


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
) -> Produced:
    """Read the project and write its workbooks, and their pages if wanted."""
    protocol = load_protocol(settings.overlay)
    words = language_of(language, protocol)
    with client_of(settings) as client:
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
        return Produced(books)
    pages = write_pages(source, settings, protocol, folder, at=now, language=words, sites=wanted, privacy=privacy)
    return Produced(books, pages)


@app.callback()
def report(
    context: typer.Context,
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
    uploads: Annotated[
        bool, typer.Option("--upload", help="Upload to the File Repository, to folders as configured.")
    ] = False,
    digests: Annotated[
        bool, typer.Option("--digest", help="Mail how many queries wait, if any, to whom is configured.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Write the monitor's workbook, or those of sites: queries, events, rules, changes written; and their pages.

    A report that does not tell of every record says so in its name; the exit code then is 1.

    [dim]Example: licats report --out reports --every-site --html[/dim]
    """
    if context.invoked_subcommand:
        if any(value for name, value in context.params.items() if name not in _WITH_DEFAULT):
            raise ConfigError("USAGE", "Options stand before 'read'", remedy="Give them behind it.")
        return 0
    whole = load_config(config)
    settings = whole.find(project)
    refuse_unconfigured(settings, whole.notify, uploads=uploads, digests=digests)
    produced = produce(
        settings,
        folder,
        sites=tuple(site or ()),
        every_site=every_site,
        language=language,
        privacy=privacy,
        since=since.date() if since else None,
        html=html,
    )
    made, paths = produced.books, [str(path) for path in produced.paths]
    words = language_of(language, load_protocol(settings.overlay))
    uploaded = upload_made(settings, made) if uploads else ()
    mailed, troubles = mail_digests(settings, whole.notify, made, words) if digests else ((), ())
    incomplete = any(one.path.stem.endswith(INCOMPLETE) for one in made)
    code = int(incomplete or bool(troubles))
    if as_json:
        told = {"exit": code, "error": None, "files": paths, "uploaded": uploaded, "mailed": mailed}
        typer.echo(json.dumps({**told, "not_mailed": troubles}, ensure_ascii=False))
    else:
        lines = [*paths, *(f"uploaded: {one}" for one in uploaded), *(f"mailed: {one}" for one in mailed)]
        for line in lines:
            out.print(line, soft_wrap=True, highlight=False, markup=False)
    if incomplete:
        err.print("Some records were left out; sheet 'Read me' names them.", highlight=False)
    show_troubles(troubles)
    return code
