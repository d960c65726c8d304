"""A form's branching and calculations as JavaScript functions, from the one parsed logic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redcap_licats.definition.action_tags import action_tags, split_arguments
from redcap_licats.definition.logic import Expression, LogicError, parse, references
from redcap_licats.definition.model import Field, FieldType, Project
from redcap_licats.pages.embed import literal
from redcap_licats.pages.logic import to_javascript


@dataclass(frozen=True, slots=True)
class Formulas:
    """Functions of a scope by field.

    Attributes:
        branching: Whether the field is asked for. Logic that cannot be read hides nothing.
        computed: The value of a calculated field, as REDCap stores it.
        reads: Every field that one of them reads.
    """

    branching: Mapping[str, str]
    computed: Mapping[str, str]
    reads: frozenset[str]


def formulas(project: Project, form: str) -> Formulas:
    """Compile the logic of a form."""
    branching: dict[str, str] = {}
    computed: dict[str, str] = {}
    reads: set[str] = set()
    for field in project.dictionary.forms.get(form, ()):
        if condition := _parsed([field.branching_logic]):
            branching[field.name] = _function(f"L.truth({to_javascript(condition[0])})")
            reads |= _read(condition)
        if arguments := _parsed(_calculation(field)):
            computed[field.name] = _function(_value(field, arguments))
            reads |= _read(arguments)
    return Formulas(branching, computed, frozenset(reads))


def _calculation(field: Field) -> Sequence[str]:
    """Give the arguments by which a field is computed: three for @CALCDATE, one otherwise, none for the others."""
    tags = action_tags(field.annotation)
    if field.type is FieldType.CALC:
        return [field.choices_or_calculations]
    if "@CALCTEXT" in tags:
        return [tags["@CALCTEXT"]]
    return split_arguments(tags["@CALCDATE"]) if "@CALCDATE" in tags else []


def _value(field: Field, arguments: Sequence[Expression]) -> str:
    codes = [to_javascript(one) for one in arguments]
    if field.type is FieldType.CALC:
        return f"calculatedNumber({codes[0]})"
    if len(codes) == 3:
        return f"calculatedDate({', '.join(codes)}, {literal(field.validation)})"
    return f"L.text({codes[0]})"


def _parsed(texts: Sequence[str]) -> list[Expression]:
    try:
        return [parse(text) for text in texts if text.strip()]
    except LogicError:
        return []


def _read(expressions: Sequence[Expression]) -> set[str]:
    return {one.field for expression in expressions for one in references(expression)}


def _function(code: str) -> str:
    return f"((s) => {code})"
