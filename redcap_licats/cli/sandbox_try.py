"""``licats sandbox try``: the whole plug-in in a browser, with the worker after every save."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.cli.checked import checked_protocol
from redcap_licats.cli.console import out
from redcap_licats.cli.tell import show_troubles, show_unheard
from redcap_licats.config import FILE, load_config
from redcap_licats.errors import ConfigError
from redcap_licats.forms.publish import publish
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.service.serve import serve
from redcap_licats.synth.cohort import synthesise

_WORKER, _ROLE = "worker", "Worker"
_DATABASE, _TOKEN, _SECRET = "sandbox.sqlite", "worker.token", "trigger.secret"
_CONFIG = """\
[[project]]
name = "try"
url = "{url}"
project_id = {project_id}
token = {{ file = "{token}" }}
user = "{worker}"
rate_per_minute = 0  # the sandbox is our own
{overlay}
[service]
port = 0
secrets = [{{ file = "{secret}" }}]
debounce = 1
max_wait = 10
poll_every = 1440
"""


def try_study(
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for everything it keeps; start again with it.")
    ] = Path("build/try"),
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8090,
    patients: Annotated[int, typer.Option(min=0, help="Synthetic patients to begin with.")] = 0,
    overlay: Annotated[
        Path | None,
        typer.Option("--overlay", metavar="DIR", help="A site's protocol overlay.", exists=True, file_okay=False),
    ] = None,
) -> None:
    """Serve our study's pages until Ctrl-C: users in all roles, two languages, and the worker after each save.

    Grades and queries appear a few seconds after a save, when the page is loaded again. The server is the embedded
    sandbox. It is not REDCap.
    """
    fresh = _prepare(folder)
    protocol = checked_protocol(overlay)
    files = publish(protocol, folder / "instruments")
    with SandboxProcess(db=folder / _DATABASE, port=port) as sandbox:
        if fresh:
            languages = [one for one in files if one.name.startswith("multi_language_")]
            token = _create(sandbox, folder, languages, patients)
            _write_secret(folder / _SECRET, secrets.token_hex(32))
            # last: with the token the study counts as made
            _write_secret(folder / _TOKEN, token)
        project = _configure(sandbox, folder, overlay)
        secret = (folder / _SECRET).read_text(encoding="utf-8").strip()

        def ready(address: str) -> None:
            sandbox.order(project, "behaviour", trigger_url=f"{address}trigger/{secret}")
            out.print(f"Open {sandbox.pages}projects/{project}/ — stop with Ctrl-C.", highlight=False)
            out.print("[dim]It is not REDCap, and for synthetic data only.[/dim]")

        serve(load_config(folder / FILE), ready, show_troubles, show_unheard)


def _prepare(folder: Path) -> bool:
    """Make the folder ready; say whether a study has to be made in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / _TOKEN).exists() and (folder / _DATABASE).exists():
        return False
    if any(one.name != "instruments" and not one.name.startswith(_DATABASE) for one in folder.iterdir()):
        raise ConfigError(
            "TRY-FOLDER",
            "The folder holds something else",
            where=str(folder),
            remedy="Give --out another folder, or one that 'licats sandbox try' made.",
        )
    for unfinished in folder.glob(f"{_DATABASE}*"):
        unfinished.unlink()
    return True


def _create(sandbox: SandboxProcess, folder: Path, languages: list[Path], patients: int) -> str:
    """Create the study with its users, languages and patients; give the worker's token."""
    odm = (folder / "instruments" / "project.xml").read_text(encoding="utf-8")
    token = create_project(sandbox.url, sandbox.super_token, title="LICATS", odm=odm, rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        project = client.project_info().project_id
        if patients:
            client.import_rows(list(synthesise(seed=1, patients=patients).rows))
    sandbox.order(project, "people")
    for file in languages:
        sandbox.order(project, "languages", content=file.read_text(encoding="utf-8"))
    worker = sandbox.order(project, "users", username=_WORKER, role=_ROLE)
    return str(worker["token"])


def _configure(sandbox: SandboxProcess, folder: Path, overlay: Path | None) -> int:
    """Write the configuration for where the sandbox listens now; give the project's number."""
    token = (folder / _TOKEN).read_text(encoding="utf-8").strip()
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        project: int = client.project_info().project_id
    text = _CONFIG.format(
        url=sandbox.url,
        project_id=project,
        token=_TOKEN,
        worker=_WORKER,
        secret=_SECRET,
        overlay=f'overlay = "{overlay.absolute().as_posix()}"\n' if overlay else "",
    )
    (folder / FILE).write_text(text, encoding="utf-8")
    return project


def _write_secret(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
