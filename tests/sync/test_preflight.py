from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from redcap_licats.api.model import ProjectInfo
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.model import DataDictionary, Event, Field, FieldType
from redcap_licats.errors import ConfigError, FatalError, GuardError
from redcap_licats.forms.build import build_dictionary, build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.preflight import (
    event_of,
    refuse_frozen,
    refuse_missing_fields,
    refuse_other_definitions,
    refuse_other_project,
    refuse_other_repeats,
)

PROTOCOL = load_protocol()
WANTED = build_dictionary(PROTOCOL, "en")
WORKER = ("licats_result", "licats_summary", "licats_query", "licats_medical_query")
SETTINGS = ProjectSettings.model_validate(
    {"name": "study", "url": "https://redcap.example.org/api/", "project_id": 7, "token": {"env": "X"}}
)


def live(change: Callable[[Field], Field | None]) -> DataDictionary:
    return DataDictionary(tuple(field for one in WANTED if (field := change(one))))


def with_field(name: str, **more: Any) -> DataDictionary:
    return live(lambda field: replace(field, **more) if field.name == name else field)


def refusal(guard: Callable[[], None]) -> FatalError:
    with pytest.raises(FatalError) as caught:
        guard()
    assert "study" in caught.value.where
    assert caught.value.remedy
    return caught.value


def test_a_frozen_study_is_never_written() -> None:
    error = refusal(lambda: refuse_frozen(SETTINGS.model_copy(update={"frozen": True})))
    assert (error.code, error.exit_code) == ("STUDY-FROZEN", 4)
    refuse_frozen(SETTINGS)


def test_a_token_of_another_project_is_refused() -> None:
    info = ProjectInfo.from_row({"project_id": "8"})
    error = refusal(lambda: refuse_other_project(info, SETTINGS))
    assert isinstance(error, GuardError)
    assert "project 8" in error.message
    assert "project 7" in error.message
    refuse_other_project(replace(info, project_id=7), SETTINGS)


def test_the_projects_own_fields_and_forms_beside_ours_do_no_harm() -> None:
    own = Field("own_field", "own_form", FieldType.TEXT)
    more = DataDictionary((*WANTED, own))
    refuse_missing_fields(more, WANTED, frozenset(), SETTINGS)
    refuse_other_definitions(more, WANTED, WORKER, SETTINGS)


def test_missing_fields_are_named() -> None:
    gone = ("res_grade_d", "kidney_onset")
    error = refusal(
        lambda: refuse_missing_fields(
            live(lambda field: None if field.name in gone else field), WANTED, frozenset(), SETTINGS
        )
    )
    assert isinstance(error, ConfigError)
    assert error.code == "SETUP-FIELDS"
    assert "2 fields" in error.message
    assert all(name in error.message for name in gone)


def test_the_record_id_may_have_any_name() -> None:
    own = live(lambda field: replace(field, name="subject_no") if field.name == WANTED.record_id_field else field)
    refuse_missing_fields(own, WANTED, frozenset(), SETTINGS)


def test_missing_instruments_are_named_unless_they_may_be_absent() -> None:
    without = live(lambda field: None if field.form == "labs" else field)
    error = refusal(lambda: refuse_missing_fields(without, WANTED, frozenset(), SETTINGS))
    assert error.code == "SETUP-FORMS"
    assert "labs" in error.message
    refuse_missing_fields(without, WANTED, frozenset({"labs"}), SETTINGS)


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
    error = refusal(lambda: refuse_other_definitions(changed, WANTED, WORKER, SETTINGS))
    assert error.code == "SETUP-DEFINITION"
    assert "res_" in error.message


def test_labels_of_the_workers_fields_may_be_edited() -> None:
    refuse_other_definitions(with_field("res_grade_d", label="Grad"), WANTED, WORKER, SETTINGS)


def test_the_repeating_set_up_must_be_the_protocols() -> None:
    repeats = build_project(PROTOCOL).repeats
    forms = {name: one for name, one in PROTOCOL.instruments.items() if not one.each}
    refuse_other_repeats(repeats, forms, SETTINGS, longitudinal=False)
    fewer = [one for one in repeats if one.form != "licats_result"]
    error = refusal(lambda: refuse_other_repeats(fewer, forms, SETTINGS, longitudinal=False))
    assert error.code == "SETUP-REPEATS"
    assert "licats_result must repeat" in error.message
    more = [*repeats, replace(repeats[0], form="licats_summary")]
    error = refusal(lambda: refuse_other_repeats(more, forms, SETTINGS, longitudinal=True))
    assert "licats_summary must not repeat" in error.message


def test_in_a_longitudinal_study_a_sites_form_may_repeat_with_its_events() -> None:
    repeats = [one for one in build_project(PROTOCOL).repeats if one.form != "labs"]
    forms = {name: one for name, one in PROTOCOL.instruments.items() if not one.each}
    refuse_other_repeats(repeats, forms, SETTINGS, longitudinal=True)
    assert refusal(lambda: refuse_other_repeats(repeats, forms, SETTINGS, longitudinal=False))


def test_the_workers_instruments_stand_in_their_first_event() -> None:
    events = [
        Event("A", 1, "a_arm_1", forms=("labs",)),
        Event("B", 1, "b_arm_1", forms=("licats_result",)),
        Event("C", 1, "c_arm_1", forms=("licats_result",)),
    ]
    assert event_of("licats_result", events, SETTINGS, longitudinal=True) == "b_arm_1"
    assert event_of("licats_result", (), SETTINGS, longitudinal=False) == ""
    with pytest.raises(ConfigError) as caught:
        event_of("licats_summary", events, SETTINGS, longitudinal=True)
    assert caught.value.code == "SETUP-EVENTS"
