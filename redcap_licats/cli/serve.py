"""``licats serve``: the worker as a service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.cli.options import ConfigFile
from redcap_licats.cli.tell import show_troubles, show_unheard
from redcap_licats.config import load_config
from redcap_licats.notify.log import json_log
from redcap_licats.service.serve import serve as run


def serve(
    config: ConfigFile = None,
    port: Annotated[
        int | None, typer.Option(help="Port, 0 for a free one; else as configured.", min=0, max=65535)
    ] = None,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Add one JSON object per line to a file.")
    ] = None,
) -> int:
    """Take triggers from REDCap, fetch the REDCap module's list, and keep all projects up to date until stopped.

    [dim]Example: licats serve --config /etc/licats/licats.toml[/dim]
    """
    settings = load_config(config)
    if port is not None:
        settings = settings.model_copy(update={"service": settings.service.model_copy(update={"port": port})})
    with json_log(log or settings.notify.log):
        run(settings, lambda url: typer.echo(f"Listening at {url}"), show_troubles, show_unheard)
    return 0
