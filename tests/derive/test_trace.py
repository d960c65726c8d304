"""Every derived value says by which rule and from which cells; the fingerprint follows those cells."""

from __future__ import annotations

import dataclasses

import pytest
from records import INFUSION, Entries, day, derived, event_of, finished, rash, record, subject_of

from redcap_licats.derive.fingerprint import fingerprint
from redcap_licats.derive.model import EventResult, SubjectResult
from redcap_licats.derive.subject import derive_subject
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.model import Input, Place
from redcap_licats.subject.read import read_subject, variables_read

PREDNISOLONE: Entries = {"drug": "pred", "unit": "mg", "freq": "od", "route": "po"}
FULL: dict[str, Entries | list[Entries]] = {
    "labs": [
        {"date": day(-7), "lab": "conv", "crea_val": "0.8", "c3_val": "100", "c4_val": "20", "dsdna_val": "50"},
        {"date": day(10), "lab": "conv", "crea_val": "1.2", "bcell_val": "0", "cart_val": "40", "anc_val": "1"},
    ],
    "crs_icans": {"kind": "crs", "onset": day(1), "end": day(4), "grade": "1"},
    "glucocorticoid": [
        {**PREDNISOLONE, "dose": "20", "start": day(18), "stop": day(20), "ind": {"kidney"}},
        {**PREDNISOLONE, "dose": "5", "start": day(-90), "ongoing": "1", "ind": {"maint"}},
        {**PREDNISOLONE, "dose": "5", "start": day(50), "stop": day(51)},
        {**PREDNISOLONE, "dose": "5", "start": day(50), "stop": day(51), "ind": {"skin"}},
    ],
    "hospital_stay": {"adm": day(11), "dis": day(15), "reason": {"kidney"}},
    "kidney": finished("kidney", crit={"crea"}, gc="1", hosp="1"),
    "licats_adjudication": {
        "organ": "kidney",
        "instance": "1",
        "reviewer": "c",
        "class": "confirmed",
        "grade": "3",
    },
}
#: attributes explained under another name, or names of the event itself
ELSEWHERE = {
    "event": "onset",
    "duration_inclusive": "duration",
    "grade_reasons": "grade",
    "grade_missing": "grade",
    "flags": "grade",
    "reasons": "classification",
    "final_classification": "final",
    "final_grade": "final",
    "adjudicated": "final",
    "fingerprint": "classification",
    "trace": "classification",
    "criteria": "criterion.crea",
    "flare": "flare.dsdna",
}


def test_every_value_has_an_entry() -> None:
    trace = event_of(**FULL).trace
    names = {ELSEWHERE.get(one.name, one.name) for one in dataclasses.fields(EventResult)}
    assert names <= trace.keys()
    assert {"criterion.upcr", "flare.untreated", "flare.near_peak", "flare.conditioning"} <= trace.keys()


def test_inputs_are_cells_of_the_record_and_are_read() -> None:
    subject = subject_of(**FULL)
    result = derive_subject(subject, load_protocol())
    variables = variables_read(load_protocol())
    for reasons in (result.trace, *(one.trace for one in result.events)):
        for reason in reasons.values():
            assert reason.rule
            for one in reason.inputs:
                assert one.field in variables
                assert one._replace(unit="") == subject.cell(one.place, one.field)


def test_values_point_at_the_cells_that_gave_them() -> None:
    trace = event_of(**FULL).trace
    assert [(one.field, one.value) for one in trace["onset_day"].inputs if one.value] == [
        ("kidney_onset", day(10)),
        ("inf_date", day(0)),
        ("inf_ld_start", day(-5)),
    ]
    used = {(one.field, one.place.instance, one.value) for one in trace["criterion.crea"].inputs}
    assert {("lab_crea_val", 1, "0.8"), ("lab_crea_val", 2, "1.2"), ("kidney_crit", 1, "crea")} <= used
    assert {"gc_dose", "gc_ind", "hos_reason", "kidney_icu"} <= {one.field for one in trace["grade"].inputs}
    assert trace["grade"].remark == "STAY_NEW"


def test_what_a_value_builds_on_has_a_reason_of_its_own() -> None:
    trace = event_of(**FULL).trace
    assert {name for reason in trace.values() for name in reason.uses} <= trace.keys()
    cells = set(trace["classification"].inputs)
    for name in trace["classification"].uses:
        assert cells >= set(trace[name].inputs)


def test_b_cells_point_at_the_nearest_count_and_the_bounds_of_aplasia() -> None:
    numbers = (2, 8, 9, 30, 40)
    labs = [{"date": day(n), "lab": "conv", "bcell_val": "20" if n == 40 else "0"} for n in numbers]
    used = event_of(labs=labs, skin=rash()).trace["bcells"].inputs
    assert [one.place.instance for one in used if one.field == "lab_bcell_val"] == [1, 3, 5]


def test_the_subjects_values_have_entries() -> None:
    trace = derived(**FULL).trace
    names = {one.name for one in dataclasses.fields(SubjectResult)} - {"record", "events", "episodes", "trace"}
    assert trace.keys() == names
    assert ("tox_grade", "1") in {(one.field, one.value) for one in trace["crs_grade"].inputs}
    assert ("lab_cart_val", "40") in {(one.field, one.value) for one in trace["expansion"].inputs}


@pytest.mark.parametrize(
    ("form", "instance", "field", "value", "changes"),
    [
        ("labs", 2, "lab_crea_val", "1.3", True),
        ("infusion", 1, "inf_date", day(1), True),
        ("glucocorticoid", 1, "gc_dose", "25", True),
        ("glucocorticoid", 2, "gc_dose", "7.5", True),  # maintenance
        ("glucocorticoid", 3, "gc_dose", "7.5", True),  # without indication
        ("glucocorticoid", 4, "gc_dose", "7.5", False),  # for another organ
        ("hospital_stay", 1, "hos_adm", day(12), True),
        ("licats_kidney", 1, "kidney_icu", "", True),
        ("licats_kidney", 1, "kidney_ac_tma", "1", True),
        ("enrolment", 1, "enr_kidney_aff", "0", True),
        ("licats_adjudication", 1, "adj_grade", "2", True),
        ("labs", 2, "lab_crp_val", "80", False),
        ("enrolment", 1, "enr_heart_aff", "0", False),
        ("licats_kidney", 1, "kidney_crit_evid", "creatinine", False),
    ],
)
def test_the_fingerprint_follows_the_cells_used(
    form: str, instance: int, field: str, value: str, changes: bool
) -> None:
    protocol = load_protocol()

    def of(rows: list[dict[str, str]]) -> str:
        (event,) = derive_subject(read_subject(rows, protocol), protocol).events
        return event.fingerprint

    rows = record(**FULL)
    changed = [dict(row) for row in rows]
    for row in changed:
        name = row.get("redcap_repeat_instrument", "")
        stands = name == form and row["redcap_repeat_instance"] == str(instance)
        if stands or (not name and any(column.startswith(field[:4]) for column in row)):
            row[field] = value
    assert changed != rows
    assert (of(changed) != of(rows)) is changes


def test_the_fingerprint_ignores_order_and_repetition() -> None:
    one, two = (Input(Place("labs", number), "lab_crea_val", "1") for number in (1, 2))
    assert fingerprint([one, two, one]) == fingerprint([two, one])
    assert fingerprint([one]) != fingerprint([two])
    assert fingerprint([one]) != fingerprint([Input(one.place, one.field, "1.0")])


def test_the_fingerprint_is_stable_across_versions() -> None:
    cells = [
        Input(Place("labs", 2), "lab_crea_val", "1,2", "mgdl"),
        Input(Place("licats_skin", 1, "event_1_arm_1"), "skin_crit_evid", "皮疹"),
    ]
    assert fingerprint(cells) == "ee5e52164af0af2b"


def test_an_event_of_another_organ_does_not_touch_the_fingerprint() -> None:
    alone = event_of(skin=rash(), infusion=INFUSION).fingerprint
    both = derived(skin=rash(), kidney=finished("kidney", onset=day(30))).events
    assert next(one.fingerprint for one in both if one.event.organ == "skin") == alone
