"""What makes the forms easy to fill in, beside that they hold together."""

from __future__ import annotations

from itertools import pairwise

import pytest

from redcap_licats.definition.action_tags import action_tags
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.read import read_subject

PROTOCOL = load_protocol()
DICTIONARY = build_dictionary(PROTOCOL, "en")


@pytest.mark.parametrize(
    ("group", "rows"),
    [
        ("enr_organs", [f"enr_{slug}_aff" for slug in PROTOCOL.organs]),
        ("asm_ice", ["asm_ice_cmd", "asm_ice_write", "asm_ice_att"]),
        ("bio_cells", ["bio_bcells", "bio_tcells"]),
        ("heart_tests", ["heart_ecg_res", "heart_echo_res"]),
        ("gi_causes", [f"gi_ac_{cause.id}" for cause in PROTOCOL.causes_of("gi")]),
    ],
)
def test_questions_with_the_same_answers_stand_in_a_matrix(group: str, rows: list[str]) -> None:
    assert [field.name for field in DICTIONARY if field.matrix_group == group] == rows


def test_neighbours_with_the_same_many_answers_are_not_asked_one_by_one() -> None:
    """Two or three answers are quicker read beside each question; a block of more belongs into a matrix."""

    def alone(field: Field) -> bool:
        return field.type is FieldType.RADIO and not field.matrix_group and not field.branching_logic

    scattered = [
        (before.name, after.name)
        for before, after in pairwise(DICTIONARY)
        if before.form == after.form and not before.name.endswith("_d") and alone(before) and alone(after)
        if len(before.choices) > 2 and before.choices == after.choices
    ]
    assert scattered == []


def test_a_header_is_never_said_twice_in_a_row() -> None:
    for fields in DICTIONARY.forms.values():
        headers = [field.section_header for field in fields if field.section_header]
        assert all(before != after for before, after in pairwise(headers))


def test_analytes_stand_under_their_groups() -> None:
    headers = {one.name: one.section_header for one in DICTIONARY.forms["labs"] if one.section_header}
    assert headers["lab_crea_val"] == "Kidney"
    assert "lab_upcr_val" not in headers
    assert set(headers.values()) >= {group.label.en for group in PROTOCOL.analyte_groups.values()}


def test_a_value_says_its_units_and_limits_and_what_assays_share_none() -> None:
    assert DICTIONARY["lab_crea_val"].note.endswith("Units in use: mg/dL, µmol/L. Limits: 0.1–20 mg/dL")
    assert DICTIONARY["lab_dsdna_val"].note.endswith("Limits: –")


def test_reasons_for_tests_not_done_are_asked_only_where_there_are_any() -> None:
    assert all(
        DICTIONARY[f"lab_{slug}_nd"].branching_logic.endswith("[lab_nd_any] = '1'") for slug in PROTOCOL.analytes
    )


def test_none_of_the_treatments_excludes_the_others_and_is_no_treatment() -> None:
    field = DICTIONARY["skin_tx_other"]
    assert action_tags(field.annotation)["@NONEOFTHEABOVE"] in field.choices
    row = {
        "record_id": "1",
        "redcap_repeat_instrument": "licats_skin",
        "redcap_repeat_instance": "1",
        "skin_tx_other___none": "1",
    }
    (event,) = read_subject([row], PROTOCOL).events
    assert event.other_treatment == frozenset()
    assert not read_subject([row], PROTOCOL).unreadable


def test_no_clinical_date_fills_itself_in() -> None:
    dates = [field for field in DICTIONARY if field.validation.startswith("date")]
    itself = {"@TODAY", "@NOW", "@DEFAULT", "@SETVALUE"}
    assert [field.name for field in dates if itself & {*action_tags(field.annotation)}] == []
