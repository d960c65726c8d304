"""Our forms under other names and in other events: every reference follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from redcap_licats.definition.dictionary_check import check_dictionary
from redcap_licats.definition.logic import parse, references
from redcap_licats.definition.model import Arm, DataDictionary, Event, Field, FieldType, Project, Repeat
from redcap_licats.errors import ConfigError
from redcap_licats.forms.build import build_project
from redcap_licats.forms.field_map import field_map
from redcap_licats.forms.merge import merge
from redcap_licats.forms.place import Placement, place
from redcap_licats.protocol import load_protocol

PROTOCOL = load_protocol()
OURS = build_project(PROTOCOL)
FORMS = tuple(OURS.dictionary.forms)
OWN = (
    Field("pid", "demo", FieldType.TEXT),
    Field("sex", "demo", FieldType.TEXT),
    Field("cart_day", "cart", FieldType.TEXT, validation="date_ymd"),
)
CLASSIC = Project("", DataDictionary(OWN), {"demo": "", "cart": ""})
EVENTS = tuple(
    Event(name, arm, f"{name}_arm_{arm}", forms=("demo",) if name == "base" else ("cart",))
    for arm in (1, 2)
    for name in ("base", "cart", "late")
)
STUDY = replace(CLASSIC, arms=(Arm(1, ""), Arm(2, "")), events=EVENTS, longitudinal=True)
LATE = ("late_arm_1", "late_arm_2")


def text_of(field: Field) -> str:
    return " ".join(
        (field.label, field.note, field.section_header, field.annotation, field.branching_logic,
         field.choices_or_calculations)
    )  # fmt: skip


def test_a_prefix_reaches_every_name_and_reference() -> None:
    placed = place(OURS, Placement(prefix="lic_"), CLASSIC)
    fields = placed.project.dictionary
    assert placed.unplaced == ()
    assert {one.name for one in fields} == {f"lic_{one.name}" for one in OURS.dictionary} - {"lic_record_id"}
    assert set(placed.project.form_labels) == {f"lic_{form}" for form in FORMS}
    check_dictionary(merge(CLASSIC, placed.project, ()).dictionary)
    old = {one.name for one in OURS.dictionary} - {"record_id"}
    for one in fields:
        if one.branching_logic:
            assert not {read.field for read in references(parse(one.branching_logic))} & old
    assert fields["lic_qry_top"].label.startswith("[form-link:lic_licats_query_answer:Answer this query][current-")
    everything = " ".join(map(text_of, fields)) + " ".join(one.custom_label for one in placed.project.repeats)
    assert not [name for name in old if f"[{name}]" in everything or f"[{name}(" in everything]
    assert [one.custom_label for one in placed.project.repeats] == [
        one.custom_label.replace("[", "[lic_").replace("[lic_current-instance", "[current-instance")
        for one in OURS.repeats
    ]


def test_a_link_that_would_lead_nowhere_is_words_and_named() -> None:
    events = dict.fromkeys(FORMS, LATE) | {"licats_query_decision": ("late_arm_1", "cart_arm_2")}
    placed = place(OURS, Placement(events=events), STUDY)
    label = placed.project.dictionary["qry_top"].label
    assert label == "[form-link:licats_query_answer:Answer this query][current-instance] · Decide on it"
    noted = {(one.field, "no longer links" in one.what) for one in placed.unplaced}
    assert ("qry_top", True) in noted
    assert ("dec_where", True) in noted
    assert ("ans_where", True) not in noted


def test_without_a_placement_nothing_changes() -> None:
    placed = place(OURS, Placement(), replace(CLASSIC, dictionary=DataDictionary(OURS.dictionary.fields[:1])))
    assert placed.project.dictionary.fields == OURS.dictionary.fields[1:]
    assert placed.project.repeats == OURS.repeats


def test_fields_of_another_event_are_read_there_in_each_arm() -> None:
    where = {"enrolment": ("base_arm_1", "base_arm_2"), "licats_summary": ("base_arm_1",)}
    placed = place(OURS, Placement(events=where, elsewhere=LATE), STUDY).project
    condition = placed.dictionary["asm_capd"].branching_logic
    chosen = "if([arm-number] = 1, [base_arm_1][enr_age], [base_arm_2][enr_age])"
    assert condition == f'[asm_done] <> "0" and {chosen} <> "" and {chosen} < 12'
    assert "[base_arm_1][sum_kidney_d]" in placed.dictionary["kidney_status_top"].label
    # the pair stands in one event: nothing to name
    assert placed.dictionary["ans_query"].label == OURS.dictionary["ans_query"].label


def test_in_a_text_the_other_arm_shows_nothing() -> None:
    where = {"licats_summary": ("base_arm_1", "base_arm_2")}
    label = place(OURS, Placement(events=where, elsewhere=LATE), STUDY).project.dictionary["skin_status_top"].label
    assert "[base_arm_1][sum_skin_d:hideunderscore] [base_arm_2][sum_skin_d:hideunderscore]" in label


def test_repeats_are_set_up_in_every_event_of_a_form() -> None:
    placed = place(OURS, Placement(elsewhere=LATE), STUDY).project
    assert [one.event for one in placed.repeats if one.form == "labs"] == list(LATE)
    assert not [one for one in placed.repeats if one.form == "infusion"]
    whole = replace(STUDY, repeats=(Repeat("", "late_arm_1"),))
    with pytest.raises(ConfigError, match="repeats as a whole"):
        place(OURS, Placement(elsewhere=LATE), whole)


def test_a_form_of_the_study_takes_the_place_of_ours_in_every_reference() -> None:
    left_out = frozenset({"enrolment"})
    placed = place(OURS, Placement(left_out=left_out, fields={"enr_age": "age"}), CLASSIC)
    assert "[age] <> " in placed.project.dictionary["asm_capd"].branching_logic
    assert not [one for one in placed.project.dictionary if one.form == "enrolment"]
    unknown = place(OURS, Placement(left_out=left_out), CLASSIC)
    assert unknown.project.dictionary["asm_capd"].branching_logic == ""
    assert "always shown" in next(one.what for one in unknown.unplaced if one.field == "asm_capd")


def test_what_is_computed_from_nothing_is_left_out_and_named() -> None:
    calc = Field("kidney_calc", "licats_kidney", FieldType.CALC, section_header="Head",
                 choices_or_calculations="datediff([inf_date], [kidney_onset], 'd', true)")  # fmt: skip
    shown = Field("kidney_text", "licats_kidney", FieldType.TEXT,
                  annotation="@HIDDEN @CALCTEXT(if([inf_date] = '', 'x, (y)', [kidney_onset]))")  # fmt: skip
    ours = replace(OURS, dictionary=DataDictionary((*OURS.dictionary.fields, calc, shown)))
    found = place(ours, Placement(left_out=frozenset({"infusion"}), fields={"inf_date": "cart_day"}), CLASSIC)
    dictionary = found.project.dictionary
    assert "[cart_day], [kidney_onset]" in dictionary["kidney_calc"].choices_or_calculations
    assert "@HIDDEN @CALCTEXT(if([cart_day] = " in dictionary["kidney_text"].annotation
    lost = place(ours, Placement(left_out=frozenset({"infusion"})), CLASSIC)
    assert "kidney_calc" not in lost.project.dictionary
    assert {one.field for one in lost.unplaced} >= {"kidney_calc", "kidney_text"}


def test_the_event_of_a_field_of_the_studys_own_is_named_too() -> None:
    calc = Field("kidney_calc", "licats_kidney", FieldType.CALC, choices_or_calculations="[inf_date]")
    ours = replace(OURS, dictionary=DataDictionary((*OURS.dictionary.fields, calc)))
    placement = Placement(
        left_out=frozenset({"infusion"}), fields={"inf_date": "cart_day"}, elsewhere=("base_arm_1",)
    )
    fields = place(ours, placement, STUDY).project.dictionary
    assert fields["kidney_calc"].choices_or_calculations == "[cart_arm_1][cart_day]"


@pytest.mark.parametrize(
    ("placement", "code"),
    [
        (Placement(prefix="p" * 95), "PLACE-NAME"),
        (Placement(), "PLACE-NO-EVENT"),
        (Placement(elsewhere=("nowhere_arm_1",)), "PLACE-EVENT"),
    ],
)
def test_what_cannot_be_is_refused(placement: Placement, code: str) -> None:
    with pytest.raises(ConfigError) as refused:
        place(OURS, placement, STUDY)
    assert refused.value.code == code
    assert refused.value.remedy


def test_brackets_that_name_no_field_stay_letter_by_letter() -> None:
    unit = replace(OURS.dictionary["lab_crp_val"], annotation="UCUM=[IU]/mL", note="[see SOP] [user-name]")
    ours = replace(OURS, dictionary=DataDictionary((OURS.dictionary.fields[0], unit)))
    new = place(ours, Placement(prefix="lic_"), CLASSIC).project.dictionary["lic_lab_crp_val"]
    assert (new.annotation, new.note) == (unit.annotation, unit.note)


def test_what_the_studys_own_forms_give_is_not_asked_twice() -> None:
    placement = Placement(prefix="lic_", given=frozenset({"enr_age", "enr_sex"}), fields={"enr_age": "years"})
    placed = place(OURS, placement, CLASSIC)
    fields = placed.project.dictionary
    enrolment = {one.name for one in OURS.dictionary.forms["enrolment"]} - {"record_id", "enr_age", "enr_sex"}
    assert {one.name for one in fields.forms["lic_enrolment"]} == {f"lic_{name}" for name in enrolment}
    reads = {one.field for one in references(parse(fields["lic_asm_capd"].branching_logic))}
    assert reads == {"lic_asm_done", "years"}
    mapped = field_map(PROTOCOL, placed.names)
    assert mapped["forms"]["enrolment"]["fields"]["age"] == "years"  # type: ignore[index]
    assert "sex" not in mapped["forms"]["enrolment"]["fields"]  # type: ignore[index]
