"""The Multi-Language Management file of one language: JSON to upload and download in a project's set-up.

Source: facts/redcap_api.md 4.6, and the words of the file itself: only ids and translations matter, with
``creator``, ``key``, ``display`` and ``rtl`` beside them; any subset is a file; ids that the project does not
have are ignored. How the choices of a matrix are placed is not recorded, so they are written with the matrix
and with each of its rows, of which REDCap takes what it knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.model import DataDictionary, Project
from redcap_licats.definition.model import Field as DictionaryField
from redcap_licats.errors import ConfigError

CREATOR = "REDCap MLM"
"""By which REDCap knows its own kind of file."""

#: every other list that REDCap writes; empty lists are common
_NOT_OURS_BEFORE = ("uiTranslations", "uiOptions")
_NOT_OURS_AFTER = ("surveyTranslations", "sqTranslations", "asiTranslations", "alertTranslations")
_NOT_OURS_LAST = ("pdfTranslations", "protemailTranslations")
_REMEDY = "download the language again from Multi-Language Management, or correct the named place"


# --- reading ------------------------------------------------------------------------------------------


def _code(value: object) -> object:
    """Read an id: a choice code that is a number may stand without quotes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _table(value: object) -> object:
    """Read a table: PHP writes an empty one as a list, and a text may stand for its translation."""
    if value is None or value == []:
        return {}
    return {"translation": value} if isinstance(value, str) else value


def _words(value: object) -> object:
    return "" if value is None else value


class _Loose(BaseModel):
    """A table of which unknown keys are not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Part(_Loose):
    translation: Annotated[str, BeforeValidator(_words)] = ""


_AnyPart = Annotated[_Part, BeforeValidator(_table)]


class _Named(_Part):
    id: Annotated[str, BeforeValidator(_code)]


class _Texts(_Loose):
    """The texts of a field or of a matrix."""

    id: Annotated[str, BeforeValidator(_code)]
    label: _AnyPart = _Part()
    note: _AnyPart = _Part()
    header: _AnyPart = _Part()
    enum: tuple[_Named, ...] = ()

    def choices(self) -> dict[str, str]:
        return {one.id: one.translation for one in self.enum if one.translation}


class _Labelled(_Named):
    """A form or missing-data code; whether its text lies deeper is not recorded, so both are read."""

    name: _AnyPart = _Part()
    label: _AnyPart = _Part()

    @property
    def text(self) -> str:
        return self.translation or self.name.translation or self.label.translation


class _File(_Loose):
    creator: str
    key: str = Field(min_length=1)
    display: str
    rtl: bool = False
    forms: tuple[_Labelled, ...] = Field((), alias="formTranslations")
    fields: tuple[_Texts, ...] = Field((), alias="fieldTranslations")
    matrices: tuple[_Texts, ...] = Field((), alias="matrixTranslations")
    missing_codes: tuple[_Labelled, ...] = Field((), alias="mdcTranslations")


def read_language(data: bytes, dictionary: DataDictionary) -> Language:
    """Read the language file of a project; what the project does not have is left out.

    A byte-order mark and absent parts are tolerated. A row of a matrix without texts of its own takes those of
    the matrix.

    Raises:
        ConfigError: Not JSON, not a language file, or a part is not what it must be; names each place.
    """
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ConfigError("MLM-JSON", f"the language file is not JSON: {error}", remedy=_REMEDY) from error
    if not isinstance(content, dict) or content.get("creator") != CREATOR:
        raise ConfigError(
            "MLM-CREATOR",
            f"the file does not say that it is a language file: creator is not {CREATOR!r}",
            where="creator",
            remedy="choose the JSON of one language, not a snapshot or the settings",
        )
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        raise _refused(error) from error
    return _language(file, dictionary)


def _refused(error: ValidationError) -> ConfigError:
    problems = [(".".join(map(str, one["loc"])), str(one["msg"])) for one in error.errors()]
    where, reason = problems[0]
    if len(problems) > 1:
        reason = f"{len(problems)} problems" + "".join(f"\n  {place}: {one}" for place, one in problems)
    return ConfigError("MLM-FORMAT", f"the language file cannot be read: {reason}", where=where, remedy=_REMEDY)


def _language(file: _File, dictionary: DataDictionary) -> Language:
    of_matrix = {one.id: one for one in file.matrices}
    own = {one.id: one for one in file.fields}
    fields = {}
    for group, run in groupby(dictionary, key=lambda one: one.matrix_group):
        for position, field in enumerate(run):
            # the header stands above the first row of a matrix
            texts = _texts(own.get(field.name), of_matrix.get(group), field, headed=position == 0)
            if texts != FieldTexts():
                fields[field.name] = texts
    return Language(
        key=file.key,
        display=file.display,
        forms={one.id: one.text for one in file.forms if one.text and one.id in dictionary.forms},
        fields=fields,
        missing_codes={one.id: one.text for one in file.missing_codes if one.text},
    )


def _texts(own: _Texts | None, matrix: _Texts | None, field: DictionaryField, *, headed: bool) -> FieldTexts:
    choices = {**(matrix.choices() if matrix else {}), **(own.choices() if own else {})}
    header = own.header.translation if own else ""
    if not header and matrix and headed:
        header = matrix.header.translation
    return FieldTexts(
        label=own.label.translation if own else "",
        note=own.note.translation if own else "",
        section_header=header,
        choices={code: text for code, text in choices.items() if code in field.choices},
    )


# --- writing ------------------------------------------------------------------------------------------


def write_language(language: Language, project: Project, *, notes: str = "") -> str:
    """Write the language file of a project: the project's own texts stand beside each translation.

    No time, no version of REDCap and no hash is written, since none of them matters on upload and the first
    would make every file another one.
    """
    content: dict[str, object] = {
        "creator": CREATOR,
        "version": "",
        "timestamp": "",
        "key": language.key,
        "display": language.display,
        "rtl": False,
        "sort": "",
        "notes": notes,
        **{name: [] for name in _NOT_OURS_BEFORE},
        "formTranslations": _labelled(language.forms, project.form_labels),
        "eventTranslations": [],
        "fieldTranslations": list(_fields(language, project.dictionary)),
        "matrixTranslations": list(_matrices(language, project.dictionary)),
        **{name: [] for name in _NOT_OURS_AFTER},
        "mdcTranslations": _labelled(language.missing_codes, project.missing_data_codes),
        **{name: [] for name in _NOT_OURS_LAST},
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _labelled(texts: Mapping[str, str], defaults: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"id": name, "translation": texts[name], "default": default}
        for name, default in defaults.items()
        if texts.get(name)
    ]


def _fields(language: Language, dictionary: DataDictionary) -> Iterator[dict[str, object]]:
    for field in dictionary:
        texts = language.fields.get(field.name, FieldTexts())
        parts = {
            **_part("label", texts.label, field.label),
            **_part("note", texts.note, field.note),
            **_part("header", texts.section_header, field.section_header),
            **_choices(texts, field),
        }
        if parts:
            yield {"id": field.name, "form": field.form, **parts}


def _matrices(language: Language, dictionary: DataDictionary) -> Iterator[dict[str, object]]:
    for group, run in groupby(dictionary, key=lambda one: one.matrix_group):
        first = next(run)
        texts = language.fields.get(first.name, FieldTexts())
        parts = {**_part("header", texts.section_header, first.section_header), **_choices(texts, first)}
        if group and parts:
            yield {"id": group, "form": first.form, **parts}


def _part(name: str, translation: str, default: str) -> dict[str, object]:
    return {name: {"translation": translation, "default": default}} if translation else {}


def _choices(texts: FieldTexts, field: DictionaryField) -> dict[str, object]:
    enum = _labelled(texts.choices, field.choices)
    return {"enum": enum} if enum else {}
