"""``licats protocol``: the rules in force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.cli import protocol_changes
from redcap_licats.cli.console import out
from redcap_licats.derive.model import CLASS_OF_REASON
from redcap_licats.errors import ConfigError
from redcap_licats.protocol import load_protocol
from redcap_licats.protocol.document import document

app = typer.Typer(
    no_args_is_help=True, help="Read, compare and approve the protocol that all values and queries come from."
)


app.command("diff")(protocol_changes.diff)
app.command("approve")(protocol_changes.approve)


@app.callback()
def _group() -> None:
    """Read, compare and approve the protocol that all values and queries come from."""


@app.command("show", epilog="Example: licats protocol show --out docs/criteria.md")
def show(
    overlay: Annotated[
        Path | None, typer.Option("--overlay", metavar="DIR", help="A site's protocol overlay.", exists=True)
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write; else standard output.")
    ] = None,
) -> None:
    """Write out every criterion, setting and edit check, with source and wording, in Markdown."""
    protocol = load_protocol(overlay)
    text = document(protocol, CLASS_OF_REASON)
    if file is None:
        typer.echo(text, nl=False)
        return
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise ConfigError(
            "PROTOCOL-WRITE",
            f"The document cannot be written: {error.strerror}",
            where=str(file),
            remedy="Check that the folder exists and may be written to.",
        ) from error
    out.print(f"{file} written (protocol {protocol.version}, {protocol.hash[:12]}).", highlight=False)
