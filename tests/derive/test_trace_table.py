"""What the trace says of one event with everything in it: rule, cells in order, remark, and what it builds on."""

from __future__ import annotations

import pytest
from records import CAUSES, OWN_CAUSES, Entries, day, derived, event_of, rash

from redcap_licats.derive.model import Reason

SEROLOGY: Entries = {"c3_val": "100", "c4_val": "20", "dsdna_val": "50"}
COUNTS: Entries = {"bcell_val": "0", "cart_val": "40", "anc_val": "1", "lym_val": "1"}
COURSE: Entries = {"drug": "pred", "dose": "20", "unit": "mg", "freq": "od", "route": "po", "ind": {"skin"}}
RECORD: dict[str, Entries | list[Entries]] = {
    "labs": [
        {"date": day(-7), "lab": "conv", "bcell_val": "90", **SEROLOGY},
        {"date": day(10), "lab": "conv", **COUNTS, **SEROLOGY},
    ],
    "crs_icans": [{"kind": "crs", "onset": day(1), "end": day(4)}, {"kind": "icans", "onset": day(9)}],
    "glucocorticoid": {**COURSE, "start": day(18), "stop": day(20)},
    "hospital_stay": {"adm": day(11), "dis": day(15), "reason": {"skin"}},
    "skin": rash(gc="1", hosp="1"),
    "licats_adjudication": {"organ": "skin", "instance": "1", "reviewer": "c", "class": "confirmed"},
}

START = "skin_onset skin_onset_prec skin_onset_ym"
SYMPTOMS = "skin_sx_start"
END = "skin_end skin_ongoing skin_outcome"
DAY_ZERO = "inf_date inf_ld_start"
B_CELLS = "lab_bcell_val@2"
CRS = "tox_kind tox_onset tox_end tox_ongoing tox_grade"
ICANS = "tox_kind@2 tox_onset@2 tox_end@2 tox_ongoing@2 tox_grade@2"
FLARE = ("untreated", "near_peak", "conditioning", "complement", "dsdna")

#: value -> rule, cells, remark, what it builds on
EVENT = {
    "onset": ("onset", START, "", ""),
    "onset_day": ("onset_day", f"{START} {DAY_ZERO}", "", "onset"),
    "timing": ("timing_class", f"{START} {DAY_ZERO}", "", "onset_day"),
    "duration": ("duration", f"{START} {END}", "", "onset provisional"),
    "provisional": ("resolution", END, "", ""),
    "criterion.rash": ("finding", "skin_crit", "", ""),
    "bcells": ("aplasia", f"{START} {DAY_ZERO} {B_CELLS}", "", "onset"),
    "crs_overlap": ("overlap", f"{START} {SYMPTOMS} {END} {CRS}", "", ""),
    "icans_overlap": ("overlap", f"{START} {SYMPTOMS} {END} {ICANS}", "", ""),
    "flare.untreated": (
        "flare_differential",
        f"{START} skin_gc skin_tx_other skin_end skin_ongoing skin_outcome",
        "flare",
        "",
    ),
    "flare.near_peak": ("flare_differential", f"{START} lab_cart_val@2", "licats", ""),
    "flare.conditioning": ("flare_differential", f"{START} inf_ld_end lab_anc_val@2 lab_lym_val@2", "licats", ""),
    "flare.complement": (
        "flare_differential",
        f"{START} lab_c3_val lab_c3_val@2 lab_c4_val lab_c4_val@2",
        "licats",
        "",
    ),
    "flare.dsdna": ("flare_differential", f"{START} lab_dsdna_val lab_dsdna_val@2", "licats", ""),
    "final": (
        "adjudication",
        "adj_organ adj_instance adj_reviewer adj_class adj_grade adj_date",
        "consensus",
        "grade classification",
    ),
}
SUBJECT = {
    "baseline_bcells": ("b_cells_before", f"{DAY_ZERO} lab_bcell_val", "", ""),
    "aplasia": ("aplasia", f"{DAY_ZERO} {B_CELLS}", "", ""),
    "expansion": ("expansion", f"{DAY_ZERO} lab_cart_val@2", "", ""),
    "crs_grade": ("highest_grade", CRS, "", ""),
    "crs_onset_day": ("crs_onset_day", f"{DAY_ZERO} {CRS}", "", ""),
    "tocilizumab": ("crs_treated_with_tocilizumab", f"{DAY_ZERO} tox_kind tox_tcz", "", ""),
    "icans_grade": ("highest_grade", ICANS, "", ""),
}


def cells(reason: Reason) -> list[str]:
    """Name a reason's cells, with the instance where it is not the first."""
    return [one.field + (f"@{one.place.instance}" if one.place.instance > 1 else "") for one in reason.inputs]


def told(reason: Reason) -> tuple[str, str, str, str]:
    return reason.rule, " ".join(cells(reason)), reason.remark, " ".join(reason.uses)


@pytest.mark.parametrize("value", EVENT)
def test_a_value_of_the_event(value: str) -> None:
    assert told(event_of(**RECORD).trace[value]) == EVENT[value]


@pytest.mark.parametrize("value", SUBJECT)
def test_a_value_of_the_subject(value: str) -> None:
    assert told(derived(**RECORD).trace[value]) == SUBJECT[value]


def test_the_grade_rests_on_the_days_the_treatment_and_the_stay() -> None:
    trace = event_of(**RECORD).trace
    reason = trace["grade"]
    assert (reason.rule, reason.remark, reason.uses) == ("grade", "STAY_NEW", ("stay", "exposure", "provisional"))
    own = f"{START} {SYMPTOMS} {END} skin_inner skin_tx_other".split()
    assert cells(reason) == list(dict.fromkeys([*own, *cells(trace["stay"]), *cells(trace["exposure"])]))


def test_the_classification_rests_on_all_evidence() -> None:
    trace = event_of(**RECORD).trace
    reason = trace["classification"]
    evidence = ("criterion.rash", "criterion.mucosa", "exposure", *(f"flare.{name}" for name in FLARE))
    own = f"{START} {DAY_ZERO} {END}".split()
    causes = [f"skin_ac_{cause}" for cause in CAUSES + OWN_CAUSES["skin"]]
    expected = [
        *own,
        *causes,
        "enr_skin_aff",
        B_CELLS,
        *(cell for name in evidence for cell in cells(trace[name])),
    ]
    assert cells(reason) == list(dict.fromkeys(expected))
    assert (reason.rule, reason.remark) == ("classification", "")
    assert reason.uses == ("onset_day", "provisional", *evidence[:3], "bcells", *evidence[3:])


def test_what_is_missing_and_why_are_remarks() -> None:
    open_event = event_of(skin=rash(gc="", ac_drug="1")).trace
    assert open_event["grade"].remark == "missing: glucocorticoid"
    assert open_event["classification"].remark == "CAUSES_OPEN"
    assert told(open_event["final"]) == ("adjudication", "", "", "grade classification")
