"""The data dictionary as CSV and as API metadata rows.

``read_dictionary`` is as strict as REDCap's own upload. ``fields_from_rows`` takes a server's word for what a
dictionary may hold and only refuses what has no meaning; ``check_fields`` and ``check_dictionary`` add the rest.
Source: facts/redcap_api.md 1.2, 4.1; the bytes of recorded dictionaries.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping, Sequence

from redcap_licats.definition.dictionary_check import Problem, check_dictionary, check_fields, raise_problems
from redcap_licats.definition.model import DataDictionary, Field, FieldType
from redcap_licats.definition.php_csv import format_row
from redcap_licats.errors import ConfigError

COLUMNS: Mapping[str, str] = {
    "field_name": "Variable / Field Name",
    "form_name": "Form Name",
    "section_header": "Section Header",
    "field_type": "Field Type",
    "field_label": "Field Label",
    "select_choices_or_calculations": "Choices, Calculations, OR Slider Labels",
    "field_note": "Field Note",
    "text_validation_type_or_show_slider_number": "Text Validation Type OR Show Slider Number",
    "text_validation_min": "Text Validation Min",
    "text_validation_max": "Text Validation Max",
    "identifier": "Identifier?",
    "branching_logic": "Branching Logic (Show field only if...)",
    "required_field": "Required Field?",
    "custom_alignment": "Custom Alignment",
    "question_number": "Question Number (surveys only)",
    "matrix_group_name": "Matrix Group Name",
    "matrix_ranking": "Matrix Ranking?",
    "field_annotation": "Field Annotation",
}
"""The 18 columns: API key to CSV header, in order."""

_KEY_OF_HEADER = {header.lower(): key for key, header in COLUMNS.items()} | {key: key for key in COLUMNS}
_NEEDED = ("field_name", "form_name", "field_type", "field_label")
_FLAGS = {"": False, "y": True}


def field_as_row(field: Field) -> dict[str, str]:
    """Give a field as an API metadata row: 18 keys, every value a string."""
    values = (
        field.name,
        field.form,
        field.section_header,
        field.type.value,
        field.label,
        field.choices_or_calculations,
        field.note,
        field.validation,
        field.minimum,
        field.maximum,
        "y" if field.identifier else "",
        field.branching_logic,
        "y" if field.required else "",
        field.alignment,
        field.question_number,
        field.matrix_group,
        "y" if field.matrix_ranking else "",
        field.annotation,
    )
    return dict(zip(COLUMNS, values, strict=True))


def fields_from_rows(rows: Sequence[Mapping[str, str]]) -> DataDictionary:
    """Read API metadata rows; a key that is absent counts as blank.

    Raises:
        ConfigError: No row, an unknown field type or flag, a blank or repeated name; names each row and column.
    """
    problems: list[Problem] = []
    fields = [_field(row, number, problems) for number, row in enumerate(rows, start=2)]
    if not fields:
        problems.append(Problem(1, "", "no field at all", "begin with the record id field"))
    first_row: dict[str, int] = {}
    for number, field in enumerate(fields, start=2):
        first = first_row.setdefault(field.name, number)
        if field.name and first != number:
            what = f"{field.name!r} is already the name of row {first}"
            problems.append(Problem(number, "field_name", what, "rename one of them"))
    raise_problems(problems)
    return DataDictionary(tuple(fields))


def _field(row: Mapping[str, str], number: int, problems: list[Problem]) -> Field:
    def text(key: str) -> str:
        return row.get(key, "")

    def word(key: str) -> str:
        return text(key).strip()

    def flag(key: str) -> bool:
        value = word(key).lower()
        if value not in _FLAGS:
            problems.append(
                Problem(number, key, f"{value!r} is neither 'y' nor blank", "write y or leave it blank")
            )
        return _FLAGS.get(value, False)

    if not word("field_name"):
        problems.append(Problem(number, "field_name", "blank", "give the field a name or delete the row"))
    try:
        field_type = FieldType(word("field_type").lower())
    except ValueError:
        known = ", ".join(FieldType)
        problems.append(
            Problem(number, "field_type", f"unknown type {word('field_type')!r}", f"use one of {known}")
        )
        field_type = FieldType.TEXT
    return Field(
        name=word("field_name"),
        form=word("form_name"),
        type=field_type,
        label=text("field_label"),
        section_header=text("section_header"),
        choices_or_calculations=text("select_choices_or_calculations"),
        note=text("field_note"),
        validation=word("text_validation_type_or_show_slider_number"),
        minimum=text("text_validation_min"),
        maximum=text("text_validation_max"),
        identifier=flag("identifier"),
        branching_logic=text("branching_logic"),
        required=flag("required_field"),
        alignment=word("custom_alignment"),
        question_number=text("question_number"),
        matrix_group=word("matrix_group_name"),
        matrix_ranking=flag("matrix_ranking"),
        annotation=text("field_annotation"),
    )


def write_dictionary(dictionary: Iterable[Field]) -> str:
    r"""Write the CSV as REDCap's download does: header of 18 columns, ``fputcsv`` quoting, ``\n`` ends."""
    rows = (field_as_row(field).values() for field in dictionary)
    return format_row(COLUMNS.values()) + "".join(format_row(row) for row in rows)


def read_dictionary(text: str) -> DataDictionary:
    """Read the data-dictionary CSV of a project.

    Raises:
        ConfigError: Names every row and column that REDCap would refuse, and what to do about it.
    """
    dictionary = read_fields(text)
    check_dictionary(dictionary)
    return dictionary


def read_fields(text: str) -> DataDictionary:
    """Read dictionary rows that need not be a whole project, by the headers of the download or the API's keys.

    A byte-order mark, other line ends, another order of columns, absent optional columns and blank rows at the
    end are tolerated.

    Raises:
        ConfigError: As :func:`read_dictionary`, for what can be seen without the other forms.
    """
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise ConfigError(
            "DICT-CSV", f"the data dictionary is not CSV: {error}", remedy="save it as comma-separated UTF-8"
        ) from error
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    keys = _keys(rows[0] if rows else [])
    _check_shape(rows, len(keys))
    dictionary = fields_from_rows([dict(zip(keys, row, strict=False)) for row in rows[1:]])
    check_fields(dictionary)
    return dictionary


def _keys(header: Sequence[str]) -> list[str]:
    """Translate the header to API keys."""
    keys = [_KEY_OF_HEADER.get(" ".join(cell.split()).lower(), "") for cell in header]
    problems = []
    for cell, key in zip(header, keys, strict=True):
        if not key:
            near = difflib.get_close_matches(cell, COLUMNS.values(), n=1)
            remedy = f"write {near[0]!r}" if near else "delete the column"
            problems.append(Problem(1, cell, "unknown column", remedy))
    problems += [
        Problem(1, COLUMNS[key], "this column is missing", "add it to the header")
        for key in _NEEDED
        if key not in keys
    ]
    problems += [
        Problem(1, COLUMNS[key], "this column is there twice", "delete one of them")
        for key in COLUMNS
        if keys.count(key) > 1
    ]
    raise_problems(problems)
    return keys


def _check_shape(rows: Sequence[Sequence[str]], width: int) -> None:
    problems = []
    for number, row in enumerate(rows, start=1):
        if not any(cell.strip() for cell in row):
            problems.append(Problem(number, "", "the row is blank", "delete it"))
        elif any(row[width:]):
            problems.append(
                Problem(number, "", f"{len(row)} cells under {width} headers", "quote cells that hold a comma")
            )
    raise_problems(problems)
