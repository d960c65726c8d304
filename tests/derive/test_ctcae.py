"""CTCAE beside the LICATS grade, against tables written by hand from the two versions (facts 3.6)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from records import Cell, Entries, day, event_of, finished

from redcap_licats.derive.model import EventResult
from redcap_licats.derive.toxicity import CtcaeGrade
from redcap_licats.messages import catalogue
from redcap_licats.protocol import load_protocol

Grade = int | str  #: a grade, or the code of what keeps it open


def said(one: CtcaeGrade) -> Grade:
    """Give the grade, else what is missing."""
    return " ".join(one.missing) if one.grade is None else one.grade


def both(result: EventResult) -> tuple[Grade, Grade]:
    return said(result.ctcae5), said(result.ctcae6)


def measured(
    organ: str, analyte: str, base: str, peak: str, lab: str = "conv", age: str = "30", **more: str
) -> EventResult:
    """An event with a baseline and a peak; in laboratory "conv" a woman's creatinine is 0.5 to 1.1 mg/dL."""
    labs: list[Entries] = [
        {"date": day(number), "lab": lab, f"{analyte}_val": value, **more}
        for number, value in ((-7, base), (12, peak))
    ]
    event = finished(organ, crit={analyte})
    return event_of(enrolment={"sex": "F", "age": age}, labs=labs, **{organ: event})


@pytest.mark.parametrize(
    ("base", "peak", "v5", "v6"),
    [
        ("0.6", "1.0", 2, 0),  # 1.67-fold within normal: LICATS yes, v5 grade 2, v6 none
        ("0.6", "0.9", 0, 0),  # exactly 1.50-fold: LICATS yes, CTCAE no
        ("0.8", "1.2", 1, 1),  # exactly 1.50-fold, above the upper limit
        ("0.6", "0.91", 2, 0),
        ("0.6", "1.1", 2, 0),
        ("0.6", "1.11", 2, 1),
        ("0.6", "1.65", 2, 1),  # 1.5 times the upper limit
        ("0.6", "1.66", 2, 2),
        ("0.6", "1.8", 2, 2),  # 3 times the baseline
        ("0.6", "1.81", 3, 2),
        ("0.6", "3.3", 3, 2),  # 3 times the upper limit
        ("0.6", "3.31", 3, 3),
        ("0.6", "6.6", 3, 3),
        ("0.6", "6.61", 4, 4),
        ("1.0", "1.5", 1, 1),
        ("1.0", "1.51", 2, 1),
        ("0.5", "0.76", 2, 0),  # a baseline at the lower limit is not below it
        ("0.49", "0.76", 2, 2),
        ("0.4", "0.6", 0, 0),
        ("0.4", "0.61", 2, 2),
        ("0.4", "1.2", 2, 2),
        ("0.4", "1.21", 3, 3),
        ("", "1.0", "baseline", "baseline"),
        ("", "6.61", 4, 4),  # no baseline can raise it
        ("<0.6", "1.0", "baseline_censored", "baseline_censored"),
        ("0", "1.0", "baseline_zero", "baseline_zero"),
        ("0.8", "", "peak", "peak"),
        ("0.8", ">1.2", "peak_censored", "peak_censored"),
        ("0.8", "<1.0", 0, 0),
    ],
)
def test_creatinine(base: str, peak: str, v5: Grade, v6: Grade) -> None:
    assert both(measured("kidney", "crea", base, peak)) == (v5, v6)


def test_creatinine_in_other_units() -> None:
    assert both(measured("kidney", "crea", "53.04", "88.4", lab="si")) == (2, 0)  # 0.6 and 1.0 mg/dL


@pytest.mark.parametrize(
    ("limits", "v5", "v6"),
    [
        ({}, "upper_limit", "upper_limit"),
        ({"crea_uln": "1.1"}, 2, "lower_limit"),
        ({"crea_uln": "1.1", "crea_lln": "0.5"}, 2, 0),
        ({"crea_uln": "1.1", "crea_lln": "0.7"}, 2, 2),
    ],
)
def test_creatinine_needs_the_limits(limits: Mapping[str, str], v5: Grade, v6: Grade) -> None:
    more = {"ref_differ": "1", "crea_unit": "mgdl", **limits}
    assert both(measured("kidney", "crea", "0.6", "1.0", lab="other", **more)) == (v5, v6)


@pytest.mark.parametrize(
    ("peak", "age", "v5", "v6"),
    [
        ("0.2", "30", "age_group", 0),  # v5 cannot grade an adult's ratio
        ("0.21", "30", "age_group", 1),
        ("0.99", "18", "age_group", 1),
        ("1", "30", "age_group", 2),
        ("3.5", "30", "age_group", 2),
        ("3.51", "30", "age_group", 3),
        ("0.49", "17", "urine_protein", "age_group"),
        ("0.5", "17", 2, "age_group"),
        ("1.9", "17", 2, "age_group"),
        ("1.91", "17", 3, "age_group"),
        ("1.0", "", "age", "age"),
        ("", "30", "age_group", "peak"),
        ("<1.5", "30", "age_group", "peak_censored"),
        (">1", "30", "age_group", "peak_censored"),
    ],
)
def test_urine_protein(peak: str, age: str, v5: Grade, v6: Grade) -> None:
    assert both(measured("kidney", "upcr", "0.1", peak, age=age)) == (v5, v6)


@pytest.mark.parametrize(
    ("peak", "v5"),
    [
        ("170", 0),
        ("171", 1),
        ("425", 1),  # 2.5 times 170
        ("426", 2),
        ("850", 2),
        ("851", 3),
        ("1700", 3),
        ("1701", 4),
        ("<170", 0),
        ("", "peak"),
    ],
)
def test_creatine_kinase_has_a_grade_in_v5_only(peak: str, v5: Grade) -> None:
    result = measured("muscle", "ck", "100", peak)
    assert both(result) == (v5, "graded_by_investigator")
    assert result.ctcae6.term == "Investigations - Other, specify: CPK increased"


@pytest.mark.parametrize(("peak", "v5"), [("16", 0), ("16.1", 1), ("5000", 1)])
def test_troponin_i_has_grade_1_in_v5_only(peak: str, v5: Grade) -> None:
    assert both(measured("heart", "tni", "5", peak)) == (v5, "graded_by_investigator")


@pytest.mark.parametrize(
    ("assessment", "event", "v5", "v6"),
    [
        ({"spo2": "88", "o2_device": "none"}, {}, 0, "spo2_lower_limit"),
        ({"spo2": "87", "o2_device": "none"}, {}, 3, 3),
        ({"spo2": "92", "o2_device": "cannula"}, {}, 2, "oxygen_continuous"),
        ({"spo2": "87", "o2_device": "cannula"}, {}, 3, 3),
        ({"spo2": "92"}, {"o2_start": day(11)}, 2, "oxygen_continuous"),
        ({"spo2": "92"}, {"o2_start": day(30)}, "oxygen", "oxygen"),
        ({"spo2": "92"}, {}, "oxygen", "oxygen"),
        ({"o2_device": "none"}, {}, "peak", "peak"),
    ],
)
def test_hypoxia(assessment: Mapping[str, str], event: Mapping[str, str], v5: Grade, v6: Grade) -> None:
    during: Entries = {"date": day(12), "kind": "visit", **assessment}
    result = event_of(assessment=during, lung=finished("lung", crit={"spo2"}, **event))
    assert both(result) == (v5, v6)


@pytest.mark.parametrize(
    ("changes", "v5", "v6"),
    [
        ({"stools_over": "0"}, 0, "stool_consistency"),
        ({"stools_over": "1"}, 1, 1),
        ({"stools_over": "3"}, 1, 1),
        ({"stools_over": "4"}, 2, 2),
        ({"stools_over": "6"}, 2, 2),
        ({"stools_over": "7"}, 3, 3),
        ({"stools_over": "1", "hosp": "1"}, 3, 3),
        ({"stools_over": "1", "hosp": ""}, "hospital", "hospital"),
        ({"stools_over": "7", "hosp": ""}, 3, 3),
        ({}, "stools_over", "stools_over"),
    ],
)
def test_diarrhoea(changes: Mapping[str, str], v5: Grade, v6: Grade) -> None:
    assert both(event_of(gi=finished("gi", crit={"diarrhoea"}, **changes))) == (v5, v6)


@pytest.mark.parametrize(
    ("bsa", "v5", "v6"),
    [
        ("0", 0, "symptoms"),
        ("0.5", 1, "symptoms"),
        ("9.9", 1, "symptoms"),
        ("10", 2, "symptoms"),
        ("30", 2, "symptoms"),
        ("31", "symptoms", "symptoms"),  # v5: grade 2 or 3
        ("50", "symptoms", "symptoms"),
        ("51", "symptoms", 3),
        ("", "bsa", "bsa"),
    ],
)
def test_rash(bsa: str, v5: Grade, v6: Grade) -> None:
    assert both(event_of(skin=finished("skin", crit={"rash"}, bsa=bsa))) == (v5, v6)


@pytest.mark.parametrize(
    ("organ", "criteria", "v5", "v6"),
    [
        ("kidney", {"crea"}, "Creatinine increased", "Creatinine increased"),
        ("kidney", {"upcr"}, "Proteinuria", "Urinary protein increased"),
        ("kidney", {"crea", "upcr"}, "Creatinine increased", "Creatinine increased"),
        ("kidney", set(), "", ""),
        ("gi", {"pain"}, "Abdominal pain", "Abdominal pain"),
        ("lung", {"dyspnoea"}, "Dyspnea", "Dyspnea"),
        ("skin", {"mucosa"}, "", ""),
        (
            "joint",
            {"arthritis"},
            "Arthritis",
            "Musculoskeletal and connective tissue disorders - Other, specify: inflammatory arthritis",
        ),
        ("other", {"finding"}, "", ""),
    ],
)
def test_the_term_follows_the_criteria(organ: str, criteria: Cell, v5: str, v6: str) -> None:
    result = event_of(**{organ: finished(organ, crit=criteria)})
    assert (result.ctcae5.term, result.ctcae6.term) == (v5, v6)
    assert (result.ctcae5.version, result.ctcae6.version) == ("5", "6")
    assert (result.ctcae5.grade, result.ctcae6.grade) == (None, None)


def test_the_highest_of_several_terms() -> None:
    labs: list[Entries] = [
        {"date": day(-7), "lab": "conv", "crea_val": "0.6", "upcr_val": "0.1"},
        {"date": day(12), "lab": "conv", "crea_val": "1.2", "upcr_val": "4"},
        {"date": day(14), "lab": "conv", "crea_val": "1.0", "upcr_val": "2"},
    ]
    result = event_of(labs=labs, kidney=finished("kidney"))  # both met by the data, none ticked
    assert (result.ctcae5.term, result.ctcae5.grade) == ("Creatinine increased", 2)
    assert (result.ctcae6.term, result.ctcae6.grade) == ("Urinary protein increased", 3)


def test_values_outside_the_event_do_not_count() -> None:
    labs: list[Entries] = [
        {"date": day(number), "lab": "conv", "crea_val": value}
        for number, value in ((-7, "0.6"), (12, "1.0"), (30, "5"))
    ]
    assert both(event_of(labs=labs, kidney=finished("kidney", crit={"crea"}))) == (2, 0)


@pytest.mark.parametrize(
    ("base", "peak", "grade", "missing"),
    [("0.6", "1.0", 2, ()), ("0.6", "0.6", 0, ()), ("", "1.0", None, ("baseline",))],
)
def test_a_grade_names_its_entry(base: str, peak: str, grade: int | None, missing: tuple[str, ...]) -> None:
    result = measured("kidney", "crea", base, peak)
    assert result.ctcae5 == CtcaeGrade("5", "v5_creatinine", "Creatinine increased", grade, missing)


def test_a_term_without_a_rule_names_its_entry_too() -> None:
    found = event_of(joint=finished("joint", crit={"pain"})).ctcae6
    assert found == CtcaeGrade("6", "v6_arthralgia", "Arthralgia", None, ("graded_by_investigator",))


def test_a_grade_goes_before_a_term_without_one() -> None:
    event = finished("gi", crit={"diarrhoea", "pain"}, stools_over="0")
    assert (event_of(gi=event).ctcae5.term, event_of(gi=event).ctcae5.grade) == ("Diarrhea", 0)
    only_pain = event_of(gi=finished("gi", crit={"pain"}, stools_over="7"))
    assert (only_pain.ctcae5.term, only_pain.ctcae5.grade) == ("Abdominal pain", None)


def test_without_a_day_of_onset_no_value_belongs_to_the_event() -> None:
    labs: list[Entries] = [{"date": day(12), "lab": "conv", "ck_val": "500"}]
    event = finished("muscle", crit={"ck"}, onset="", onset_prec="month", onset_ym="2026-01")
    assert said(event_of(labs=labs, muscle=event).ctcae5) == "onset"


def test_hospital_builds_on_the_stay() -> None:
    trace = event_of(gi=finished("gi", crit={"diarrhoea"}, stools_over="1")).trace
    assert trace["ctcae5"].uses == ("stay",)
    assert {one.field for one in trace["ctcae5"].inputs} == {"gi_crit", "gi_stools_over", "enr_age"}
    assert measured("kidney", "crea", "0.6", "1.0").trace["ctcae5"].uses == ()


def test_without_an_enrolment_the_age_is_not_known() -> None:
    labs: list[Entries] = [{"date": day(12), "lab": "conv", "upcr_val": "2", "ck_val": "200"}]
    found = event_of(enrolment={}, labs=labs, kidney=finished("kidney", crit={"upcr"}))
    assert both(found) == ("age", "age")


def test_dates_of_the_event_are_among_the_inputs() -> None:
    fields = {one.field for one in measured("kidney", "crea", "0.6", "1.0").trace["ctcae5"].inputs}
    assert {"kidney_onset", "kidney_end", "kidney_ongoing", "kidney_outcome", "enr_age"} <= fields


def test_the_inputs_name_values_baseline_and_claim() -> None:
    result = measured("kidney", "crea", "0.6", "1.0")
    cells = {(one.field, one.place.instance, one.value) for one in result.trace["ctcae6"].inputs}
    assert {("lab_crea_val", 1, "0.6"), ("lab_crea_val", 2, "1.0"), ("kidney_crit", 1, "crea")} <= cells
    assert result.trace["ctcae5"].rule == "ctcae"
    assert not result.trace["ctcae5"].remark
    assert measured("kidney", "crea", "", "1.0").trace["ctcae5"].remark == "missing: baseline"


def test_what_the_protocol_calls_unrecorded_is_worded() -> None:
    terms = load_protocol().ctcae.values()
    codes = {one.unrecorded for one in terms} | {band.unrecorded for one in terms for band in one.band}
    assert {f"terms.missing.{code}" for code in codes - {""}} <= catalogue().keys()


def test_every_criterion_of_an_organ_with_terms_has_one_in_each_version() -> None:
    terms = load_protocol().ctcae.values()
    pairs = [{(one.organ, one.criterion) for one in terms if one.version == version} for version in "56"]
    assert pairs[0] == pairs[1]
