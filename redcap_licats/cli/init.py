"""``licats init``: write a commented configuration and test it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.cli.console import out
from redcap_licats.cli.doctor import examine
from redcap_licats.cli.protocol_changes import approval_of
from redcap_licats.config import FILE, load_config
from redcap_licats.errors import ConfigError
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.approval import read_approvals, record_approval

TEMPLATE = """\
# Configuration of redcap_licats. Nothing in it can change a clinical result: that is the protocol's part.
# Several studies: repeat the whole [[project]] table.

[[project]]
name = {name}              # short name, used for --project, in file names and in the journal
url = {url}                # address of the REDCap API, ending in /api/
project_id = {project_id}    # the token must belong to this project, or nothing is read or written
# where the token is kept: env, file (readable only by you) or keyring; never the token itself
token = {{ {token} }}

# overlay = "overlay"        # folder with the study's own changes to the protocol
# mapping = "mapping.toml"   # forms of the study's own in the place of ours (docs/mapping.md)
# approval = "NAME.approved.json"  # the protocol approved, by whom and why; keep it like the overlay
# state = "licats-state"     # folder or SQLAlchemy URL of the journal; may be deleted, REDCap holds the truth;
#                            # under the systemd units and in the container: "/var/lib/licats/state"
# data_cut = 2026-12-31      # later dates are ignored; what has no date counts as it is now
# frozen = true              # nothing is written any more
# release_days = 3           # days until a query on an incomplete form is shown to the site
# max_changes = 5000         # a run stops before it changes more cells than this
# max_records = 200          # the same for records
# full_pass_every = 1        # days between two passes over all records, changed or not
# module = true              # licats serve fetches the list of the REDCap module (docs/sites/module.md)
# user = "licats_worker"     # the worker's user name in REDCap, whose saves start nothing under licats serve
# answer_in = "drw"          # sites answer in REDCap's own queries, through the REDCap module; else on a form
# time_zone = "Asia/Tokyo"   # whose calendar date is today; else this machine's
# answers_in_excel = true    # sites may answer queries in their workbooks
# report_key = {{ file = "report-key" }}       # secret that binds workbooks to queries; else made at first use
# monitor_token = {{ env = "MONITOR_TOKEN" }}  # writes what "licats report read" takes from workbooks
# rate_per_minute = 120      # requests per minute to the server, shared by its projects; 0 is no limit

# [project.upload]           # licats report --upload: folders of the File Repository, see docs/readback.md
# monitor_role = "Monitor"
# site_role = "Coordinator"
# [project.digest]           # licats report --digest: e-mail about queries that wait
# monitors = ["monitor@example.org"]
# sites = {{ tokyo = ["coordinator@example.org"] }}

# For licats serve (docs/sites):
# [service]
# poll_every = 15                                # minutes between two runs that look by themselves
# secrets = [{{ file = "trigger.secret" }}]        # of the address that a Data Entry Trigger calls
# proxies = ["127.0.0.1"]                        # web servers that pass triggers on

# How runs are told of where nobody sits before the screen:
# [notify]
# log = "licats.log"                             # one JSON object per line
# metrics = "/var/lib/node_exporter/licats.prom" # for Prometheus
# [notify.ping]                                  # health check: no call, alarm
# success = "https://hc.example.org/ping/…"
# fail = "https://hc.example.org/ping/…/fail"
# [notify.mail]                                  # only when a run does not end well
# host = "mail.example.org"
# sender = "licats@example.org"
# to = ["data-manager@example.org"]
"""


def _token_source(env: str | None, file: Path | None, keyring: str | None) -> str:
    """Say where the token is kept; a file from the root on, since it need not lie beside the configuration."""
    given = {"env": env, "file": str(file.expanduser().absolute()) if file else None, "keyring": keyring}
    chosen = {key: value for key, value in given.items() if value is not None}
    if len(chosen) != 1:
        raise ConfigError(
            "INIT-TOKEN",
            "Say where the token is kept, in exactly one way",
            remedy="Give --token-env NAME, --token-file FILE or --token-keyring ENTRY.",
        )
    ((kind, place),) = chosen.items()
    return f"{kind} = {_quoted(place)}"


def _quoted(text: str) -> str:
    """Give a text as TOML writes it; its basic strings are those of JSON."""
    return json.dumps(text, ensure_ascii=False)


#: what is missing is asked for, but only where somebody is there to answer
_ASK = sys.stdin.isatty()


def init(
    url: Annotated[str, typer.Option(prompt=_ASK and "Address of the REDCap API", help="Address; ends in /api/.")],
    project_id: Annotated[
        int, typer.Option(prompt=_ASK and "Project id", help="Number after pid= in REDCap.", min=1)
    ],
    name: Annotated[str, typer.Option(help="Short name of the study.")] = "licats",
    token_env: Annotated[str | None, typer.Option(metavar="NAME", help="Environment variable.")] = None,
    token_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File readable only by you.")] = None,
    token_keyring: Annotated[str | None, typer.Option(metavar="ENTRY", help="Entry of the keyring.")] = None,
    config: Annotated[Path, typer.Option(metavar="FILE", help="Configuration to write.")] = Path(FILE),
) -> int:
    """Write a commented configuration, test it against the server, and record the protocol it starts with.

    [dim]Example: licats init --url https://redcap.example.org/api/ --project-id 42 --token-env REDCAP_TOKEN[/dim]
    """
    text = TEMPLATE.format(
        name=_quoted(name),
        url=_quoted(url),
        project_id=project_id,
        token=_token_source(token_env, token_file, token_keyring),
    )
    try:
        with os.fdopen(
            os.open(config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(
            "INIT-EXISTS", "The file is already there", where=str(config), remedy="Name another with --config."
        ) from error
    except OSError as error:
        raise ConfigError(
            "INIT-WRITE",
            f"The file cannot be written: {error.strerror}",
            where=str(config),
            remedy="Name a file in a folder that exists and that you may write to.",
        ) from error
    try:
        settings = load_config(config).project[0]
    except ConfigError:
        config.unlink()
        raise
    out.print(f"Written: {config}", markup=False)
    code = examine(settings)
    if code == 0 and read_approvals(settings.approval) is None:
        protocol = load_protocol(settings.overlay)
        record_approval(settings.approval, protocol, approval_of(protocol, "licats init", "First set-up", {}))
        out.print(
            f"Protocol {protocol.version} recorded as approved: {settings.approval}", soft_wrap=True, markup=False
        )
    return code
