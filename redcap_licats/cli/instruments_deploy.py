"""``licats instruments diff``, ``deploy`` and ``restore``: our forms and a live project."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.token import read_token
from redcap_licats.cli.console import err, out
from redcap_licats.cli.options import ConfigFile, Json, ProjectName
from redcap_licats.config import ProjectSettings, load_config
from redcap_licats.definition.dictionary import fields_from_rows, write_dictionary
from redcap_licats.deploy.backup import read_backup
from redcap_licats.deploy.by_hand import steps_by_hand
from redcap_licats.deploy.carry_out import deploy, refuse_losses, refuse_production, refuse_without_rights, restore
from redcap_licats.deploy.placement import placement_of
from redcap_licats.deploy.plan import Plan, make_plan, plan_restoring
from redcap_licats.errors import ConfigError, GuardError
from redcap_licats.forms.compare import Effect, Judged
from redcap_licats.forms.field_map import field_map
from redcap_licats.forms.phrases import remedy, what
from redcap_licats.mapping import load_mapping
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.preflight import identify

_COLOURS = {Effect.SAFE: "green", Effect.DRAFT: "yellow", Effect.LOSS: "red"}
_COLUMNS = ("class", "kind", "place", "what", "records", "remedy")
_SHOWN = 12

Without = Annotated[
    list[str] | None,
    typer.Option("--without", metavar="FORM", help="An optional form of ours that the study does not get."),
]
Accepted = Annotated[
    list[str] | None,
    typer.Option("--accept-loss", metavar="NAME", help="A field or form whose data may be lost; once for each."),
]


def diff_command(
    config: ConfigFile = None,
    project: ProjectName = None,
    without: Without = None,
    dictionary: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.csv", help="Write the data dictionary to upload, merged with the study's."
        ),
    ] = None,
    listing: Annotated[
        Path | None, typer.Option("--list", metavar="FILE.csv", help="Write the differences as a table.")
    ] = None,
    mapped: Annotated[
        Path | None,
        typer.Option("--field-map", metavar="FILE.json", help="Write the field map by the names in the study."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Compare a live project with our forms, field by field. Changes nothing.

    Each difference is safe, needs draft mode, or loses data; records at risk are named. Ends with 4 if deploying
    would be refused: because data would be lost, or because the study uses a name of ours for something else.
    """
    settings = load_config(config).find(project)
    with _connected(settings) as client:
        identify(client, settings, dry_run=True)
        plan = _plan(client, settings, without)
    if dictionary:
        if plan.collisions:
            refuse_losses(plan, (), settings)
        _save(dictionary, write_dictionary(fields_from_rows(plan.layout.fields)))
    if mapped:
        names = json.dumps(_field_map(plan, settings), indent=2, ensure_ascii=False)
        _save(mapped, f"{names}\n")
    if listing:
        _save(listing, _as_csv(plan))
    code = GuardError.exit_code if plan.losses() else 0
    if as_json:
        typer.echo(json.dumps(_as_dict(plan, settings, code), ensure_ascii=False))
        return code
    _show(plan)
    for step in steps_by_hand(plan):
        out.print(f"By hand: {step}", markup=False, highlight=False, soft_wrap=True)
    if dictionary:
        out.print(f"The dictionary to upload: {dictionary}", markup=False, highlight=False)
    return code


def deploy_command(
    config: ConfigFile = None,
    project: ProjectName = None,
    without: Without = None,
    accepted: Accepted = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write; else only say what would be written.")] = False,
    backup: Annotated[
        Path | None,
        typer.Option("--backup", metavar="DIR", help="New folder of the backup; else in the state folder."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Put our forms into a project in development, by the API. Without --apply it is a dry run.

    Never in production. Saves a backup, writes dictionary, events of forms and repeats, and reads all back. A run
    that was killed is finished by running it again; 'licats instruments restore' puts the backup back.
    """
    settings = load_config(config).find(project)
    given = tuple(accepted or ())
    with _connected(settings) as client:
        identify(client, settings, dry_run=not apply)
        plan = _plan(client, settings, without)
        refuse_production(plan.live, settings)
        if not as_json:
            _show(plan)
        refuse_losses(plan, given, settings)
        refuse_without_rights(client, settings)
        done = None
        if apply and plan.to_write:
            done = deploy(client, plan, settings, accepted=given, folder=backup)
    if as_json:
        written = {"backup": str(done.backup) if done else None, "written": list(done.steps) if done else []}
        typer.echo(json.dumps(_as_dict(plan, settings, 0) | written, ensure_ascii=False))
        return 0
    if done:
        out.print(f"The set-up as it was: {done.backup}", markup=False, highlight=False, soft_wrap=True)
        out.print(f"Written and read back: {', '.join(done.steps)}.", highlight=False)
    elif plan.to_write:
        out.print("Nothing was written. To write it: licats instruments deploy --apply")
    for step in steps_by_hand(plan):
        out.print(f"By hand: {step}", markup=False, highlight=False, soft_wrap=True)
    return 0


def restore_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that 'deploy' printed.")],
    config: ConfigFile = None,
    project: ProjectName = None,
    accepted: Accepted = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write; else only say what would be written.")] = False,
    as_json: Json = False,
) -> int:
    """Put the set-up that a deployment saved back: dictionary, events of forms, repeats. Development only.

    Values of fields that had gone are there again with the fields. What was entered since into fields that the
    backup does not have is a loss, and refused unless it is named.
    """
    settings = load_config(config).find(project)
    kept = read_backup(folder, settings)
    given = tuple(accepted or ())
    with _connected(settings) as client:
        identify(client, settings, dry_run=not apply)
        plan = plan_restoring(client, kept)
        refuse_production(plan.live, settings)
        if not as_json:
            _show(plan)
        refuse_losses(plan, given, settings)
        steps = restore(client, plan, settings, accepted=given) if apply else ()
    if as_json:
        typer.echo(json.dumps({"project": settings.name, "exit": 0, "error": None, "written": list(steps)}))
    elif apply:
        out.print(f"Put back and read back: {', '.join(steps) or 'nothing differed'}.", highlight=False)
    else:
        rows = f"{len(kept.fields)} fields, {len(kept.mapping)} forms in events, {len(kept.repeats)} repeats"
        out.print(f"The backup holds {rows}. To put it back, add --apply.", highlight=False)
    return 0


def _connected(settings: ProjectSettings) -> RedcapClient:
    return RedcapClient(settings.url, read_token(settings), rate_per_minute=settings.rate_per_minute)


def _plan(client: RedcapClient, settings: ProjectSettings, without: list[str] | None) -> Plan:
    protocol = load_protocol(settings.overlay)
    mapping = load_mapping(settings.mapping, protocol)
    return make_plan(client, protocol, placement_of(mapping, protocol, without or ()))


def _field_map(plan: Plan, settings: ProjectSettings) -> dict[str, object]:
    """Give the field map of this project: our names here, and the study's own forms that stand in for ours."""
    protocol = load_protocol(settings.overlay)
    own = load_mapping(settings.mapping, protocol).read_from(plan.live.project.dictionary)
    return field_map(protocol, plan.names, project_id=settings.project_id, own=own)


def _show(plan: Plan) -> None:
    """Show the differences, the worst first, and sum them up."""
    if plan.to_write:
        table = Table("Class", "Place", "What", "Records at risk", "What to do", show_lines=True)
        for one in (one for one in plan.judged if one not in plan.by_hand):
            words = map(escape, (one.difference.place, what(one.difference), _records(one), _remedy(one, plan)))
            table.add_row(f"[{_COLOURS[one.effect]}]{one.effect}[/]", *words)
        out.print(table)
    for note in plan.unplaced:
        err.print(f"{note.form} · {note.field} {note.what}", markup=False, highlight=False, soft_wrap=True)
    if not plan.to_write:
        left = f"; {len(plan.by_hand)} things are left to do by hand" if plan.by_hand else ""
        out.print(f"The project has our forms as they are; there is nothing to deploy{left}.", highlight=False)
        return
    shown = [one for one in plan.judged if one not in plan.by_hand]
    counts = {effect: sum(one.effect is effect for one in shown) for effect in Effect}
    out.print(
        f"{len(shown)} differences: " + ", ".join(f"{number} {effect}" for effect, number in counts.items()) + ".",
        highlight=False,
    )


def _records(one: Judged) -> str:
    if one.unseen:
        return "no record can be seen"
    more = len(one.records) - _SHOWN
    return ", ".join(one.records[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _remedy(one: Judged, plan: Plan) -> str:
    return remedy(one, production=plan.live.info.in_production, prefix=plan.proposed_prefix)


def _rows(plan: Plan) -> list[dict[str, object]]:
    return [
        {
            "class": one.effect.value,
            "kind": one.difference.kind.value,
            "place": one.difference.place,
            "what": what(one.difference),
            "records": list(one.records),
            "remedy": _remedy(one, plan),
        }
        for one in plan.judged
    ]


def _as_dict(plan: Plan, settings: ProjectSettings, code: int) -> dict[str, object]:
    parts = ("form", "field", "event", "code")
    found = [
        row | {part: getattr(one.difference, part) for part in parts}
        for row, one in zip(_rows(plan), plan.judged, strict=True)
    ]
    return {
        "project": settings.name,
        "project_id": settings.project_id,
        "exit": code,
        "error": None,
        "in_production": plan.live.info.in_production,
        "differences": found,
        "unplaced": [{"form": one.form, "field": one.field, "what": one.what} for one in plan.unplaced],
        "proposed_prefix": plan.proposed_prefix or None,
        "by_hand": list(steps_by_hand(plan)),
    }


def _as_csv(plan: Plan) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    for row in _rows(plan):
        records = row["records"]
        listed: Mapping[str, object] = {**row, "records": " ".join(records) if isinstance(records, list) else ""}
        writer.writerow({key: _neutral(str(value)) for key, value in listed.items()})
    return text.getvalue()


def _neutral(cell: str) -> str:
    """Keep a spreadsheet from taking a cell for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _save(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(
            "DIFF-WRITE",
            f"The file cannot be written: {error.strerror}",
            where=str(file),
            remedy="Name a file in a folder that you may write to.",
        ) from error
