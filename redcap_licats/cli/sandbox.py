"""``licats sandbox``: the embedded REDCap-API-compatible server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.cli.sandbox_try import try_study
from redcap_licats.sandbox.serve import main

app = typer.Typer(no_args_is_help=True, help="Run the embedded REDCap-API-compatible server. It is not REDCap.")
app.command("try", epilog="Example: licats sandbox try --out build/try")(try_study)


@app.callback()
def _group() -> None:
    """Run the embedded REDCap-API-compatible server. It is not REDCap."""


@app.command("serve", epilog="Example: licats sandbox serve --port 8090 --project instruments/project.xml")
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8090,
    db: Annotated[
        Path | None, typer.Option("--db", metavar="FILE", help="SQLite file to keep the data in; default: memory.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(metavar="FILE.xml", help="Project XML to create a project from.", exists=True)
    ] = None,
    language: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE.json", help="Multi-Language file of that project; repeatable.", exists=True),
    ] = None,
    faults: Annotated[
        str, typer.Option(metavar="RATE[:NAMES]", help="Go wrong on purpose, such as 0.05 or 0.05:reset,slow.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Same seed, same faults.")] = 1,
) -> int:
    """Serve API and pages until Ctrl-C; prints the addresses, the super token and, with --project, its token."""
    arguments = ["--host", host, "--port", str(port)]
    arguments += ["--db", str(db)] if db else []
    arguments += ["--project", str(project)] if project else []
    for file in language or ():
        arguments += ["--language", str(file)]
    arguments += ["--faults", faults, "--seed", str(seed)] if faults else []
    return main(arguments)
