"""What the forms offer the reader knows, and nothing else; a blank form says nothing."""

from __future__ import annotations

import pytest

from redcap_licats.definition.model import Field, FieldType
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.model import (
    Adjudication,
    Assessment,
    Course,
    Enrolment,
    Infusion,
    Involvement,
    OrganEvent,
    Place,
    Stay,
    Subject,
    Toxicity,
)
from redcap_licats.subject.read import read_subject, variables_read
from redcap_licats.subject.rows import ICE_ITEMS

PROTOCOL = load_protocol()
READ = variables_read(PROTOCOL)
DICTIONARY = build_project(PROTOCOL).dictionary
CHOICES = {
    form: [one for one in DICTIONARY if one.form == form and one.choices and one.name in READ]
    for form in DICTIONARY.forms
}
#: details of an organ, which are kept as they were entered
AS_ENTERED = {"skin_type", "joint_us_res", "heart_ecg_res", "heart_echo_res"}


def read(form: str, **cells: str) -> Subject:
    row = {"record_id": "1", "redcap_repeat_instrument": form, "redcap_repeat_instance": "1", **cells}
    return read_subject([row], PROTOCOL)


def answer(field: Field, code: str) -> Subject:
    if field.type is FieldType.CHECKBOX:
        return read(field.form, **{f"{field.name}___{code}": "1"})
    return read(field.form, **{field.name: code})


@pytest.mark.parametrize("form", [form for form, fields in CHOICES.items() if fields])
def test_every_answer_of_a_form_is_read_and_no_other(form: str) -> None:
    refused = [(one.name, code) for one in CHOICES[form] for code in one.choices if answer(one, code).unreadable]
    others = {one: {"unlisted", "skin"} - set(one.choices) for one in CHOICES[form]}
    taken = {one.name for one, codes in others.items() for code in codes if not answer(one, code).unreadable}
    assert not refused
    assert taken <= AS_ENTERED


BLANK_EVENT = OrganEvent(
    place=Place("licats_skin"),
    organ="skin",
    symptom_start=None,
    onset=None,
    end=None,
    ongoing=None,
    new_or_worsening="",
    criteria=frozenset(),
    evidence="",
    sample_id="",
    inner_organ=None,
    causes=dict.fromkeys(("infection", "drug", "crs", "icans", "flare", "othercause", "contact")),
    glucocorticoid=None,
    glucocorticoid_reason="",
    other_treatment=frozenset(),
    hospital=None,
    icu=None,
    biopsy=None,
    outcome="",
    investigator_grade=None,
    ctcae_term="",
    ctcae_version="",
    ctcae_grade=None,
)


def test_a_blank_form_says_nothing() -> None:
    """A missing-data code makes a row, and nothing else."""
    nothing: frozenset[str] = frozenset()
    no_organs = {slug: Involvement(None) for slug in PROTOCOL.organs}
    assert read("enrolment", enr_age="UNK").enrolment == Enrolment(
        Place("enrolment"), None, None, "", None, None, None, no_organs
    )
    assert read("infusion", inf_product="UNK").infusions == (Infusion(Place("infusion"), None, None, None, None),)
    assert read("assessment", asm_visit="UNK").assessments == (
        Assessment(Place("assessment"), "", "", None, None, ice=dict.fromkeys(ICE_ITEMS)),
    )
    assert read("crs_icans", tox_onset="UNK").toxicities == (
        Toxicity(Place("crs_icans"), "", None, None, None, None, None, None, None, None),
    )
    assert read("glucocorticoid", gc_dose="UNK").courses == (
        Course(Place("glucocorticoid"), "", "", None, "", "", "", None, None, None, nothing),
    )
    assert read("hospital_stay", hos_adm="UNK").stays == (
        Stay(Place("hospital_stay"), None, None, None, None, nothing, None, nothing, None, None, None, nothing),
    )
    assert read("licats_skin", skin_crit_evid="UNK").events == (BLANK_EVENT,)
    assert read("licats_adjudication", adj_reason="UNK").adjudications == (
        Adjudication(Place("licats_adjudication"), "", "", "", None, "", None),
    )
