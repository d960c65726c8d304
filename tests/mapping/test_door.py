from __future__ import annotations

from decimal import Decimal

import pytest
from own_study import own_project

from redcap_licats.mapping.cells import multiplied
from redcap_licats.mapping.door import Door
from redcap_licats.mapping.model import Mapping
from redcap_licats.mapping.names import BLOCK, Names
from redcap_licats.mapping.ours import ours_of
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.model import Place

PROTOCOL = load_protocol()
STUDY = own_project()
SAID = Mapping.model_validate(
    {
        "prefix": "lx_",
        "missing": {"-99": "UNK", "-1": ""},
        "form": {
            "labs": {
                "form": "labs",
                "constant": {"lab": "other"},
                "field": {
                    "date": {"field": "lab_when", "take": "date"},
                    "crea_val": {"field": "lab_crea_val", "unit": "umoll"},
                    "sample_id": "dm_age",
                },
            },
            "conmed": [
                {
                    "form": "medication",
                    "field": {
                        "drug": "med_name",
                        "class": {"field": "med_group", "codes": {"1": "nsaid", "2": ""}},
                    },
                },
                {"form": "ae", "field": {"drug": "ae_what", "ind___crs": "ae_sae"}},
            ],
            "hospital_stay": {
                "form": "stay",
                "field": {"adm": "st_in", "reason": {"field": "st_why", "codes": {"1": "infusion", "2": "lung"}}},
            },
        },
    }
)
NAMES = Names(SAID, ours_of(PROTOCOL), STUDY.dictionary, STUDY.events)
DOOR = Door(NAMES)
BLANK = dict.fromkeys(
    (
        *("study_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"),
        *(column for field in STUDY.dictionary for column in field.columns if column != "study_id"),
        *(f"{form}_complete" for form in STUDY.dictionary.forms),
    ),
    "",
)
Row = dict[str, str]


def row(
    form: str = "", instance: str = "", event: str = "treatment_arm_1", record: str = "1", **cells: str
) -> Row:
    keys = {
        "study_id": record,
        "redcap_event_name": event,
        "redcap_repeat_instrument": form,
        "redcap_repeat_instance": instance,
    }
    return BLANK | keys | cells


def filled(rows: list[Row]) -> list[Row]:
    return [{name: value for name, value in one.items() if value} for one in rows]


def at(form: str, instance: int | str, event: str = "treatment_arm_1") -> Row:
    return {
        "study_id": "1",
        "redcap_event_name": event,
        "redcap_repeat_instrument": form,
        "redcap_repeat_instance": str(instance),
    }


def test_an_instance_of_theirs_becomes_one_of_ours() -> None:
    rows = [row("labs", "2", lab_when="2026-01-02 08:30", lab_crea_val="114.92", labs_complete="2")]
    assert filled(DOOR.inward(rows)) == [
        at("labs", 2)
        | {
            "lab_date": "2026-01-02",
            "lab_crea_val": "114.92",
            "lab_crea_unit": "umoll",
            "lab_lab": "other",
            "labs_complete": "2",
        }
    ]


def test_a_form_of_a_repeating_event_becomes_an_instance_and_fields_beside_it_come_along() -> None:
    rows = [row("", "3", "visits_arm_1", lab_crea_val="90", dm_age="S7")]
    (_, mine) = filled(DOOR.inward(rows))
    assert mine == at("labs", 3, "visits_arm_1") | {
        "lab_crea_val": "90",
        "lab_crea_unit": "umoll",
        "lab_lab": "other",
        "lab_sample_id": "S7",
    }


def test_a_blank_form_of_theirs_is_no_row() -> None:
    rows = [row("labs", "1", lab_sedi="1", labs_complete="0")]
    assert filled(DOOR.inward(rows)) == [{"study_id": "1"}]


def test_two_forms_of_theirs_keep_apart_and_lead_back() -> None:
    rows = [row("medication", "1", med_name="A", med_group="1"), row("ae", "1", ae_what="B", ae_sae="1")]
    first, second = filled(DOOR.inward(rows))
    assert first == at("conmed", 1) | {"cm_drug": "A", "cm_class": "nsaid"}
    assert second == at("conmed", 1 + BLOCK) | {"cm_drug": "B", "cm_ind___crs": "1"}
    ours = Place("conmed", 1 + BLOCK, "treatment_arm_1")
    theirs = Place("ae", 1, "treatment_arm_1")
    assert NAMES.theirs(ours, "cm_drug") == (theirs, "ae_what")
    assert NAMES.ours_of(theirs, "ae_what") == (ours, "cm_drug")


def test_a_checkbox_keeps_every_tick() -> None:
    rows = [row("stay", "1", st_in="2026-01-01", st_why___1="1", st_why___2="1", st_why___3="0")]
    (mine,) = filled(DOOR.inward(rows))
    assert {name for name in mine if "___" in name} == {"hos_reason___infusion", "hos_reason___lung"}


@pytest.mark.parametrize(("codes", "blank"), [({"1": "1", "0": "0"}, "0"), ({"1": "1"}, "")])
def test_a_box_that_is_not_ticked_begins_no_row(codes: dict[str, str], blank: str) -> None:
    boxes = {"drug": "med_name", "ongoing": {"field": "med_goes_on___1", "codes": codes}}
    said = Mapping.model_validate({"form": {"conmed": {"form": "medication", "field": boxes}}})
    door = Door(Names(said, ours_of(PROTOCOL), STUDY.dictionary, STUDY.events))
    rows = [row(med_goes_on___1="0"), row("medication", "1", med_name="A", med_goes_on___1="0")]
    _, mine = door.inward(rows)
    assert (mine["cm_drug"], mine["cm_ongoing"]) == ("A", blank)
    assert len(door.inward(rows)) == 2


@pytest.mark.parametrize(("entered", "ours"), [("1", "nsaid"), ("2", ""), ("3", "3"), ("-99", "UNK"), ("-1", "")])
def test_codes_are_translated_and_what_has_no_meaning_stays_to_be_asked_about(entered: str, ours: str) -> None:
    (mine,) = filled(DOOR.inward([row("medication", "1", med_name="A", med_group=entered)]))
    assert mine.get("cm_class", "") == ours


def test_all_rows_have_the_same_columns_whatever_the_order_of_rows() -> None:
    rows = [
        row("labs", "1", lab_crea_val="1"),
        row("medication", "1", med_name="A"),
        row("labs", "2", lab_crea_val="2"),
        row("labs", "1", record="2", lab_crea_val="2"),
    ]
    mine = DOOR.inward(rows)
    assert len({tuple(one) for one in mine}) == 1

    def key(one: Row) -> list[tuple[str, str]]:
        return sorted(one.items())

    assert sorted(map(key, DOOR.inward(rows[::-1]))) == sorted(map(key, mine))


def test_what_is_written_carries_the_prefix() -> None:
    ours = at("licats_result", 1) | {"res_grade_d": "2", "redcap_data_access_group": "site_a"}
    (theirs,) = DOOR.outward([ours])
    assert theirs == at("lx_licats_result", 1) | {"lx_res_grade_d": "2", "redcap_data_access_group": "site_a"}


def test_a_concept_that_a_form_of_theirs_lacks_leads_to_the_form() -> None:
    place, field = NAMES.theirs(Place("conmed", 1, "treatment_arm_1"), "cm_stop")
    assert (place.form, field) == ("medication", "med_name")
    assert "cm_stop" in NAMES.unmapped
    assert "cm_drug" not in NAMES.unmapped


@pytest.mark.parametrize(
    ("entered", "factor", "product"),
    [
        ("1.5", "1000", "1500"),
        ("0,1", "0.1", "0.01"),
        ("300", "0.001", "0.3"),
        ("n.d.", "10", "n.d."),
        ("0", "7", "0"),
    ],
)
def test_numbers_are_multiplied_exactly(entered: str, factor: str, product: str) -> None:
    assert multiplied(entered, Decimal(factor)) == product
