"""The project that is built from the protocol."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

import pytest

from redcap_licats.definition.dictionary import read_dictionary, write_dictionary
from redcap_licats.definition.model import Field, FieldType, Project
from redcap_licats.definition.odm import read_project, write_project
from redcap_licats.forms import build_project, expand_forms
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol import load_protocol

PROTOCOL = load_protocol()
PROJECT = build_project(PROTOCOL)
BOTH = [(one, other) for one, other in zip(PROJECT.dictionary, build_dictionary(PROTOCOL, "ja"), strict=True)]
REPEATING = {
    "labs",
    "assessment",
    "crs_icans",
    "glucocorticoid",
    "hospital_stay",
    "prior_therapy",
    "iec_hs",
    "conmed",
    "microbiology",
    "imaging",
    "biopsy",
    "activity",
    "adverse_event",
    "licats_query_answer",
    "licats_query_decision",
    "licats_medical_decision",
    "licats_adjudication",
    "licats_result",
    "licats_query",
    "licats_medical_query",
    *(f"licats_{slug}" for slug in PROTOCOL.organs),
}
HIDDEN = {"licats_medical_query", "licats_medical_decision", "licats_adjudication"}


def rights(project: Project, role: str, kind: str = "data_entry") -> dict[str, str]:
    attributes = next(one for one in project.roles if one["role_name"] == role)
    return dict(re.findall(r"\[(\w+),(\d)\]", attributes[kind]))


def test_the_dictionary_is_what_redcap_takes() -> None:
    assert read_dictionary(write_dictionary(PROJECT.dictionary)) == PROJECT.dictionary


def test_the_project_survives_its_xml() -> None:
    read = read_project(write_project(PROJECT).encode())
    assert replace(read, source_version="", exported_at="") == PROJECT


def test_the_forms_that_repeat() -> None:
    assert {one.form for one in PROJECT.repeats} == REPEATING
    assert all("[" in one.custom_label and "{" not in one.custom_label for one in PROJECT.repeats)


def test_two_example_sites_and_the_missing_data_codes() -> None:
    assert [group.unique_name for group in PROJECT.access_groups] == ["site_a", "site_b"]
    assert list(PROJECT.missing_data_codes) == ["UNK", "NI", "NA", "ND"]


def test_workers_fields_are_read_only_and_no_others() -> None:
    workers = {form.name for form in expand_forms(PROTOCOL) if form.instrument.writer == "worker"}
    # what reading a workbook back writes beside a person's words, on the person's own form
    sources = {"ans_source", "dec_source", "mdec_source"}
    assert all("@READONLY" in one.annotation for one in PROJECT.dictionary if one.name in sources)
    readonly = {
        one.form for one in PROJECT.dictionary if "@READONLY" in one.annotation and one.name not in sources
    }
    writable = {one.form for one in PROJECT.dictionary if "@READONLY" not in one.annotation}
    assert readonly == workers == {"licats_result", "licats_summary", "licats_query", "licats_medical_query"}
    assert not readonly & writable


def test_an_organ_form_shows_its_status_at_the_top() -> None:
    for slug in PROTOCOL.organs:
        first = PROJECT.dictionary.forms[f"licats_{slug}"][0]
        assert (first.name, first.label) == (f"{slug}_status_top", f"[sum_{slug}_d]")


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("licats_query_answer", ["text", "where", "value", "state"]),
        ("licats_query_decision", ["text", "where", "value", "state", "changed", "conflict"]),
        ("licats_medical_decision", ["text", "where", "value", "state", "changed", "conflict"]),
    ],
)
def test_an_answer_or_decision_shows_the_query_of_its_own_number(form: str, shown: list[str]) -> None:
    stem = "mqry" if "medical" in form else "qry"
    labels = [one.label for one in PROJECT.dictionary.forms[form] if one.type is FieldType.DESCRIPTIVE]
    for concept in shown:
        assert any(f"[{stem}_{concept}_d][current-instance]" in label for label in labels), concept


@pytest.mark.parametrize("form", ["licats_query_answer", "licats_query_decision", "licats_medical_decision"])
def test_what_is_piped_or_branched_on_from_another_form_is_of_the_same_number(form: str) -> None:
    """A text or branching without an instance speaks of no certain query."""
    own = {one.name for one in PROJECT.dictionary.forms[form]}
    for one in PROJECT.dictionary.forms[form]:
        for name, instance in re.findall(r"\[([a-z_]+)\](\[current-instance\])?", one.label + one.branching_logic):
            assert name in own or instance, f"{one.name}: [{name}]"


def test_a_query_may_be_answered_and_decided_without_a_field_that_must_be_filled_in() -> None:
    for form in ("licats_query_answer", "licats_query_decision", "licats_medical_decision"):
        assert not [one.name for one in PROJECT.dictionary.forms[form] if one.required]


def test_causes_stand_in_one_matrix() -> None:
    causes = [one for one in PROJECT.dictionary.forms["licats_lung"] if one.matrix_group == "lung_causes"]
    assert [one.name for one in causes] == [f"lung_ac_{cause.id}" for cause in PROTOCOL.causes_of("lung")]
    assert [bool(one.section_header) for one in causes] == [True] + [False] * (len(causes) - 1)


def test_a_required_field_is_never_one_that_may_be_hidden() -> None:
    assert [one.name for one in PROJECT.dictionary if one.required and one.branching_logic] == []


def test_end_dates_onsets_and_worker_fields_are_not_required() -> None:
    required = {one.name for one in PROJECT.dictionary if one.required}
    assert not {name for name in required if name.endswith(("_end", "_onset", "_stop", "_dis", "_d"))}


def test_an_analytes_fields_stand_together() -> None:
    names = [one.name for one in PROJECT.dictionary.forms["labs"]]
    start = names.index("lab_ck_val")
    assert names[start : start + 6] == [f"lab_ck_{part}" for part in ("val", "cens", "nd", "unit", "lln", "uln")]


@pytest.mark.parametrize("role", ["Coordinator", "Investigator"])
def test_sites_edit_their_forms_read_the_others_and_see_nothing_medical(role: str) -> None:
    writers = {form.name: form.instrument.writer for form in expand_forms(PROTOCOL)}
    for form, right in rights(PROJECT, role).items():
        expected = "1" if writers[form] == "site" else "0" if form in HIDDEN else "2"
        assert (form, right) == (form, expected)
    exported = rights(PROJECT, role, "data_export_instruments")
    assert {exported[form] for form in HIDDEN} == {"0"}


@pytest.mark.parametrize(
    ("role", "edits"),
    [
        ("Monitor", {"licats_query_decision", "licats_medical_decision"}),
        ("Adjudicator", {"licats_adjudication"}),
        ("Data manager", set[str]()),
        ("Worker", {"licats_result", "licats_summary", "licats_query", "licats_medical_query"}),
    ],
)
def test_everybody_else_edits_only_their_own_forms(role: str, edits: set[str]) -> None:
    given = rights(PROJECT, role)
    assert {form for form, right in given.items() if right == "1"} == edits
    assert {right for form, right in given.items() if form not in edits} == {"2"}


def test_no_role_deletes_or_renames_records_and_one_locks_them() -> None:
    assert {role[right] for role in PROJECT.roles for right in ("record_delete", "record_rename")} == {"0"}
    for right in ("lock_record", "lock_record_multiform", "lock_record_customize"):
        assert [role["role_name"] for role in PROJECT.roles if role[right] == "1"] == ["Data manager"]


def test_only_the_worker_and_the_data_manager_use_the_api() -> None:
    assert {role["role_name"] for role in PROJECT.roles if role["api_import"] == "1"} == {"Worker", "Data manager"}


def test_both_languages_differ_only_in_their_texts() -> None:
    def bare(field: Field) -> Field:
        codes = " ".join(field.choices) if field.type != "yesno" else field.choices_or_calculations
        # the words of the timing classes
        annotation = re.sub(r"'[^']* \(Day [^']*'", "''", field.annotation)
        return replace(
            field, label="", section_header="", note="", choices_or_calculations=codes, annotation=annotation
        )

    assert [bare(one) for one, _ in BOTH] == [bare(other) for _, other in BOTH]


def test_a_text_is_always_translated_the_same_way() -> None:
    translations: dict[str, set[str]] = defaultdict(set)
    for one, other in BOTH:
        pairs = [(one.label, other.label), (one.section_header, other.section_header), (one.note, other.note)]
        if one.type != "yesno":
            pairs += zip(one.choices.values(), other.choices.values(), strict=True)
        for english, japanese in pairs:
            translations[english].add(japanese)
    assert {english: texts for english, texts in translations.items() if len(texts) > 1} == {}


def test_no_text_calls_a_setting_published() -> None:
    words = re.compile(r"per paper|published|publication|論文|Hagen", re.IGNORECASE)
    assert [one.name for pair in BOTH for one in pair if words.search(one.label + one.note)] == []
