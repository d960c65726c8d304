"""Two definitions of one field, aspect by aspect: the one comparison that everything else is built on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from redcap_licats.definition.action_tags import split_arguments
from redcap_licats.definition.logic import LogicError, parse
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.definition.rewrite import around_logic


class Aspect(StrEnum):
    """What of a field differs."""

    FORM = "form"
    TYPE = "type"
    CHOICE_ADDED = "choice added"
    CHOICE_GONE = "choice gone"
    CHOICE_LABEL = "choice worded otherwise"
    VALIDATION = "validation"
    RANGE = "range"
    BRANCHING = "branching logic"
    CALCULATION = "calculation"
    REQUIRED = "required"
    IDENTIFIER = "identifier"
    WORDING = "wording"
    ANNOTATION = "annotation"
    LAYOUT = "layout"


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One aspect in which a field differs. ``code`` is that of the choice where the aspect is about one."""

    aspect: Aspect
    before: str
    after: str
    code: str = ""


def compare_fields(before: Field, after: Field) -> Iterator[FieldDifference]:
    """Give every aspect in which two definitions of a field differ in meaning or in words.

    Blanks that REDCap adds or folds, and two spellings of the same logic, are no difference.
    """
    if before.form != after.form:
        yield FieldDifference(Aspect.FORM, before.form, after.form)
    if before.type is not after.type or is_computed(before) != is_computed(after):
        yield FieldDifference(Aspect.TYPE, before.type, after.type)
    yield from _choices(before, after)
    if before.validation != after.validation:
        yield FieldDifference(Aspect.VALIDATION, before.validation, after.validation)
    limits, wanted = ((one.minimum.strip(), one.maximum.strip()) for one in (before, after))
    if limits != wanted:
        yield FieldDifference(Aspect.RANGE, _range(*limits), _range(*wanted))
    if not same_logic(before.branching_logic, after.branching_logic):
        yield FieldDifference(Aspect.BRANCHING, before.branching_logic, after.branching_logic)
    own, other = _calculation(before), _calculation(after)
    if before.type is after.type and not same_logic(own, other):
        yield FieldDifference(Aspect.CALCULATION, own, other)
    for aspect, one, two in (
        (Aspect.REQUIRED, before.required, after.required),
        (Aspect.IDENTIFIER, before.identifier, after.identifier),
    ):
        if one != two:
            yield FieldDifference(aspect, "yes" if one else "no", "yes" if two else "no")
    for one_text, two_text in zip(_words(before), _words(after), strict=True):
        if plain(one_text) != plain(two_text):
            yield FieldDifference(Aspect.WORDING, one_text, two_text)
    if not _same_annotation(before.annotation, after.annotation):
        computed = is_computed(before) and is_computed(after)
        aspect = Aspect.CALCULATION if computed else Aspect.ANNOTATION
        yield FieldDifference(aspect, before.annotation, after.annotation)
    if _layout(before) != _layout(after):
        yield FieldDifference(Aspect.LAYOUT, " ".join(_layout(before)), " ".join(_layout(after)))


def plain(text: str) -> str:
    """Give a text with every run of blanks and line ends as one blank."""
    return " ".join(text.split())


def is_computed(field: Field) -> bool:
    """Say whether REDCap computes a field's value and so replaces what is stored."""
    return field.type is FieldType.CALC or any(tag in field.annotation for tag in ("@CALCTEXT", "@CALCDATE"))


def same_logic(one: str, other: str) -> bool:
    """Say whether two logics mean the same, however they are spelled; what cannot be read, by its letters."""
    if plain(one) == plain(other):
        return True
    if not one.strip() or not other.strip():
        return False
    try:
        return parse(one) == parse(other)
    except LogicError:
        return False


def _same_annotation(one: str, other: str) -> bool:
    """Say whether two annotations mean the same: by their letters, but for the logic of a computed field."""
    (*around, logic), (*other_around, other_logic) = (
        (plain(before), plain(after), split_arguments(logic))
        for before, logic, after in (around_logic(one), around_logic(other))
    )
    same_length = len(logic) == len(other_logic)
    return around == other_around and same_length and all(map(same_logic, logic, other_logic))


def _choices(before: Field, after: Field) -> Iterator[FieldDifference]:
    had, has = before.choices, after.choices
    if not had or not has:
        # a field with choices became one without, or the other way round: that is its type
        return
    for code, label in had.items():
        if code not in has:
            yield FieldDifference(Aspect.CHOICE_GONE, label, "", code)
        elif plain(has[code]) != plain(label):
            yield FieldDifference(Aspect.CHOICE_LABEL, label, has[code], code)
    for code, label in has.items():
        if code not in had:
            yield FieldDifference(Aspect.CHOICE_ADDED, "", label, code)
    if [code for code in had if code in has] != [code for code in has if code in had]:
        yield FieldDifference(Aspect.LAYOUT, " ".join(had), " ".join(has))


def _calculation(field: Field) -> str:
    return field.choices_or_calculations if field.type in (FieldType.CALC, FieldType.SQL) else ""


def _words(field: Field) -> tuple[str, str, str, str]:
    slider = field.choices_or_calculations if field.type is FieldType.SLIDER else ""
    return field.label, field.section_header, field.note, slider


def _layout(field: Field) -> tuple[str, str, str, str]:
    ranking = "y" if field.matrix_ranking else ""
    # RV is what a blank means
    return field.alignment.upper().replace("RV", ""), field.question_number.strip(), field.matrix_group, ranking


def _range(minimum: str, maximum: str) -> str:
    return f"{minimum} to {maximum}" if minimum or maximum else ""
