"""``licats instruments``: the REDCap instruments that the protocol describes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.cli import codebook, preview
from redcap_licats.cli.checked import checked_protocol
from redcap_licats.cli.console import out
from redcap_licats.cli.instruments_deploy import deploy_command, diff_command, restore_command
from redcap_licats.errors import ConfigError
from redcap_licats.forms.publish import publish, stale

app = typer.Typer(no_args_is_help=True, help="Generate the REDCap instruments from the protocol.")


@app.callback()
def _group() -> None:
    """Generate the REDCap instruments from the protocol."""


@app.command("build", epilog="Example: licats instruments build --out instruments")
def build(
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path(
        "instruments"
    ),
    overlay: Annotated[
        Path | None, typer.Option("--overlay", metavar="DIR", help="A site's protocol overlay.", exists=True)
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the folder is not current.")
    ] = False,
) -> None:
    """Write dictionary, instrument zips, project XML, field map and manifest; cross-check them first."""
    protocol = checked_protocol(overlay)
    if check:
        if outdated := stale(protocol, folder):
            raise ConfigError(
                "INSTRUMENTS-STALE",
                f"Not what the protocol gives: {', '.join(outdated)}",
                where=str(folder),
                remedy=f"Run: licats instruments build --out {folder}",
            )
        out.print(f"{folder} is current (protocol {protocol.version}, {protocol.hash[:12]}).", markup=False)
        return
    written = publish(protocol, folder)
    out.print(
        f"{len(written)} files written to {folder} (protocol {protocol.version}, {protocol.hash[:12]}).",
        markup=False,
    )


app.command("preview", epilog=preview.EXAMPLE)(preview.preview)
app.command("codebook", epilog=codebook.EXAMPLE)(codebook.codebook)
app.command("diff", epilog="Example: licats instruments diff --out upload.csv")(diff_command)
app.command("deploy", epilog="Example: licats instruments deploy --apply")(deploy_command)
app.command("restore", epilog="Example: licats instruments restore licats-state/backups/NAME --apply")(
    restore_command
)
