"""The field map names every field of the project once, by concept, and words the worker's codes."""

from __future__ import annotations

import json
from pathlib import Path

from redcap_licats.definition.model import FieldType
from redcap_licats.forms import build_project
from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.field_map import field_map
from redcap_licats.protocol import load_protocol
from redcap_licats.query.model import State
from redcap_licats.query.rows import STATE_CODES

PROTOCOL = load_protocol()
MAP = json.loads(json.dumps(field_map(PROTOCOL)))
DICTIONARY = build_project(PROTOCOL).dictionary


def test_every_field_stands_in_it_once() -> None:
    for form, fields in DICTIONARY.forms.items():
        named = list(MAP["forms"][form]["fields"].values())
        expected = [
            one.name for one in fields if one.type is not FieldType.DESCRIPTIVE and one.name != "record_id"
        ]
        assert named == expected
    assert MAP["forms"].keys() == DICTIONARY.forms.keys()


def test_concepts_are_the_same_on_the_forms_of_all_organs() -> None:
    forms = {one["form"] for one in MAP["organs"].values()}
    assert len(forms) == len(PROTOCOL.organs)
    assert all("inv_grade" in MAP["forms"][form]["fields"] for form in forms)
    assert MAP["forms"]["licats_result"]["fields"]["onset_day"] == "res_onset_day_d"


def test_codes_are_those_of_both_dictionaries() -> None:
    languages = {language: build_dictionary(PROTOCOL, language) for language in ("en", "ja")}
    for form, one in MAP["forms"].items():
        assert bool(one["codes"]) <= (one["writer"] == "worker")
        for concept, codes in one["codes"].items():
            for language, dictionary in languages.items():
                (field,) = (each for each in dictionary.forms[form] if each.name == one["fields"][concept])
                assert {code: label[language] for code, label in codes.items()} == field.choices


def test_the_states_of_queries_are_worded() -> None:
    assert MAP["forms"]["licats_query"]["codes"]["state"].keys() == {STATE_CODES[one] for one in State}


def test_settings_of_an_overlay_come_along(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("[settings]\nshow_grade_after_investigator = false\nlanguage = 'ja'\n")
    changed = json.loads(json.dumps(field_map(load_protocol(tmp_path))))
    assert changed["settings"] == {"grade_after_investigator": False}
    assert changed["protocol"]["hash"] != MAP["protocol"]["hash"]
    # labels stand in both languages, whatever the study's is
    assert changed["forms"] == MAP["forms"]
