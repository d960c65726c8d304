from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from redcap_licats.api.model import ProjectInfo
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.model import DataDictionary, Event, Field, FieldType, Repeat
from redcap_licats.errors import ConfigError, GuardError
from redcap_licats.forms.build import build_dictionary, build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.finding import Finding, Harm, refuse
from redcap_licats.sync.guards import (
    first_events,
    frozen_study,
    no_event,
    other_project,
    other_repeats,
    worker_in_group,
)
from redcap_licats.sync.needs import needs_of
from redcap_licats.sync.preflight import setup_findings
from redcap_licats.sync.setup import Setup

PROTOCOL = load_protocol()
WANTED = build_dictionary(PROTOCOL, "en")
REPEATS = build_project(PROTOCOL).repeats
WORKER = ("licats_result", "licats_summary", "licats_query", "licats_medical_query")
SETTINGS = ProjectSettings.model_validate(
    {"name": "study", "url": "https://redcap.example.org/api/", "project_id": 7, "token": {"env": "X"}}
)
NOTHING: list[Finding] = []


def live(change: Callable[[Field], Field | None]) -> DataDictionary:
    return DataDictionary(tuple(field for one in WANTED if (field := change(one))))


def with_field(name: str, **more: Any) -> DataDictionary:
    return live(lambda field: replace(field, **more) if field.name == name else field)


def without(*names: str) -> DataDictionary:
    return live(lambda field: None if field.name in names else field)


def findings(dictionary: DataDictionary, repeats: Iterable[Repeat] = REPEATS) -> list[Finding]:
    setup = Setup(
        longitudinal=False, dictionary=dictionary, repeats=tuple(repeats), events=(), access_groups=False
    )
    found = list(setup_findings(setup, needs_of(PROTOCOL, dictionary), SETTINGS))
    for one in found:
        assert "study" in one.where
        assert one.remedy
    return found


def only(found: Iterable[Finding]) -> Finding:
    (one,) = found
    return one


def test_the_protocols_own_project_gives_no_finding() -> None:
    assert findings(WANTED) == NOTHING


def test_a_frozen_study_is_never_written() -> None:
    found = only(frozen_study(SETTINGS.model_copy(update={"frozen": True})))
    assert (found.code, found.harm, found.exit) == ("STUDY-FROZEN", Harm.WRITING, 4)
    assert list(frozen_study(SETTINGS)) == NOTHING


def test_a_token_of_another_project_is_refused() -> None:
    info = ProjectInfo.from_row({"project_id": "8"})
    found = only(other_project(info, SETTINGS))
    with pytest.raises(GuardError) as caught:
        refuse([found])
    assert "project 8" in caught.value.message
    assert "project 7" in caught.value.message
    assert list(other_project(replace(info, project_id=7), SETTINGS)) == NOTHING


def test_the_first_finding_that_stands_in_the_way_is_raised() -> None:
    harmless = Finding("A", Harm.HARMLESS, "a", "here", "none")
    refuse([harmless])
    with pytest.raises(ConfigError) as caught:
        refuse([harmless, replace(harmless, code="B", harm=Harm.WRITING), replace(harmless, harm=Harm.READING)])
    assert (caught.value.code, caught.value.where, caught.value.remedy) == ("B", "here", "none")


def test_the_projects_own_forms_beside_ours_do_no_harm() -> None:
    assert findings(DataDictionary((*WANTED, Field("own_field", "own_form", FieldType.TEXT)))) == NOTHING


def test_the_studys_own_fields_on_our_forms_are_harmless() -> None:
    found = only(findings(DataDictionary((*WANTED, Field("own_field", "labs", FieldType.TEXT)))))
    assert (found.code, found.exit) == ("SETUP-OWN-FIELDS", 0)
    assert "own_field" in found.what


@pytest.mark.parametrize(
    ("gone", "harm"),
    [
        (("res_grade_d", "kidney_onset"), Harm.READING),
        (("kidney_onset",), Harm.READING),
        (("res_grade_d",), Harm.WRITING),
    ],
)
def test_missing_fields_are_named(gone: tuple[str, ...], harm: Harm) -> None:
    found = only(findings(without(*gone)))
    assert (found.code, found.harm, found.exit) == ("SETUP-FIELDS", harm, 2)
    assert f"{len(gone)} fields" in found.what
    assert all(name in found.what for name in gone)


def test_the_record_id_may_have_any_name() -> None:
    own = live(lambda field: replace(field, name="subject_no") if field.name == WANTED.record_id_field else field)
    found = only(findings(own))
    assert (found.code, found.exit) == ("SETUP-RECORD-ID", 0)
    assert "subject_no" in found.what


@pytest.mark.parametrize(("form", "harm"), [("labs", Harm.READING), ("licats_query", Harm.WRITING)])
def test_missing_instruments_are_named_and_their_fields_are_not(form: str, harm: Harm) -> None:
    repeats = [one for one in REPEATS if one.form != form]
    found = findings(live(lambda field: None if field.form == form else field), repeats)
    assert [one.code for one in found] == ["SETUP-FORMS", "SETUP-REPEATS"]
    assert form in found[0].what
    assert found[0].harm is harm


def test_optional_instruments_may_be_absent() -> None:
    optional = next(name for name, one in PROTOCOL.instruments.items() if not one.core)
    repeats = [one for one in REPEATS if one.form != optional]
    found = only(findings(live(lambda field: None if field.form == optional else field), repeats))
    assert (found.code, found.exit) == ("SETUP-ABSENT", 0)
    assert optional in found.what


@pytest.mark.parametrize(
    "changed",
    [
        with_field("res_grade_d", type=FieldType.NOTES),
        with_field("res_onset_d", validation="date_dmy"),
        with_field("res_class_d", choices_or_calculations="undet, Undetermined | not, Not"),
        with_field("res_grade_d", form="licats_summary"),
    ],
    ids=["type", "validation", "choices", "form"],
)
def test_a_workers_field_that_cannot_take_its_values_is_named(changed: DataDictionary) -> None:
    found = only(findings(changed))
    assert (found.code, found.harm, found.exit) == ("SETUP-DEFINITION", Harm.WRITING, 2)
    assert "res_" in found.what


def test_labels_of_the_workers_fields_may_be_edited() -> None:
    assert findings(with_field("res_grade_d", label="Grad")) == NOTHING


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (with_field("kidney_onset", form="labs"), "kidney_onset (on form labs)"),
        (with_field("kidney_onset", validation="number"), "kidney_onset (number for date_ymd)"),
        (with_field("lab_crea_val", validation="date_ymd"), "lab_crea_val (date_ymd for number)"),
        (with_field("enr_dx", type=FieldType.CHECKBOX), "enr_dx (checkbox for"),
        (
            with_field("kidney_crit", choices_or_calculations="crea, Creatinine"),
            "kidney_crit (choices are missing)",
        ),
        (with_field("enr_dx", choices_or_calculations="1, SLE | 2, SSc"), "enr_dx (no choice in common)"),
        (with_field("enr_dx", type=FieldType.DESCRIPTIVE, choices_or_calculations=""), "enr_dx (descriptive for"),
    ],
)
def test_a_sites_field_that_means_something_else_blocks_reading(changed: DataDictionary, words: str) -> None:
    found = only(findings(changed))
    assert (found.code, found.harm, found.exit) == ("SETUP-MEANING", Harm.READING, 2)
    assert words in found.what


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (with_field("kidney_onset", validation="date_dmy"), "SETUP-VALIDATION"),
        (with_field("lab_crea_val", validation="number_2dp_comma_decimal"), "SETUP-VALIDATION"),
        (with_field("lab_crea_val", validation=""), "SETUP-VALIDATION"),
        (with_field("lab_crea_val", minimum="0.25"), "SETUP-VALIDATION"),
        (with_field("enr_dx", choices_or_calculations="sle, SLE"), "SETUP-CHOICES"),
        (with_field("kidney_onset", branching_logic="[x] = '1'"), "SETUP-LOGIC"),
        (with_field("kidney_onset", label="Beginn"), "SETUP-WORDING"),
    ],
)
def test_what_can_still_be_read_is_harmless_and_named(changed: DataDictionary, code: str) -> None:
    found = {one.code: one for one in findings(changed)}
    assert found[code].exit == 0
    assert "1 field" in found[code].what
    assert set(found) <= {code, "SETUP-WORDING"}


def test_the_repeating_set_up_must_be_the_protocols() -> None:
    found = only(findings(WANTED, [one for one in REPEATS if one.form != "licats_result"]))
    assert (found.code, found.harm) == ("SETUP-REPEATS", Harm.WRITING)
    assert "licats_result must repeat" in found.what
    found = only(findings(WANTED, [*REPEATS, replace(REPEATS[0], form="licats_summary")]))
    assert "licats_summary must not repeat" in found.what
    found = only(findings(WANTED, [one for one in REPEATS if one.form != "labs"]))
    assert (found.code, found.harm) == ("SETUP-REPEATS", Harm.READING)


def test_in_a_longitudinal_study_a_sites_form_may_repeat_with_its_events() -> None:
    forms = needs_of(PROTOCOL, WANTED).here
    repeats = [one for one in REPEATS if one.form != "labs"]
    assert list(other_repeats(repeats, forms, SETTINGS, longitudinal=True)) == NOTHING
    assert only(other_repeats(repeats, forms, SETTINGS, longitudinal=False))


def test_the_workers_instruments_stand_in_their_first_events() -> None:
    events = [
        Event("A", 1, "a_arm_1", forms=("labs",)),
        Event("B", 1, "b_arm_1", forms=("licats_result",)),
        Event("C", 1, "c_arm_1", forms=("licats_result",)),
    ]
    assert first_events("licats_result", events) == {1: "b_arm_1"}
    found = only(no_event(WORKER, events, SETTINGS, longitudinal=True))
    assert (found.code, found.harm) == ("SETUP-EVENTS", Harm.WRITING)
    assert "licats_summary" in found.what
    assert "licats_result" not in found.what
    assert list(no_event(WORKER, (), SETTINGS, longitudinal=False)) == NOTHING


def test_a_worker_in_a_group_lacks_the_column_of_groups() -> None:
    row = {"record_id": "1"}
    assert only(worker_in_group(row, SETTINGS, access_groups=True)).code == "GUARD-GROUP"
    assert list(worker_in_group(row, SETTINGS, access_groups=False)) == NOTHING
    assert list(worker_in_group({**row, "redcap_data_access_group": ""}, SETTINGS, access_groups=True)) == NOTHING
