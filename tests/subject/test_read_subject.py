"""Flat rows to a subject: rows, instances, codes, partial dates, statuses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.errors import RecordError
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.model import Input, OrganEvent, PartialDate, Place, Subject
from redcap_licats.subject.read import read_subject, variables_read

PROTOCOL = load_protocol()


def read(*rows: dict[str, Any], **options: Any) -> Subject:
    return read_subject([{"record_id": "7", **row} for row in rows], PROTOCOL, **options)


def repeat(form: str, number: int | str, **cells: str) -> dict[str, Any]:
    return {"redcap_repeat_instrument": form, "redcap_repeat_instance": number, **cells}


def skin(**cells: str) -> OrganEvent:
    (event,) = read(repeat("licats_skin", 1, **{f"skin_{name}": value for name, value in cells.items()})).events
    return event


ROWS = [
    {
        "redcap_data_access_group": "erlangen",
        "enr_age": "8",
        "enr_sex": "F",
        "enr_dx": "sle",
        "enr_skin_aff": "9",
        "inf_date": "2024-02-29",
        "inf_ld_drugs___cy": "1",
        "inf_ld_drugs___flu": "0",
        "enrolment_complete": "2",
    },
    repeat("licats_skin", 2, skin_onset="2024-03-10", skin_crit___rash="1", skin_crit___mucosa="0"),
    repeat("licats_skin", 1, skin_onset="2024-03-20", licats_skin_complete="0"),
    repeat("labs", "1", lab_date="2024-03-01", lab_lab="conv", lab_crea_val="1.2"),
    repeat("labs", "2", lab_date="2024-02-01", lab_lab="conv", lab_crea_val="0,8"),
    repeat("licats_result", "1", res_key_d="skin-1", res_grade_d="1"),
]


def test_a_record_is_read() -> None:
    subject = read(*ROWS)
    assert (subject.record, subject.group, subject.day_zero) == ("7", "erlangen", dt.date(2024, 2, 29))
    assert subject.infusion is not None and subject.infusion.drugs == {"cy"}
    assert subject.enrolment is not None and subject.enrolment.organs["skin"].affected == "unknown"
    assert [event.key for event in subject.events] == ["skin-2", "skin-1"]
    assert subject.events[0].criteria == {"rash"}
    assert [sample.place.instance for sample in subject.samples] == [2, 1]
    assert subject.statuses == {Place("enrolment"): "2", Place("licats_skin", 1): "0"}
    assert not subject.unreadable and not subject.coded


@given(st.permutations(ROWS))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]]) -> None:
    assert read(*rows) == read(*ROWS)


@pytest.mark.parametrize(
    ("form", "field", "name", "more"),
    [
        ("infusion", "inf_date", "infusions", {"inf_product": "A"}),
        ("labs", "lab_date", "samples", {"lab_sample_id": "A"}),
        ("assessment", "asm_date", "assessments", {"asm_spo2": "97"}),
        ("crs_icans", "tox_onset", "toxicities", {"tox_kind": "crs"}),
        ("glucocorticoid", "gc_start", "courses", {"gc_drug": "pred"}),
        ("hospital_stay", "hos_adm", "stays", {"hos_reason___crs": "1"}),
        ("conmed", "cm_start", "medications", {"cm_drug": "A"}),
        ("prior_therapy", "pt_start_ym", "prior_therapies", {"pt_drug": "A"}),
        ("microbiology", "mic_date", "microbiology", {"mic_org_text": "A"}),
        ("imaging", "img_date", "imaging", {"img_text": "A"}),
        ("biopsy", "bio_date", "biopsies", {"bio_organ": "skin"}),
        ("adverse_event", "ae_start", "adverse_events", {"ae_term": "A"}),
    ],
)
def test_rows_of_a_form_are_in_order_of_their_dates(
    form: str, field: str, name: str, more: dict[str, str]
) -> None:
    dates = {1: "2024-04-02", 2: "2024-02-29", 3: "", 4: "2024-03-01"}
    if field.endswith("_ym"):
        dates = {number: date[:7] for number, date in dates.items()}
    rows = [repeat(form, number, **{field: date, **more}) for number, date in dates.items()]
    assert [one.place.instance for one in getattr(read(*rows), name)] == [2, 4, 1, 3]


def test_empty_instances_are_ignored() -> None:
    empty = [
        repeat("labs", 3, lab_date="", lab_crea_val=" "),
        repeat("glucocorticoid", 1, gc_ind___skin="0", gc_ind___maint="0"),
        repeat("licats_kidney", 1),
    ]
    assert read(*ROWS, *empty) == read(*ROWS)


def test_a_saved_but_empty_form_keeps_its_status() -> None:
    subject = read(*ROWS, repeat("licats_kidney", 4, licats_kidney_complete="2", kidney_crit___crea="0"))
    assert subject.statuses[Place("licats_kidney", 4)] == "2"
    assert [event.organ for event in subject.events] == ["skin", "skin"]


def test_the_workers_instruments_are_no_part_of_a_subject() -> None:
    assert not any(place.form == "licats_result" for place in read(*ROWS).values)


def test_values_are_kept_as_entered() -> None:
    values = read(*ROWS).values
    assert values[Place("labs", 2)]["lab_crea_val"] == "0,8"
    assert values[Place("licats_skin", 2)] == {"skin_onset": "2024-03-10", "skin_crit___rash": "1"}


def test_a_longitudinal_study_keeps_events_apart() -> None:
    subject = read(
        {"redcap_event_name": "baseline_arm_1", "inf_date": "2024-01-10"},
        {"redcap_event_name": "visit_arm_1", "redcap_repeat_instance": 2, "lab_date": "2024-01-20"},
        {"redcap_event_name": "visit_arm_1", "redcap_repeat_instance": 1, "lab_date": "2024-01-15"},
    )
    assert [sample.place for sample in subject.samples] == [
        Place("labs", 1, "visit_arm_1"),
        Place("labs", 2, "visit_arm_1"),
    ]


def test_another_record_id_field() -> None:
    subject = read_subject([{"study_id": "A-1", "inf_date": "2024-01-10"}], PROTOCOL, record_id_field="study_id")
    assert subject.record == "A-1"


@pytest.mark.parametrize("rows", [[], [{"record_id": "1"}, {"record_id": "2"}]])
def test_rows_of_no_or_several_records_are_refused(rows: list[dict[str, str]]) -> None:
    with pytest.raises(RecordError) as refused:
        read_subject(rows, PROTOCOL)
    assert refused.value.code == "SUBJECT-RECORD"
    assert f"{len(rows)} records" in str(refused.value)
    assert refused.value.where == ", ".join(row["record_id"] for row in rows)
    assert refused.value.remedy


def test_missing_data_codes_are_no_values() -> None:
    subject = read(
        {"inf_date": "UNK", "inf_ld_drugs___unk": "1"},
        repeat("labs", 1, lab_date="2024-01-01", lab_lab="conv", lab_crea_val="ND"),
    )
    assert subject.day_zero is None
    assert subject.infusion is not None and subject.infusion.drugs == frozenset()
    assert subject.samples[0].results["crea"].not_done == ""
    assert subject.coded == (
        Input(Place("infusion"), "inf_date", "UNK"),
        Input(Place("infusion"), "inf_ld_drugs", "UNK"),
        Input(Place("labs"), "lab_crea_val", "ND"),
    )
    assert not subject.unreadable


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [
        ("licats_skin", "skin_end", "31.12.2024"),
        ("licats_skin", "skin_bsa", "ten"),
        ("licats_skin", "skin_ac_infection", "5"),
        ("licats_skin", "skin_gc", "yes"),
        ("licats_skin", "skin_inv_grade", "5"),
        ("glucocorticoid", "gc_drug", "morphine"),
        ("glucocorticoid", "gc_dose", "20 mg"),
        ("crs_icans", "tox_grade", "6"),
        ("licats_adjudication", "adj_class", "sure"),
    ],
)
def test_what_does_not_fit_its_field_is_noted(form: str, field: str, value: str) -> None:
    subject = read(repeat(form, 1, **{field: value}))
    assert subject.unreadable == (Input(Place(form), field, value),)


@pytest.mark.parametrize(
    ("form", "field", "grades"),
    [
        ("licats_skin", "skin_inv_grade", "1234"),
        ("licats_skin", "skin_ctc_grade", "12345"),
        ("licats_adjudication", "adj_grade", "1234"),
        ("crs_icans", "tox_grade", "12345"),
    ],
)
def test_which_grades_there_are(form: str, field: str, grades: str) -> None:
    unread = [grade for grade in "0123456" if read(repeat(form, 1, **{field: grade})).unreadable]
    assert unread == [grade for grade in "0123456" if grade not in grades]


def test_an_unknown_answer_of_a_checkbox_is_noted() -> None:
    subject = read(repeat("licats_skin", 1, skin_crit___rash="1", skin_crit___itch="1"))
    assert subject.events[0].criteria == {"rash"}
    assert subject.unreadable == (Input(Place("licats_skin"), "skin_crit", "itch"),)


@pytest.mark.parametrize(
    ("cells", "onset"),
    [
        ({"onset": "2024-03-01"}, PartialDate(2024, 3, 1)),
        ({"onset": "2024-03-01", "onset_prec": "day", "onset_ym": "2024-02"}, PartialDate(2024, 3, 1)),
        ({"onset_prec": "month", "onset_ym": "2024-03"}, PartialDate(2024, 3)),
        ({"onset": "2024-03-01", "onset_prec": "month", "onset_ym": "2024-02"}, PartialDate(2024, 2)),
        ({"onset": "2024-03-01", "onset_prec": "month"}, None),
        ({"onset_ym": "2024-03"}, PartialDate(2024, 3)),
        ({"onset_prec": "day", "onset_ym": "2024-03"}, None),
    ],
)
def test_onset_to_the_day_or_the_month(cells: dict[str, str], onset: PartialDate | None) -> None:
    assert skin(site="Arm", **cells).onset == onset


def test_an_organs_own_fields_are_details() -> None:
    event = skin(type="rash", bsa="12,5", site="Trunk", extra="x", bsa_note="UNK", onset="2024-03-01")
    assert event.details == {"type": "rash", "bsa": "12,5", "site": "Trunk", "extra": "x"}


def test_cells_are_named_as_inputs() -> None:
    subject = read(*ROWS)
    assert subject.cell(Place("licats_skin", 2), "skin_crit").value == "rash"
    assert subject.cell(Place("licats_skin", 2), "skin_end").value == ""


def test_blank_is_not_no() -> None:
    assert skin(site="Arm").glucocorticoid is None
    assert skin(gc="0").glucocorticoid is False
    assert skin(site="Arm").causes["infection"] is None


def test_variables_read_name_the_core_of_every_form() -> None:
    variables = variables_read(PROTOCOL)
    assert {
        "enr_kidney_aff",
        "inf_ld_start",
        "lab_crea_unit",
        "asm_o2_device",
        "tox_grade",
        "gc_ind",
        "hos_prol_reason",
        "skin_crit",
        "kidney_ac_tma",
        "lung_o2_start",
        "other_text",
        "adj_class",
    } <= variables
    assert not any("___" in one for one in variables)


def test_the_built_project_has_every_variable_read() -> None:
    fields = {field.name for field in build_project(PROTOCOL).dictionary.fields}
    assert variables_read(PROTOCOL) <= fields


def test_stems_can_be_told_from_a_variables_first_part() -> None:
    stems = [one.stem for one in PROTOCOL.instruments.values()] + list(PROTOCOL.organs)
    assert len(set(stems)) == len(stems)
    assert not any("_" in stem for stem in stems)
