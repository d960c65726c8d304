"""What REDCap refuses in a data dictionary.

Source: facts/redcap_api.md 4.1.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redcap_licats.definition.logic import LogicError, parse, references
from redcap_licats.definition.model import DataDictionary, Field, FieldType, export_code, split_choices
from redcap_licats.definition.validation import VALIDATIONS
from redcap_licats.errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9_]*(?<!__)")
_LONGEST_NAME = 100
_ALIGNMENTS = ("", "RV", "RH", "LV", "LH")
_RESERVED = frozenset(
    {
        "redcap_event_name",
        "redcap_repeat_instrument",
        "redcap_repeat_instance",
        "redcap_data_access_group",
        "redcap_survey_identifier",
    }
)
_NEEDS_CHOICES = (FieldType.RADIO, FieldType.DROPDOWN, FieldType.CHECKBOX)
_MATRIX_TYPES = (FieldType.RADIO, FieldType.CHECKBOX)
_OTHER_VALIDATIONS = {
    FieldType.DROPDOWN: ("autocomplete",),
    FieldType.SQL: ("autocomplete",),
    FieldType.SLIDER: ("number",),
    FieldType.FILE: ("signature",),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a dictionary: spreadsheet row (header = 1), API key or header of the column."""

    row: int
    column: str
    text: str
    remedy: str

    @property
    def where(self) -> str:
        """Name the place."""
        return f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"


def raise_problems(problems: Sequence[Problem]) -> None:
    """Raise one ConfigError that names every problem, if there is any."""
    if not problems:
        return
    first = problems[0]
    if len(problems) == 1:
        raise ConfigError("DICT-INVALID", f"data dictionary: {first.text}", where=first.where, remedy=first.remedy)
    lines = "".join(f"\n  {one.where}: {one.text} — {one.remedy}" for one in problems)
    message = f"data dictionary: {len(problems)} problems{lines}"
    raise ConfigError("DICT-INVALID", message, where=first.where, remedy="correct each place that is named")


def check_dictionary(dictionary: DataDictionary) -> None:
    """Refuse a project's dictionary where REDCap's upload does, beyond :func:`check_fields`.

    Raises:
        ConfigError: Names every problem by spreadsheet row (header = 1), column and remedy.
    """
    check_fields(dictionary)
    problems: list[Problem] = []
    if dictionary.fields[0].type is not FieldType.TEXT:
        problems.append(
            Problem(2, "field_type", "the first field is the record id and must be of type text", "write text")
        )
    known = dictionary.by_name.keys() | {f"{form}_complete" for form in dictionary.forms}
    for row, field in enumerate(dictionary, start=2):
        for column, text in _logic_of(field):
            for name in sorted({one.field for one in references(parse(text))} - known):
                near = difflib.get_close_matches(name, known, n=1)
                remedy = f"write [{near[0]}]" if near else "name a field of the project"
                problems.append(Problem(row, column, f"there is no field [{name}]", remedy))
    raise_problems(problems)


def check_fields(dictionary: DataDictionary) -> None:
    """Refuse fields that REDCap's upload refuses whatever the rest of the project.

    Raises:
        ConfigError: Names every problem by spreadsheet row (header = 1), column and remedy.
    """
    problems: list[Problem] = []
    left: set[str] = set()
    previous: Field | None = None
    for row, field in enumerate(dictionary, start=2):
        if previous is not None and previous.form != field.form:
            left.add(previous.form)
            if field.form in left:
                what = f"form {field.form!r} was left and comes again"
                problems.append(Problem(row, "form_name", what, "keep the rows of a form together"))
        problems += (Problem(row, *problem) for problem in _field_problems(field))
        problems += (Problem(row, *problem) for problem in _matrix_problems(field, previous))
        previous = field
    problems += _scattered_matrices(dictionary)
    raise_problems(problems)


def _logic_of(field: Field) -> Iterator[tuple[str, str]]:
    """Yield the logic of a field with its column."""
    if field.branching_logic.strip():
        yield "branching_logic", field.branching_logic
    if field.type is FieldType.CALC and field.choices_or_calculations.strip():
        yield "select_choices_or_calculations", field.choices_or_calculations


def _name_problem(name: str) -> tuple[str, str] | None:
    if not _NAME.fullmatch(name):
        return (
            f"{name!r} is not a variable name",
            "use lower-case letters, digits and _, begin with a letter, do not end with __",
        )
    if len(name) > _LONGEST_NAME:
        return f"{name[:20]!r}… has {len(name)} characters", f"use at most {_LONGEST_NAME}, better 26"
    return None


def _field_problems(field: Field) -> Iterator[tuple[str, str, str]]:
    """Yield (column, what, remedy)."""
    for column, name in (("field_name", field.name), ("form_name", field.form)):
        if problem := _name_problem(name):
            yield column, *problem
    if field.name in _RESERVED or field.name == f"{field.form}_complete":
        yield "field_name", f"{field.name!r} is a name REDCap uses itself", "rename it"
    if field.alignment.upper() not in _ALIGNMENTS:
        yield "custom_alignment", f"unknown alignment {field.alignment!r}", "use RV, RH, LV, LH or leave it blank"
    yield from _choice_problems(field)
    for column, text in _logic_of(field):
        try:
            parse(text)
        except LogicError as error:
            yield column, f"{error.message} ({error.where})", error.remedy
    allowed = VALIDATIONS if field.type is FieldType.TEXT else _OTHER_VALIDATIONS.get(field.type, ())
    if field.validation and field.validation not in allowed and not field.validation.startswith("BIOPORTAL:"):
        yield (
            "text_validation_type_or_show_slider_number",
            f"{field.validation!r} is not known for type {field.type.value}",
            f"use one of {', '.join(sorted(allowed))}" if allowed else "leave it blank",
        )


def _choice_problems(field: Field) -> Iterator[tuple[str, str, str]]:
    column = "select_choices_or_calculations"
    if field.type is FieldType.CALC and not field.choices_or_calculations.strip():
        yield column, "a calc field without an equation", "write the equation"
    if field.type not in _NEEDS_CHOICES:
        return
    if not field.choices:
        yield column, f"a {field.type.value} field without choices", "write them as 1, One | 2, Two"
    codes = [code for code, _ in split_choices(field.choices_or_calculations)]
    if field.type is FieldType.CHECKBOX:
        codes = [export_code(code) for code in codes]
    for code, times in Counter(codes).items():
        if times > 1 or not code:
            what = f"code {code!r} is used {times} times" if code else "a choice without a code"
            yield column, what, "give every choice a code of its own"


def _matrix_problems(field: Field, previous: Field | None) -> Iterator[tuple[str, str, str]]:
    if not field.matrix_group:
        if field.matrix_ranking:
            yield "matrix_ranking", "ranking outside a matrix", "name the matrix group or leave it blank"
        return
    if field.type not in _MATRIX_TYPES:
        yield "matrix_group_name", f"a {field.type.value} field in a matrix", "use radio or checkbox"
    if previous is None or previous.matrix_group != field.matrix_group:
        return
    if (previous.type, previous.choices) != (field.type, field.choices):
        yield (
            "matrix_group_name",
            f"type or choices differ from {previous.name!r} of the same matrix",
            "give all rows of a matrix the same type and choices",
        )


def _scattered_matrices(dictionary: DataDictionary) -> Iterator[Problem]:
    last_row: dict[str, int] = {}
    for row, field in enumerate(dictionary, start=2):
        group = field.matrix_group
        if group and last_row.get(group, row - 1) != row - 1:
            yield Problem(
                row, "matrix_group_name", f"matrix {group!r} was left and comes again", "keep its rows together"
            )
        if group:
            last_row[group] = row
