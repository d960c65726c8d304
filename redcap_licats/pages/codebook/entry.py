"""What the codebook says of a form and of a field, in all languages side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.logic import Reference
from redcap_licats.definition.logic.brackets import read_brackets
from redcap_licats.definition.model import DataDictionary, Field, FieldType
from redcap_licats.pages.safe import plain
from redcap_licats.pages.wording import choice_label

_BRACKETS = re.compile(r"((?:\[[^\[\]]*\])+)")
_NONE = FieldTexts()


@dataclass(frozen=True, slots=True)
class Side:
    """A text in one language."""

    language: str
    text: str


Sides = tuple[Side, ...]
"""A text in the languages in which it differs; empty if there is none."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of logic, and the variable of the project that it names, '' if none."""

    text: str
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One field. What is told in pieces is logic, or an annotation that may hold logic."""

    number: int
    name: str
    marks: tuple[str, ...]
    header: Sides
    label: Sides
    note: Sides
    kind: str
    limits: str
    choices: tuple[tuple[str, Sides], ...]
    shown_if: tuple[Piece, ...]
    computed_by: tuple[Piece, ...]
    annotation: tuple[Piece, ...]
    terms: tuple[str, ...]


def entries(
    dictionary: DataDictionary, form: str, languages: Sequence[Language], terms: Mapping[str, Sequence[str]]
) -> Iterator[Entry]:
    """Give the fields of a form in order; they are numbered through the whole dictionary."""
    numbers = {field.name: number for number, field in enumerate(dictionary, start=1)}
    for field in dictionary.forms[form]:
        known = tuple(terms.get(field.name, ()))
        yield Entry(
            number=numbers[field.name],
            name=field.name,
            marks=tuple(mark for mark, on in _marks(field) if on),
            header=_texts(field, languages, lambda texts: texts.section_header, field.section_header),
            label=_texts(field, languages, lambda texts: texts.label, field.label),
            note=_texts(field, languages, lambda texts: texts.note, field.note),
            kind=field.type.value,
            limits=_limits(field),
            choices=tuple((code, _choice(field, code, languages)) for code in field.choices),
            shown_if=pieces(field.branching_logic, dictionary),
            computed_by=pieces(_calculation(field), dictionary),
            annotation=pieces(_without_terms(field.annotation, known), dictionary),
            terms=known,
        )


def sides(languages: Sequence[Language], text: Callable[[Language], str]) -> Sides:
    """Give a text in each language; once where the languages say the same."""
    found: dict[str, str] = {}
    for language in languages:
        found.setdefault(plain(text(language)), language.key)
    return tuple(Side(key, said) for said, key in found.items() if said)


def pieces(logic: str, dictionary: DataDictionary) -> tuple[Piece, ...]:
    """Split logic into what is said as it is and references to fields of the dictionary."""
    return tuple(_piece(part, dictionary) for part in _BRACKETS.split(logic) if part)


def _piece(part: str, dictionary: DataDictionary) -> Piece:
    expression = read_brackets(part) if part.startswith("[") else None
    known = isinstance(expression, Reference) and expression.field in dictionary
    return Piece(part, expression.field if known and isinstance(expression, Reference) else "")


def _texts(
    field: Field, languages: Sequence[Language], text: Callable[[FieldTexts], str], own: str
) -> tuple[Side, ...]:
    return sides(languages, lambda language: text(language.fields.get(field.name, _NONE)) or own)


def _choice(field: Field, code: str, languages: Sequence[Language]) -> Sides:
    return sides(languages, lambda language: choice_label(field, code, language))


def _marks(field: Field) -> tuple[tuple[str, bool], ...]:
    return ("required", field.required), ("identifier", field.identifier)


def _limits(field: Field) -> str:
    limits = f"{field.minimum or '…'} – {field.maximum or '…'}" if field.minimum or field.maximum else ""
    matrix = f"matrix {field.matrix_group}" if field.matrix_group else ""
    return ", ".join(part for part in (field.validation, limits, matrix) if part)


def _calculation(field: Field) -> str:
    return field.choices_or_calculations if field.type is FieldType.CALC else ""


def _without_terms(annotation: str, terms: Sequence[str]) -> str:
    """Leave out the words that say what the terms say."""
    said = {term.replace(" ", "=", 1) for term in terms}
    return " ".join(word for word in annotation.split(" ") if word not in said).strip()
