"""The calculated fields of a project: calc fields, @CALCTEXT and @CALCDATE.

Source: facts/redcap_api.md 4.2, 4.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from redcap_licats.definition.action_tags import action_tags, split_arguments
from redcap_licats.definition.logic import (
    Expression,
    LogicError,
    Scope,
    as_text,
    evaluate,
    parse,
    references,
)
from redcap_licats.definition.logic.values import as_number
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.sandbox.store.layout import Layout

_UNITS = {
    "y": timedelta(days=365.2425),
    "M": timedelta(days=30.44),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


@dataclass(frozen=True, slots=True)
class Formula:
    """How the value of a field is computed; three arguments for ``@CALCDATE``, one otherwise."""

    field: Field
    arguments: tuple[Expression, ...]

    @property
    def inputs(self) -> frozenset[str]:
        """Fields the formula reads."""
        return frozenset(one.field for argument in self.arguments for one in references(argument))

    def value(self, scope: Scope) -> str:
        """Compute the value to store, '' for none."""
        values = [evaluate(argument, scope) for argument in self.arguments]
        if len(values) > 1:
            return _shifted(*(as_text(value) for value in values), validation=self.field.validation)
        if self.field.type is FieldType.CALC:
            number = as_number(values[0])
            return "" if number is None else as_text(number)
        return as_text(values[0])


@lru_cache(maxsize=64)
def formulas(layout: Layout) -> tuple[Formula, ...]:
    """Give the formulas of a project in dictionary order; those that cannot be read compute nothing."""
    return tuple(_formulas(layout))


def _formulas(layout: Layout) -> Iterator[Formula]:
    for field in layout.dictionary:
        tags = action_tags(field.annotation)
        if field.type is FieldType.CALC:
            texts = [field.choices_or_calculations]
        elif field.type is FieldType.TEXT and "@CALCTEXT" in tags:
            texts = [tags["@CALCTEXT"]]
        elif field.type is FieldType.TEXT and "@CALCDATE" in tags:
            texts = split_arguments(tags["@CALCDATE"])
        else:
            continue
        try:
            yield Formula(field, tuple(parse(text) for text in texts))
        except LogicError:
            continue


def _shifted(day: str, offset: str, unit: str, *, validation: str) -> str:
    number = as_number(offset)
    if not day or number is None or unit not in _UNITS:
        return ""
    try:
        moment = datetime.fromisoformat(day) + number * _UNITS[unit]
    except (ValueError, OverflowError):
        return ""
    if validation.startswith("datetime_seconds"):
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    return moment.strftime("%Y-%m-%d %H:%M" if validation.startswith("datetime") else "%Y-%m-%d")
