"""Whether branching logic and calculations ask for fields, answers and instances that exist."""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.definition.action_tags import action_tags
from redcap_licats.definition.logic import Expression, LogicError, Reference, as_text, parse, references
from redcap_licats.definition.logic.expressions import Binary, Number, Text, walk
from redcap_licats.definition.model import Field, FieldType, Project
from redcap_licats.protocol.problems import Key, Problem, suggest


def branching_problems(project: Project) -> Iterator[Problem]:
    """Find every branching logic and calculation that cannot mean what it says."""
    for field in project.dictionary:
        for name, logic in _logic_of(field):
            yield from logic_problems(logic, name, (field.form, field.name), project)


def logic_problems(logic: str, name: str, here: Key, project: Project) -> Iterator[Problem]:
    """Find what is wrong with one piece of logic; ``here`` begins with the form whose rows it is about."""
    try:
        expression = parse(logic)
    except LogicError as error:
        reason = f"{name} cannot be read: {error.message} ({error.where})."
        yield Problem(here, reason, f"In it, {error.remedy}.")
        return
    for reference in sorted(references(expression), key=lambda one: (one.field, one.code)):
        yield from _reference(reference, name, here, project)
    yield from _comparisons(expression, name, here, project)


def _logic_of(field: Field) -> Iterator[tuple[str, str]]:
    if field.branching_logic:
        yield "The branching logic", field.branching_logic
    if field.type is FieldType.CALC:
        yield "The calculation", field.choices_or_calculations
    if text := action_tags(field.annotation).get("@CALCTEXT"):
        yield "The calculation", text


def _reference(reference: Reference, logic: str, here: Key, project: Project) -> Iterator[Problem]:
    name = reference.field
    statuses = {f"{form}_complete" for form in project.dictionary.forms}
    target = project.dictionary.by_name.get(name)
    if target is None:
        if name not in statuses:
            yield Problem(
                here, f"{logic} reads [{name}], which no form has.", suggest(name, project.dictionary.by_name)
            )
        return
    if target.type is FieldType.CHECKBOX and reference.code not in target.choices:
        reason = f"{logic} reads [{name}({reference.code})], which is no answer of it."
        yield Problem(here, reason, suggest(reference.code, target.choices))
    if target.type is not FieldType.CHECKBOX and reference.code:
        yield Problem(
            here, f"[{name}] is no checkbox, so it has no ({reference.code}).", f"Compare [{name}] = '…'."
        )
    repeating = {repeat.form for repeat in project.repeats}
    if target.form != here[0] and target.form in repeating and not reference.instance:
        reason = f"{logic} reads [{name}] of the repeating form {target.form} without an instance."
        yield Problem(here, reason, "Name the instance, or read the own form or one that does not repeat.")


def _comparisons(expression: Expression, logic: str, here: Key, project: Project) -> Iterator[Problem]:
    """Look at comparisons of a field with a written answer."""
    for one, _ in walk(expression):
        match one:
            case Binary(_, Reference() as reference, (Text() | Number()) as answer):
                pass
            case Binary(_, (Text() | Number()) as answer, Reference() as reference):
                pass
            case _:
                continue
        target = project.dictionary.by_name.get(reference.field)
        known = _answers(target, project) if target else frozenset()
        code = as_text(answer.value)
        if known and code not in known:
            reason = f"{logic} compares [{reference.field}] with '{code}', which is no answer of it."
            yield Problem(here, reason, suggest(code, known - {""}))


def _answers(field: Field, project: Project) -> frozenset[str]:
    """Give all that a field with answers may hold; nothing for fields without."""
    if field.type is FieldType.CHECKBOX:
        return frozenset({"0", "1"})
    return frozenset({*field.choices, *project.missing_data_codes, ""}) if field.choices else frozenset()
