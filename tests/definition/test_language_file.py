"""Language files of Multi-Language Management are written and read back, and refused with their place."""

from __future__ import annotations

import json

import pytest

from redcap_licats.definition.language_file import read_language, write_language
from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.model import DataDictionary, Field, FieldType, Project
from redcap_licats.errors import ConfigError

CAUSES = "0, Excluded | 1, Possible"
PROJECT = Project(
    title="Study",
    dictionary=DataDictionary(
        (
            Field("record_id", "base", FieldType.TEXT, "Record"),
            Field("sex", "base", FieldType.RADIO, "Sex", choices_or_calculations="F, Female | M, Male"),
            Field("drug", "causes", FieldType.RADIO, "Drug", "Causes", CAUSES, matrix_group="causes"),
            Field("virus", "causes", FieldType.RADIO, "Virus", "", CAUSES, matrix_group="causes"),
        )
    ),
    form_labels={"base": "Base", "causes": "Causes"},
    settings={"MissingDataCodes": "UNK, Unknown"},
)
ANSWERS = {"0": "除外", "1": "可能性あり"}
LANGUAGE = Language(
    key="ja",
    display="日本語",
    forms={"base": "基本", "causes": "原因"},
    fields={
        "sex": FieldTexts("性別", "注", "症例", {"F": "女性", "M": "男性"}),
        "drug": FieldTexts("薬剤", section_header="原因", choices=ANSWERS),
        "virus": FieldTexts("ウイルス", choices=ANSWERS),
    },
    missing_codes={"UNK": "不明"},
)


def read(**content: object) -> Language:
    file = {"creator": "REDCap MLM", "key": "ja", "display": "日本語", **content}
    return read_language(json.dumps(file).encode(), PROJECT.dictionary)


def test_what_is_written_reads_back() -> None:
    text = write_language(LANGUAGE, PROJECT, notes="Study 1")
    assert read_language(text.encode(), PROJECT.dictionary) == LANGUAGE
    assert read_language(text.encode("utf-8-sig"), PROJECT.dictionary) == LANGUAGE
    assert write_language(LANGUAGE, PROJECT, notes="Study 1") == text


def test_the_file_has_the_recorded_parts_in_their_order() -> None:
    content = json.loads(write_language(LANGUAGE, PROJECT))
    assert list(content) == [
        "creator",
        "version",
        "timestamp",
        "key",
        "display",
        "rtl",
        "sort",
        "notes",
        "uiTranslations",
        "uiOptions",
        "formTranslations",
        "eventTranslations",
        "fieldTranslations",
        "matrixTranslations",
        "surveyTranslations",
        "sqTranslations",
        "asiTranslations",
        "alertTranslations",
        "mdcTranslations",
        "pdfTranslations",
        "protemailTranslations",
    ]
    assert content["fieldTranslations"][0] == {
        "id": "sex",
        "form": "base",
        "label": {"translation": "性別", "default": "Sex"},
        "note": {"translation": "注", "default": ""},
        "header": {"translation": "症例", "default": ""},
        "enum": [
            {"id": "F", "translation": "女性", "default": "Female"},
            {"id": "M", "translation": "男性", "default": "Male"},
        ],
    }
    (matrix,) = content["matrixTranslations"]
    assert (matrix["id"], matrix["form"], matrix["header"]["translation"]) == ("causes", "causes", "原因")


def test_only_the_choices_of_the_matrix_are_enough_for_its_rows() -> None:
    enum = [{"id": code, "translation": text} for code, text in ANSWERS.items()]
    language = read(matrixTranslations=[{"id": "causes", "enum": enum, "header": {"translation": "原因"}}])
    assert language.fields == {
        "drug": FieldTexts(section_header="原因", choices=ANSWERS),
        "virus": FieldTexts(choices=ANSWERS),
    }


def test_a_file_without_any_text_is_a_language() -> None:
    assert read(formTranslations=[], somethingNew=[1]) == Language("ja", "日本語")


def test_what_the_project_does_not_have_is_left_out() -> None:
    language = read(
        formTranslations=[{"id": "other", "translation": "x"}],
        fieldTranslations=[
            {"id": "weight", "label": {"translation": "x"}},
            {"id": "sex", "enum": [{"id": "D", "translation": "x"}, {"id": "F", "translation": "女性"}]},
        ],
    )
    assert language.forms == {}
    assert language.fields == {"sex": FieldTexts(choices={"F": "女性"})}


def test_codes_may_be_numbers_and_empty_tables_lists() -> None:
    enum = [{"id": 0, "hash": "a1", "translation": "除外"}, {"id": 1, "translation": None}]
    language = read(fieldTranslations=[{"id": "drug", "label": [], "note": None, "enum": enum}])
    assert language.fields == {"drug": FieldTexts(choices={"0": "除外"})}


@pytest.mark.parametrize(
    ("data", "code", "where"),
    [
        (b"\xff\xfe", "MLM-JSON", ""),
        (b"{", "MLM-JSON", ""),
        (b"[]", "MLM-CREATOR", "creator"),
        (b'{"creator": "somebody"}', "MLM-CREATOR", "creator"),
        (b'{"creator": "REDCap MLM", "display": "x"}', "MLM-FORMAT", "key"),
        (b'{"creator": "REDCap MLM", "key": "", "display": "x"}', "MLM-FORMAT", "key"),
        (
            b'{"creator": "REDCap MLM", "key": "ja", "display": "x", "fieldTranslations": [{"label": 1}]}',
            "MLM-FORMAT",
            "fieldTranslations.0.id",
        ),
    ],
)
def test_what_is_no_language_file_is_refused_with_its_place(data: bytes, code: str, where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_language(data, PROJECT.dictionary)
    assert (caught.value.code, caught.value.where) == (code, where)
    assert caught.value.remedy
