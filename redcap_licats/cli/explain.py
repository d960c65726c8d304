"""``licats explain``: the chain behind a record's derived values."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from redcap_licats.cli.console import out
from redcap_licats.cli.options import ConfigFile, Json, LanguageName, ProjectName, language_of
from redcap_licats.config import load_config
from redcap_licats.messages import Texts
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.basis import Basis
from redcap_licats.sync.explain import Explanation, Part, Shown, Step
from redcap_licats.sync.explain import explain as explain_record
from redcap_licats.sync.running import client_of
from redcap_licats.sync.stored import work_out_stored


def explain(
    record: Annotated[str, typer.Argument(help="Record id.")],
    event: Annotated[str | None, typer.Option(metavar="KEY", help="One event only, such as kidney-1.")] = None,
    config: ConfigFile = None,
    project: ProjectName = None,
    language: LanguageName = "",
    as_json: Json = False,
) -> None:
    """Show why every derived value of a record is what it is: rule, wording, source, and the cells it came from.

    The values are computed anew from what REDCap holds; a cell that the next run would change is marked.

    [dim]Example: licats explain 1001 --event kidney-1[/dim]
    """
    settings = load_config(config).find(project)
    protocol = load_protocol(settings.overlay)
    words = language_of(language, protocol)
    with client_of(settings) as client:
        worked = work_out_stored(client, settings, protocol, record)
    explanation = explain_record(worked, protocol, words, event=event)
    if as_json:
        typer.echo(json.dumps({"exit": 0, "error": None, **as_dict(explanation)}, ensure_ascii=False))
        return
    out.print(as_tree(explanation, Texts(words)), highlight=False)


def as_dict(explanation: Explanation) -> dict[str, object]:
    """Give the explanation as one JSON object; every rule with the protocol's version."""
    protocol = explanation.protocol
    return {
        "record": explanation.record,
        "protocol": {"name": protocol.name, "version": protocol.version, "hash": protocol.hash},
        "rows": [
            {
                "event": part.key,
                "form": part.place.form,
                "instance": part.place.instance,
                "values": [_step_as_dict(step, protocol.version) for step in part.steps],
            }
            for part in explanation.parts
        ],
    }


def _step_as_dict(step: Step, version: str) -> dict[str, object]:
    return {
        "name": step.name,
        "rule": step.rule,
        "version": version,
        "cells": [
            _cell_as_dict(one) | {"stored": one.value if one.held is None else one.held} for one in step.cells
        ],
        "basis": [
            {
                "entry": one.entry,
                "wording": one.wording,
                "source": one.source,
                "published": one.published,
                "settings": dict(one.settings),
            }
            for one in step.basis
        ],
        "builds_on": list(step.uses),
        "inputs": [_cell_as_dict(one) for one in step.inputs],
        "remark": step.remark,
    }


def _cell_as_dict(cell: Shown) -> dict[str, object]:
    return {
        "form": cell.place.form,
        "instance": cell.place.instance,
        "event": cell.place.event,
        "field": cell.field,
        "label": cell.label,
        "value": cell.value,
        "meaning": cell.meaning,
        "unit": cell.unit,
    }


def as_tree(explanation: Explanation, texts: Texts) -> Tree:
    """Lay the explanation out as a tree: record, row, rule, then its values and where they come from."""
    protocol = explanation.protocol
    title = texts("explain.title.record", record=explanation.record)
    mark = texts("explain.title.protocol", name=protocol.name, version=protocol.version, hash=protocol.hash[:12])
    tree = Tree(Text.assemble((title, "bold"), " · ", (mark, "dim")))
    for part in explanation.parts:
        names = {step.name: _name(step, part, explanation, texts) for step in part.steps}
        branch = tree.add(Text(_title(part, explanation, texts), style="bold cyan"))
        for step in part.steps:
            if step.remark or step.inputs or any(one.value or one.held is not None for one in step.cells):
                _add_step(branch, step, part, names, texts)
    return tree


def _title(part: Part, explanation: Explanation, texts: Texts) -> str:
    if not part.key:
        return texts("explain.title.summary")
    organ = explanation.protocol.organs[part.organ].label[texts.language]
    return texts("explain.title.event", key=part.key, organ=organ, instance=part.key.split("-")[1])


def _name(step: Step, part: Part, explanation: Explanation, texts: Texts) -> str:
    """Name a step: a criterion by its own label, a discriminator by its own name, others by their rule."""
    kind, _, own = step.name.partition(".")
    if kind == "criterion" and (criterion := part.organ and explanation.protocol.organs[part.organ].find(own)):
        return criterion.label[texts.language]
    return texts(f"explain.step.{own}.name" if kind == "flare" else f"explain.rule.{step.rule}.name")


def _add_step(branch: Tree, step: Step, part: Part, names: dict[str, str], texts: Texts) -> None:
    node = branch.add(
        Text.assemble((names[step.name], "bold"), ("  " + texts("explain.word.rule", rule=step.rule), "dim"))
    )
    for cell in step.cells:
        if cell.value or cell.held is not None:
            node.add(_written(cell, texts))
    if step.rule == "flare_differential":
        node.add(Text(texts(f"explain.word.flare_{step.remark}"), style="green"))
    node.add(Text(texts(f"explain.rule.{step.rule}.how"), style="italic"))
    for basis in step.basis:
        node.add(_source(basis, texts))
    if step.uses:
        known = ", ".join(dict.fromkeys(names.get(name, name) for name in step.uses))
        node.add(Text(texts("explain.word.builds_on", names=known), style="dim"))
    for cell in part.own_inputs(step):
        node.add(_entered(cell, texts))


def _written(cell: Shown, texts: Texts) -> Text:
    line = Text.assemble(
        (cell.label or cell.field, ""), " = ", (_value(cell, texts), "green"), (f"  {cell.field}", "dim")
    )
    if cell.held is not None:
        held = cell.held or texts("explain.word.blank")
        line.append("  " + texts("explain.word.held", value=held), style="yellow")
    return line


def _entered(cell: Shown, texts: Texts) -> Text:
    at = f" @ {cell.place.event}" if cell.place.event else ""
    return Text.assemble(
        (f"{cell.place.form} {cell.place.instance}{at}  ", "magenta"),
        f"{cell.field} = {_value(cell, texts)}",
        (f"  {cell.label}", "dim"),
    )


def _value(cell: Shown, texts: Texts) -> str:
    if not cell.value:
        return texts("explain.word.blank")
    meaning = f" ({cell.meaning})" if cell.meaning and cell.meaning != cell.value else ""
    return f"{cell.value}{f' {cell.unit}' if cell.unit else ''}{meaning}"


def _source(basis: Basis, texts: Texts) -> Text:
    """Quote what is published with its source; call everything else a study setting."""
    tags = basis.source.split("; ")
    published = ", ".join(tag.removeprefix("P:") for tag in tags if tag.startswith("P:"))
    kind = (
        "setting"
        if not basis.published
        else "published"
        if all(tag.startswith("P:") for tag in tags)
        else "in_part"
    )
    origin = texts(f"explain.word.{kind}", source=published)
    line = Text(style="blue")
    line.append(texts("explain.word.wording", origin=origin, wording=basis.wording) if basis.wording else origin)
    for name, value in {"": basis.entry, **basis.settings}.items():
        line.append(f"  {name} = {value}" if name else f"  {value}", style="dim")
    return line
