"""The typed parts of a REDCap project definition.

Source: facts/redcap_api.md 1.2-1.5, 4.1, 4.5. Everything is frozen; strings are kept as REDCap writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class FieldType(StrEnum):
    """Field types by their name in the data dictionary."""

    TEXT = "text"
    NOTES = "notes"
    RADIO = "radio"
    DROPDOWN = "dropdown"
    CHECKBOX = "checkbox"
    CALC = "calc"
    FILE = "file"
    DESCRIPTIVE = "descriptive"
    SLIDER = "slider"
    YESNO = "yesno"
    TRUEFALSE = "truefalse"
    SQL = "sql"


def export_code(code: str) -> str:
    """Give a checkbox code as it stands in column names: lower case, other signs than a-z 0-9 as ``_``."""
    return re.sub(r"[^a-z0-9]", "_", code.lower())


def split_choices(text: str) -> list[tuple[str, str]]:
    """Split ``1, One | 2, Two`` into pairs of code and label, in order; tolerates missing blanks."""
    parts = (part.partition(",") for part in re.split(r"\||\\n|\n", text) if part.strip())
    return [(code.strip(), label.strip()) for code, _, label in parts]


def parse_choices(text: str) -> dict[str, str]:
    """Split ``1, One | 2, Two`` into codes and labels, in order; parts without a code are left out."""
    return {code: label for code, label in split_choices(text) if code}


def format_choices(choices: Mapping[str, str]) -> str:
    """Join codes and labels the way REDCap spaces them on export."""
    return " | ".join(f"{code}, {label}" for code, label in choices.items())


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the data dictionary. Attributes follow its 18 columns in order."""

    name: str
    form: str
    type: FieldType
    label: str = ""
    section_header: str = ""
    choices_or_calculations: str = ""
    note: str = ""
    validation: str = ""
    minimum: str = ""
    maximum: str = ""
    identifier: bool = False
    branching_logic: str = ""
    required: bool = False
    alignment: str = ""
    question_number: str = ""
    matrix_group: str = ""
    matrix_ranking: bool = False
    annotation: str = ""

    @property
    def choices(self) -> dict[str, str]:
        """Codes and labels in order; empty for fields without choices."""
        match self.type:
            case FieldType.RADIO | FieldType.DROPDOWN | FieldType.CHECKBOX:
                return parse_choices(self.choices_or_calculations)
            case FieldType.YESNO:
                return {"1": "Yes", "0": "No"}
            case FieldType.TRUEFALSE:
                return {"1": "True", "0": "False"}
            case _:
                return {}

    @property
    def columns(self) -> dict[str, str]:
        """Flat-export columns of the field and the choice code behind each ('' if not a checkbox)."""
        if self.type is FieldType.DESCRIPTIVE:
            return {}
        if self.type is FieldType.CHECKBOX:
            return {f"{self.name}___{export_code(code)}": code for code in self.choices}
        return {self.name: ""}


@dataclass(frozen=True)
class DataDictionary:
    """All fields of a project in order; the first is the record id field."""

    fields: tuple[Field, ...]

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Fields by variable name."""
        return {one.name: one for one in self.fields}

    @cached_property
    def forms(self) -> dict[str, tuple[Field, ...]]:
        """Fields by form, both in dictionary order."""
        forms: dict[str, list[Field]] = {}
        for one in self.fields:
            forms.setdefault(one.form, []).append(one)
        return {form: tuple(fields) for form, fields in forms.items()}

    @property
    def record_id_field(self) -> str:
        """Variable name of the record id: whatever the first field is."""
        return self.fields[0].name

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __getitem__(self, name: str) -> Field:
        return self.by_name[name]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm of a longitudinal project."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a longitudinal project; ``unique_name`` ends in ``_arm_N``. Days are of the schedule."""

    name: str
    arm: int
    unique_name: str
    custom_label: str = ""
    day_offset: str = ""
    offset_min: str = ""
    offset_max: str = ""
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """One line of the repeating set-up: a repeating form (in an event), or a whole event (``form`` '')."""

    form: str
    event: str = ""
    custom_label: str = ""


@dataclass(frozen=True, slots=True)
class AccessGroup:
    """A Data Access Group: its label and unique name."""

    name: str
    unique_name: str


@dataclass(frozen=True, slots=True)
class Attributes:
    """An element of a project XML that is kept whole; names are ``redcap:Name`` or, for ODM's own, ``Name``."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple[Attributes, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of an upload field."""

    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Cell:
    """One stored value, never blank.

    ``event``, ``repeat_form`` are '' and ``instance`` 1 where they do not apply. A checked option of a checkbox
    is one cell of the base field whose value is the code; an unchecked one is no cell. The value of an upload
    field is the file's name. ``field`` may be ``<form>_complete``, ``<form>_timestamp`` or
    ``redcap_survey_identifier``, which no dictionary lists.
    """

    record: str
    field: str
    value: str
    event: str = ""
    repeat_form: str = ""
    instance: int = 1
    file: StoredFile | None = None


@dataclass(frozen=True)
class Project:
    """A whole REDCap project definition.

    Attributes:
        title: Study name.
        dictionary: All fields.
        form_labels: Form name to label, in form order.
        settings: Global variables by their XML name without prefix, such as ``MissingDataCodes``.
        arms, events: One arm and one event even where the project is classic.
        longitudinal: Whether events are used.
        repeats: Repeating set-up.
        access_groups: Data Access Groups.
        roles, reports: One attribute map each, as in the project XML.
        surveys: One element each, kept whole.
        other_groups: Groups of the XML that are kept whole (survey queue, e-consent, languages …).
        field_extras: What the XML says of a field beyond the dictionary (attachments …), by field name.
        cells: Data, in file order.
        record_groups: Record to unique name of its Data Access Group.
        source_version: REDCap version that wrote the file.
        exported_at: When it was written, ``YYYY-MM-DDTHH:MM:SS``.
    """

    title: str
    dictionary: DataDictionary
    form_labels: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    arms: tuple[Arm, ...] = ()
    events: tuple[Event, ...] = ()
    longitudinal: bool = False
    repeats: tuple[Repeat, ...] = ()
    access_groups: tuple[AccessGroup, ...] = ()
    roles: tuple[Mapping[str, str], ...] = ()
    reports: tuple[Mapping[str, str], ...] = ()
    surveys: tuple[Attributes, ...] = ()
    other_groups: tuple[Attributes, ...] = ()
    field_extras: Mapping[str, Attributes] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    record_groups: Mapping[str, str] = field(default_factory=dict)
    source_version: str = ""
    exported_at: str = ""

    @property
    def missing_data_codes(self) -> dict[str, str]:
        """Missing-data codes and their labels."""
        return parse_choices(self.settings.get("MissingDataCodes", ""))
