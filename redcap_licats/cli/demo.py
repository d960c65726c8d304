"""``licats demo``: the whole job on this machine, with an embedded sandbox and synthetic patients."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.cli.checked import checked_protocol
from redcap_licats.cli.console import out, progress
from redcap_licats.cli.report import produce
from redcap_licats.cli.runs import run_one
from redcap_licats.cohort.read import read_cohort
from redcap_licats.cohort.tables import comparison_table
from redcap_licats.config import FILE, ProjectSettings, load_config
from redcap_licats.errors import ConfigError, FatalError
from redcap_licats.forms.publish import publish
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.summary import RunSummary
from redcap_licats.synth.cohort import Study, synthesise

STUDY = "demo"
DATABASE = "sandbox.sqlite"
TOKEN = "worker.token"  # noqa: S105 - the name of a file
CONFIG = """\
[[project]]
name = "{name}"
url = "{url}"
project_id = {project_id}
token = {{ file = "{token}" }}
rate_per_minute = 0  # the sandbox is our own
"""
APPROVAL = f"{STUDY}.approved.json"


@contextmanager
def _step(number: int, text: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    out.print(f"[bold]{number}[/bold] {text} [dim]({time.monotonic() - started:.1f} s)[/dim]", highlight=False)


def _clear(folder: Path) -> None:
    """Make the folder ready; only what an earlier demo wrote is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    strange = [one.name for one in folder.iterdir() if one.name != "instruments"]
    if strange and not (folder / DATABASE).exists():
        raise ConfigError(
            "DEMO-FOLDER",
            "The folder holds something else",
            where=str(folder),
            remedy="Give --out another folder.",
        )
    for path in (
        *folder.glob(f"{DATABASE}*"),
        *folder.glob("*_queries*.xlsx"),
        *folder.glob("*_report*.html"),
        folder / TOKEN,
        folder / APPROVAL,
        folder / FILE,
    ):
        path.unlink(missing_ok=True)
    for path in (folder / "licats-state").glob("*"):
        path.unlink()


def _write_secret(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _configure(folder: Path, url: str, token: str, overlay: Path | None) -> ProjectSettings:
    with RedcapClient(url, token, rate_per_minute=0) as client:
        project_id = client.project_info().project_id
    _write_secret(folder / TOKEN, f"{token}\n")
    text = CONFIG.format(name=STUDY, url=url, project_id=project_id, token=TOKEN)
    if overlay:
        text += f"overlay = {json.dumps(str(overlay.absolute()), ensure_ascii=False)}\n"
    (folder / FILE).write_text(text, encoding="utf-8")
    return load_config(folder / FILE).find(STUDY)


def _enter(url: str, token: str, study: Study) -> int:
    with RedcapClient(url, token, rate_per_minute=0) as client, progress() as bar:
        task = bar.add_task("Entering patients", total=len(study.groups))
        records = list(study.groups)
        of: dict[str, list[dict[str, str]]] = {record: [] for record in records}
        for row in study.rows:
            of[row["record_id"]].append(row)
        for start in range(0, len(records), 10):
            some = records[start : start + 10]
            client.import_rows([row for record in some for row in of[record]])
            bar.advance(task, len(some))
    return len(study.rows)


def _sync(settings: ProjectSettings, label: str) -> RunSummary:
    summary = run_one(settings, label=label).summary
    if summary.error:
        raise summary.error
    return summary


def _compare(url: str, token: str) -> None:
    with RedcapClient(url, token, rate_per_minute=0) as client:
        written = client.export_rows(forms=("licats_summary", "licats_result"))
    plain = comparison_table(read_cohort(written))
    table = Table(title=plain.title, caption="Recomputed only from what the worker wrote, exported again.")
    for column in plain.columns:
        table.add_column(column)
    for row in plain.rows:
        table.add_row(*row)
    out.print(table)


def demo(
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for everything it makes.")] = Path(
        "build/demo"
    ),
    patients: Annotated[int, typer.Option(min=1, help="Synthetic patients; 39 give the published counts.")] = 39,
    seed: Annotated[int, typer.Option(help="Same seed, same patients.")] = 1,
    overlay: Annotated[
        Path | None,
        typer.Option("--overlay", metavar="DIR", help="A site's protocol overlay.", exists=True, file_okay=False),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the sandbox running until Ctrl-C.")] = False,
) -> None:
    """Do the whole job on this machine: instruments, study, patients, worker, queries, workbook, page.

    The server is the embedded sandbox. It is not REDCap.

    [dim]Example: licats demo --out build/demo[/dim]
    """
    _clear(folder)
    with _step(1, f"Instruments generated from the protocol: {folder / 'instruments'}"):
        protocol = checked_protocol(overlay)
        publish(protocol, folder / "instruments")
    with SandboxProcess(db=folder / DATABASE) as sandbox:
        with _step(2, f"Study created from project.xml on the sandbox (not REDCap) at {sandbox.url}"):
            odm = (folder / "instruments" / "project.xml").read_text(encoding="utf-8")
            token = create_project(
                sandbox.url, sandbox.super_token, title="LICATS demo", odm=odm, rate_per_minute=0
            )
            settings = _configure(folder, sandbox.url, token, overlay)
        with _step(3, f"{patients} synthetic patients entered over the API, with deliberate mistakes"):
            _enter(sandbox.url, token, synthesise(seed=seed, patients=patients))
        with _step(4, "Worker run"):
            first = _sync(settings, "First run")
        queries = first.queries
        out.print(f"  {first.cells_written} cells written, {queries.opened} queries opened, {queries.held} held")
        with _step(5, "Second run"):
            second = _sync(settings, "Second run")
        out.print(f"  {second.cells_written} cells written")
        if second.cells_written:
            raise FatalError("DEMO-IDEMPOTENT", "The second run wrote cells, although nothing had changed")
        with _step(6, "Workbooks and pages written"):
            all_sites, each = (
                produce(settings, folder, html=True),
                produce(settings, folder, every_site=True, html=True),
            )
            paths = (*all_sites.paths, *each.paths)
        _compare(sandbox.url, token)
        for path in reversed(paths):
            out.print(str(path), soft_wrap=True, highlight=False)
        if keep:
            out.print(
                f"The sandbox runs at {sandbox.url}; try: licats sync --config {folder / FILE}. Ctrl-C stops it."
            )
            while True:
                time.sleep(3600)
