"""``licats report read``: decisions and answers from filled-in workbooks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from redcap_licats.cli.console import err, out
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.config import ProjectSettings, TokenSource, load_config
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.query.people_rows import PersonRow
from redcap_licats.report.readback.model import Clash, Proposal, Proposed, ReadFile
from redcap_licats.report.readback.propose import Reading, propose, records_of
from redcap_licats.report.readback.sheets import read_workbook
from redcap_licats.report.secret import secret_for_reading
from redcap_licats.sync.people import Found, PeopleSummary, write_for_people


def take_back(
    settings: ProjectSettings, protocol: Protocol, files: Sequence[ReadFile], *, author: str, apply: bool
) -> tuple[Proposal, PeopleSummary]:
    """Work out what the workbooks say, and write it if asked to."""
    found: list[Proposal] = []

    def work_out(held: Found) -> Sequence[PersonRow]:
        reading = Reading(
            project_id=settings.project_id,
            url=settings.url,
            answers_allowed=settings.answers_in_excel,
            author=author,
            proven=settings.monitor_token is not None,
            day=held.now.date().isoformat(),
            moment=held.now.isoformat(timespec="minutes"),
        )
        found.append(
            propose(
                files,
                held.rows,
                held.groups,
                protocol,
                reading,
                record_id_field=held.record_id_field,
                threads=held.threads,
            )
        )
        return [one.row for one in found[-1].proposed]

    summary = write_for_people(settings, protocol, records_of(files), work_out, apply=apply)
    return found[-1] if found else Proposal((), (), 0), summary


def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Workbooks that were filled in.")],
    config: ConfigFile = None,
    project: ProjectName = None,
    author: Annotated[
        str, typer.Option(metavar="NAME", help="Who filled them in; else the name given in each workbook.")
    ] = "",
    token_env: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Environment variable with the monitor's own token; else as configured."
        ),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write; without it nothing is changed.")] = False,
    as_json: Json = False,
) -> int:
    """Take decisions, and answers where the study allows it, from workbooks into REDCap. Conflicts are listed.

    Without --apply it only says what would be written. The same workbook can be read any number of times.

    [dim]Example: licats report read lupus_all_2026-03-20_queries.xlsx --apply[/dim]
    """
    settings = load_config(config).find(project)
    if token_env:
        settings = settings.model_copy(update={"monitor_token": TokenSource(env=token_env)})
    protocol = load_protocol(settings.overlay)
    secret = secret_for_reading(settings)
    books = [read_workbook(path, secret) for path in files]
    proposal, summary = take_back(settings, protocol, books, author=" ".join(author.split()), apply=apply)
    code = max(summary.exit, 1 if proposal.clashes else 0)
    if as_json:
        typer.echo(json.dumps(_as_dict(books, proposal, summary, code, apply=apply), ensure_ascii=False))
        return code
    if summary.error:
        raise summary.error
    _show(books, proposal, summary, apply=apply)
    return code


def _as_dict(
    books: Sequence[ReadFile], proposal: Proposal, summary: PeopleSummary, code: int, *, apply: bool
) -> dict[str, object]:
    return {
        "exit": code,
        "error": summary.error.as_dict() if summary.error else None,
        "project": summary.project,
        "project_id": summary.project_id,
        "applied": apply,
        "run_id": summary.run_id,
        "files": [
            {"file": one.file, "sha256": one.sha256, "rows": one.rows, "filled": len(one.filled)} for one in books
        ],
        "proposed": [one.as_dict() for one in proposal.proposed],
        "conflicts": [one.as_dict() for one in proposal.clashes],
        "already": proposal.already,
        "cells": len(summary.changes),
        "cells_written": summary.cells_written,
        "records_left_out": [{"record": one.record, "reason": one.reason} for one in summary.left_out],
    }


def _show(books: Sequence[ReadFile], proposal: Proposal, summary: PeopleSummary, *, apply: bool) -> None:
    for one in books:
        out.print(f"{one.file}: {one.rows} queries, {len(one.filled)} filled in", markup=False, highlight=False)
    if proposal.proposed:
        out.print(_proposed_table(proposal.proposed, "Written" if apply else "Would be written"))
    if proposal.clashes:
        out.print(_clash_table(proposal.clashes))
    done = f"{summary.cells_written} cells written" if apply else "nothing was written"
    counts = f"{len(proposal.proposed)} to write, {proposal.already} already in REDCap"
    out.print(f"{counts}, {len(proposal.clashes)} conflicts; {done}.", highlight=False)
    for record in summary.left_out:
        line = Text.assemble(("left out: ", "bold yellow"), f"record {record.record}: {record.reason}")
        err.print(line, soft_wrap=True)
    if proposal.proposed and not apply:
        out.print("To write it, add: --apply", highlight=False)


def _proposed_table(proposed: Iterable[Proposed], title: str) -> Table:
    table = Table("Record", "Query", "Rule", "What", "Comment", "By", "From", title=title, title_justify="left")
    for one in proposed:
        query = f"{'medical ' if one.medical else ''}{one.row.number}"
        cells = (
            one.row.record,
            query,
            one.rule,
            one.choice,
            one.comment,
            one.author or "(own token)",
            str(one.origin),
        )
        table.add_row(*map(Text, cells))
    return table


def _clash_table(clashes: Iterable[Clash]) -> Table:
    table = Table(
        "Record", "Query", "Why", "From", title="Not taken, for a person to look at", title_justify="left"
    )
    for one in clashes:
        query = f"{'medical ' if one.medical else ''}{one.number or ''}"
        why = f"{one.why.value} ({one.detail})" if one.detail else one.why.value
        table.add_row(*map(Text, (one.record, query, why, "\n".join(map(str, one.origins)))))
    return table
