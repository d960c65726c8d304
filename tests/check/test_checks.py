"""Every check by examples that fire and examples that do not, at its boundaries."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from check_patient import (
    DAY_ZERO,
    PROTOCOL,
    Row,
    Rows,
    adverse,
    assessment,
    context,
    course,
    culture,
    drug,
    episode,
    event,
    sample,
    stay,
)

from redcap_licats.check.model import Change, wording
from redcap_licats.check.registry import CHECKS
from redcap_licats.check.run import run_checks
from redcap_licats.subject.model import Place

SKIN, KIDNEY, HEART, LUNG, JOINT = (
    "licats_skin#1",
    "licats_kidney#1",
    "licats_heart#1",
    "licats_lung#1",
    "licats_joint#1",
)
GI = "licats_gi#1"
RISEN: dict[str, Row | None] = {"labs#8": sample("D10", crea_val="1.2"), "labs#9": sample("D13", crea_val="1.1")}
LOW: dict[str, Row | None] = {"assessment#2": assessment("D10", spo2="91"), "assessment#3": assessment("D12")}
CK: dict[str, Row | None] = {"labs#8": sample("D10", ck_val="400")}
TNI: dict[str, Row | None] = {"labs#8": sample("D10", tni_val="60")}
DAILY: dict[str, Row | None] = {f"assessment#{n + 1}": assessment(f"D{n}", kind="inpt") for n in range(1, 15)}
UNITS = {"ref_differ": "1"}


def skin(**more: str) -> Rows:
    return {SKIN: event("skin", **more)}


def kidney(*others: Rows, **more: str) -> Rows:
    rows: dict[str, Row | None] = {**RISEN, KIDNEY: event("kidney", **more)}
    for one in others:
        rows |= one
    return rows


def crs(grade: str, *assessments: Row, **more: str) -> Rows:
    rows: dict[str, Row | None] = {"crs_icans#1": episode("crs", "D1", "D4", grade, **more)}
    return rows | {f"assessment#{n}": one for n, one in enumerate(assessments, start=2)}


def icans(grade: str, *assessments: Row) -> Rows:
    rows: dict[str, Row | None] = {"crs_icans#1": episode("icans", "D3", "D6", grade)}
    return rows | {f"assessment#{n}": one for n, one in enumerate(assessments, start=2)}


def treated(start: str, stop: str, organ: str = "skin", **more: str) -> Rows:
    own = {key: more.pop(key) for key in ("inner", "inv_grade", "onset", "sx_start") if key in more}
    given = event(organ, gc="1", gc_reason="dur", **({"inv_grade": "2"} | own))
    return {f"licats_{organ}#1": given, "glucocorticoid#1": course(start, stop, organ, **more)}


def hospital(*reasons: str, grade: str = "3", **more: str) -> Rows:
    return {
        SKIN: event("skin", "D16", "D26", hosp="1", inv_grade=grade),
        "hospital_stay#1": stay("D16", "D24", *reasons, **more),
    }


def two(onset: str, end: str = "D40") -> Rows:
    return {**skin(), "licats_skin#2": event("skin", onset, end)}


def scores(*scores: tuple[str, str], index: str = "sledai") -> Rows:
    return {
        f"activity#{n}": {"date": date, "index": index, "score": score}
        for n, (date, score) in enumerate(scores, start=1)
    }


def rulings(*rulings: tuple[str, str], organ: str = "skin") -> Rows:
    return {
        f"licats_adjudication#{n}": {
            "organ": organ,
            "instance": "1",
            "reviewer": reviewer,
            "class": ruling,
            "date": f"D{n + 60}",
        }
        for n, (reviewer, ruling) in enumerate(rulings, start=1)
    }


ICU = {"icu": "1", "icu_in": "D17", "icu_out": "D19"}
FEVER = assessment("D2", temp="39.0")
WITHOUT_SEROLOGY = {"c3_val": "", "c4_val": "", "dsdna_val": ""}

#: check, whether it fires, changed rows, today
CASES: list[tuple[str, bool, Rows, str]] = [
    ("DT01", True, skin(onset="D-1", end="D5"), "D400"),
    ("DT01", False, skin(onset="D0", end="D5"), "D400"),
    ("DT02", True, skin(onset="D10", end="D9"), "D400"),
    ("DT02", False, skin(onset="D10", end="D10"), "D400"),
    ("DT03", True, skin(), "D19"),
    ("DT03", True, skin(end="3024-03-11"), "D400"),
    ("DT03", False, skin(), "D25"),
    ("DT03", False, {"hospital_stay#1": stay("D15", "", planned="D30", ongoing="1")}, "D25"),
    *[
        ("DT04", fires, {**skin(), "disposition": {field: f"D{at}", "status": status}}, "D400")
        for field, status in (("last", "on"), ("death", "died"))
        for at, fires in [(9, True), (10, False), (11, False)]
    ],
    ("DT04", True, {**skin(onset="D31", end="D40"), "disposition": {"last": "D30", "status": "on"}}, "D400"),
    ("DT05", True, {"infusion": {"leuk_date": "D1"}}, "D400"),
    ("DT05", True, {"infusion": {"ld_end": "D1"}}, "D400"),
    ("DT05", False, {"infusion": {"ld_end": "D0"}}, "D400"),
    ("DT06", True, {"infusion": {"ld_start": "D-8"}}, "D400"),
    ("DT06", False, {"infusion": {"ld_start": "D-7"}}, "D400"),
    ("DT07", True, skin(onset="", sx_start="", onset_prec="month", onset_ym="M10"), "D400"),
    ("DT07", True, skin(onset="", sx_start=""), "D400"),
    ("DT07", True, skin(onset="", onset_prec="month", onset_ym="2024-13"), "D400"),
    ("DT07", False, skin(), "D400"),
    ("DT07", False, skin(onset="UNK"), "D400"),
    *[
        ("DT09", fires, skin(onset=f"D{at}", end="D60"), "D400")
        for at, fires in [
            (12, False),
            (13, True),
            (15, True),
            (16, False),
            (28, False),
            (29, True),
            (31, True),
            (32, False),
        ]
    ],
    ("DT10", True, {**skin(onset="D1"), "assessment#2": FEVER}, "D400"),
    ("DT10", True, {**skin(onset="D1"), **crs("1", assessment("D3", temp="38.5"))}, "D400"),
    ("DT10", False, {**skin(onset="D2"), "assessment#2": FEVER}, "D400"),
    ("DT10", False, {**skin(onset="D1"), "assessment#2": assessment("D2", temp="37.9")}, "D400"),
    ("DT10", False, {**skin(onset="D1"), "assessment#2": assessment("D3", temp="39.0")}, "D400"),
    ("DT11", True, skin(ongoing="1"), "D400"),
    ("DT11", True, skin(ongoing="0", end=""), "D400"),
    ("DT11", True, skin(ongoing="", end=""), "D400"),
    ("DT11", False, skin(ongoing="1", end=""), "D400"),
    ("DT11", False, skin(ongoing="0", end="UNK"), "D400"),
    ("DT12", False, skin(ongoing="1", end="", outcome="ong"), "D38"),
    ("DT12", True, skin(ongoing="1", end="", outcome="ong"), "D39"),
    ("DT13", False, skin(end="D70"), "D400"),
    ("DT13", True, skin(end="D71"), "D400"),
    *[
        ("DT14", fires, {"assessment#2": assessment(f"D{at}", visit="d28")}, "D400")
        for at, fires in [(26, True), (27, False), (29, False), (30, True)]
    ],
    ("DT14", False, {"assessment#2": assessment("D90", visit="extra")}, "D400"),
    ("BL01", True, kidney({"labs#1": {"crea_val": ""}}), "D400"),
    ("BL01", False, kidney({"labs#1": {"crea_val": "", "crea_nd": "lost"}}), "D400"),
    ("BL01", False, kidney(), "D400"),
    ("BL02", True, kidney({"labs#1": {"date": "D-5"}}), "D400"),
    ("BL02", False, kidney({"labs#1": {"date": "D-6"}}), "D400"),
    ("BL03", True, kidney({"labs#1": {"date": "D-29"}}), "D400"),
    ("BL03", False, kidney({"labs#1": {"date": "D-28"}}), "D400"),
    (
        "BL04",
        True,
        kidney({"labs#8": {"date": "D10", "lab": "si", "crea_val": "110", "ck_val": "", "tni_val": ""}}),
        "D400",
    ),
    ("BL04", False, kidney(), "D400"),
    ("BL05", True, {"enrolment": {"lung_aff": "", "lung_evid": "", "lung_act": ""}}, "D400"),
    ("BL05", False, {"enrolment": {"lung_aff": "9", "lung_evid": "", "lung_act": ""}}, "D400"),
    ("BL05", False, {"enrolment": {"lung_aff": "UNK", "lung_evid": "", "lung_act": ""}}, "D400"),
    ("BL05", True, {"enrolment": None}, "D400"),
    ("BL05", False, {"enrolment": None, "infusion": {"date": ""}}, "D400"),
    ("BL06", True, {**skin(), "enrolment": {"skin_aff": "0"}}, "D400"),
    ("BL06", True, {**skin(), "enrolment": {"skin_aff": "9"}}, "D400"),
    ("BL06", False, {**skin(), "enrolment": {"skin_aff": ""}}, "D400"),
    ("OR01", True, kidney({"labs#8": sample("D10", crea_val="1.19")}), "D400"),
    ("OR01", False, kidney(), "D400"),
    ("OR01", False, kidney(crit___upcr="1"), "D400"),
    ("OR02", True, RISEN, "D400"),
    ("OR02", False, {"labs#8": sample("D10", crea_val="1.19")}, "D400"),
    ("OR02", False, kidney(), "D400"),
    ("OR02", True, {**RISEN, KIDNEY: event("kidney", "D18", "D20")}, "D400"),
    ("OR02", False, {**RISEN, KIDNEY: event("kidney", "D17", "D20")}, "D400"),
    ("OR03", True, {"labs#8": sample("D10", upcr_val="0.3")}, "D400"),
    ("OR03", False, {"labs#8": sample("D10", upcr_val="0.29")}, "D400"),
    ("OR04", True, kidney(), "D400"),
    ("OR04", False, kidney({"labs#8": sample("D10", crea_val="1.3")}), "D400"),
    (
        "OR05",
        True,
        kidney({"labs#8": sample("D26", crea_val="1.2"), "labs#9": sample("D34")}, onset="D26", end="D36"),
        "D400",
    ),
    (
        "OR05",
        False,
        kidney({"labs#8": sample("D26", crea_val="1.2"), "labs#9": sample("D33")}, onset="D26", end="D36"),
        "D400",
    ),
    (
        "OR05",
        False,
        kidney({"labs#8": sample("D26", crea_val="1.2"), "labs#9": None}, onset="D26", end="D30"),
        "D33",
    ),
    ("OR06", True, {"labs#8": sample("D10", ck_val="170"), "licats_muscle#1": event("muscle")}, "D400"),
    ("OR06", False, {**CK, "licats_muscle#1": event("muscle")}, "D400"),
    ("OR07", True, {"labs#8": sample("D10", ck_val="851")}, "D400"),
    ("OR07", False, {"labs#8": sample("D10", ck_val="850")}, "D400"),
    ("OR07", False, {"labs#8": sample("D10", ck_val="900"), "licats_muscle#1": event("muscle")}, "D400"),
    (
        "OR08",
        True,
        {HEART: event("heart"), "labs#3": {"tni_val": "", "tnt_val": "30"}, "labs#4": {"tni_val": ""}},
        "D400",
    ),
    ("OR08", False, {HEART: event("heart"), "labs#3": {"tnt_val": "30"}}, "D400"),
    ("OR09", True, {**TNI, HEART: event("heart", ecg_date="D14")}, "D400"),
    ("OR09", False, {**TNI, HEART: event("heart", ecg_date="D13")}, "D400"),
    ("OR09", False, {**TNI, HEART: event("heart", ecg_date="", ecg_res="")}, "D13"),
    ("OR10", True, {JOINT: event("joint", us_res="nd", us_date="", swelling="0")}, "D400"),
    ("OR10", False, {JOINT: event("joint", us_res="nd", us_date="", swelling="0", pain_days="9")}, "D400"),
    ("OR10", False, {JOINT: event("joint", us_res="", us_date="", swelling="1")}, "D400"),
    ("OR11", True, {JOINT: event("joint", us_date="D-1")}, "D400"),
    ("OR11", False, {JOINT: event("joint", us_date="D0")}, "D400"),
    ("OR12", True, {LUNG: event("lung"), "assessment#2": assessment("D10", spo2="91", o2_device="")}, "D400"),
    ("OR12", False, {LUNG: event("lung"), **LOW}, "D400"),
    ("OR13", True, {LUNG: event("lung", ac_embolism="9"), **LOW}, "D400"),
    ("OR13", True, {LUNG: event("lung", ac_pneumonia=""), **LOW}, "D400"),
    ("OR13", False, {LUNG: event("lung", ac_pneumonia="1"), **LOW}, "D400"),
    ("OR14", True, {"assessment#2": assessment("D10", spo2="89")}, "D400"),
    ("OR14", False, {"assessment#2": assessment("D10", spo2="90")}, "D400"),
    ("OR14", True, {"assessment#2": assessment("D10", o2_device="cannula")}, "D400"),
    (
        "OR14",
        False,
        {"assessment#1": {"o2_device": "cannula"}, "assessment#2": assessment("D10", o2_device="cannula")},
        "D400",
    ),
    ("OR14", False, {"assessment#2": assessment("D10", spo2="89"), LUNG: event("lung")}, "D400"),
    ("OR14", False, crs("1", assessment("D3", spo2="89")), "D400"),
    ("OR15", True, {"licats_gi#1": event("gi", stools_over="")}, "D400"),
    ("OR15", False, {"licats_gi#1": event("gi", stools_over="ND")}, "D400"),
    *[
        ("OR16", fires, {GI: event("gi"), "microbiology#1": culture(f"D{at}", organism)}, "D400")
        for organism, at, fires in [
            ("cdiff", 6, False),
            ("cdiff", 7, True),
            ("cmv", 17, True),
            ("cmv", 18, False),
            ("bact", 10, False),
        ]
    ],
    ("OR16", False, {GI: event("gi"), "microbiology#1": culture("D10", "cmv", result="neg")}, "D400"),
    ("OR16", False, {GI: event("gi", ac_cmv="1"), "microbiology#1": culture("D10", "cmv")}, "D400"),
    ("OR16", False, {**skin(), "microbiology#1": culture("D10", "cdiff")}, "D400"),
    *[
        ("OR18", fires, {**skin(), "conmed#1": drug(f"D{at}", "D30")}, "D400")
        for at, fires in [(6, False), (7, True), (10, True), (11, False)]
    ],
    ("OR18", False, {**skin(), "conmed#1": drug("D9", "D30", "skin")}, "D400"),
    ("OR18", False, {**skin(ac_drug="1"), "conmed#1": drug("D9", "D30")}, "D400"),
    ("OR18", False, {GI: event("gi"), "conmed#1": drug("D9", "D30")}, "D400"),
    ("OR17", True, skin(bsa=""), "D400"),
    ("OR17", True, skin(site=""), "D400"),
    ("OR17", False, skin(), "D400"),
    ("OR19", True, {"licats_other#1": event("other", text="")}, "D400"),
    ("OR19", False, {"licats_other#1": event("other")}, "D400"),
    ("OR20", True, skin(crit___rash=""), "D400"),
    ("OR20", False, skin(), "D400"),
    ("OR21", True, {**skin(), "enrolment": {"skin_act": "1"}}, "D400"),
    ("OR21", False, {**skin(newworse="worse"), "enrolment": {"skin_act": "1"}}, "D400"),
    ("AC01", True, skin(ac_drug="1"), "D400"),
    ("AC01", True, skin(ac_drug="2"), "D400"),
    ("AC01", False, skin(ac_drug="9"), "D400"),
    ("AC02", True, skin(**{f"ac_{one.id}": "9" for one in PROTOCOL.causes_of("skin")}), "D400"),
    ("AC02", False, skin(**{f"ac_{one.id}": "9" for one in PROTOCOL.causes_of("skin")[1:]}), "D400"),
    *[
        ("AC03", fires, {**skin(), "microbiology#1": culture(f"D{at}")}, "D400")
        for at, fires in [(6, False), (7, True), (17, True), (18, False)]
    ],
    ("AC03", False, {**skin(), "microbiology#1": culture("D10", result="pend")}, "D400"),
    ("AC03", False, {**skin(ac_infection="1"), "microbiology#1": culture("D10")}, "D400"),
    ("AC03", False, {**skin(ac_drug="2"), "microbiology#1": culture("D10")}, "D400"),
    ("AC03", False, {GI: event("gi"), "microbiology#1": culture("D10", "cdiff")}, "D400"),
    ("AC03", True, {GI: event("gi"), "microbiology#1": culture("D10", "bact")}, "D400"),
    *[
        ("AC04", fires, {**skin(), "biopsy#1": {"date": f"D{at}", "organ": "skin", "dx": "drug"}}, "D400")
        for at, fires in [(-5, False), (-4, True), (34, True), (35, False)]
    ],
    *[
        ("AC04", fires, {**skin(), "biopsy#1": {"date": "D11", "organ": "skin", "dx": diagnosis}}, "D400")
        for diagnosis, fires in [("tma", True), ("disease", True), ("infl", False), ("damage", False), ("", False)]
    ],
    ("AC04", True, {**skin(), "biopsy#1": {"date": "D99", "organ": "skin", "dx": "tma", "event": "1"}}, "D400"),
    ("AC04", False, {**skin(), "biopsy#1": {"date": "D11", "organ": "skin", "dx": "tma", "event": "2"}}, "D400"),
    ("AC04", True, kidney({"biopsy#1": {"date": "D11", "organ": "kidney", "dx": "tma"}}), "D400"),
    ("AC04", False, {**skin(), "biopsy#1": {"date": "D11", "organ": "kidney", "dx": "tma"}}, "D400"),
    ("AC04", False, {**skin(ac_drug="2"), "biopsy#1": {"date": "D11", "organ": "skin", "dx": "tma"}}, "D400"),
    *[
        ("AC05", fires, kidney({"conmed#1": drug("D2", f"D{stop}", nephro="1")}), "D400")
        for stop, fires in [(6, False), (7, True), (12, True)]
    ],
    *[
        ("AC05", fires, kidney({"imaging#1": {"date": f"D{at}", "kind": "ct", "contrast": "1"}}), "D400")
        for at, fires in [(6, False), (7, True), (10, True), (11, False)]
    ],
    ("AC05", False, kidney({"imaging#1": {"date": "D9", "kind": "ct", "contrast": "0"}}), "D400"),
    ("AC05", True, kidney({"conmed#1": {"drug": "Iohexol", "class": "contrast", "start": "D8"}}), "D400"),
    ("AC05", False, kidney({"conmed#1": {"drug": "Iohexol", "class": "contrast", "start": "D6"}}), "D400"),
    ("AC05", True, kidney({"conmed#1": drug("D2", "", nephro="1", ongoing="1")}), "D400"),
    ("AC05", False, kidney({"conmed#1": drug("D11", "D12", nephro="1")}), "D400"),
    ("AC05", False, kidney({"conmed#1": drug("D9", "D12", nephro="0")}), "D400"),
    ("AC05", False, kidney({"conmed#1": drug("D9", "D12", "kidney", nephro="1")}), "D400"),
    ("AC05", False, kidney({"conmed#1": drug("D9", "D12", nephro="1")}, ac_contrast="1"), "D400"),
    ("AC05", False, {**skin(), "conmed#1": drug("D9", "D12", nephro="1")}, "D400"),
    ("BC01", True, skin(onset="D40", end="D50"), "D400"),
    ("BC01", False, skin(onset="D39", end="D50"), "D400"),
    ("BC01", False, skin(onset="D40", end="D50"), "D54"),
    ("BC01", True, skin(onset="D40", end="D50"), "D55"),
    ("BC02", True, {**skin(), "labs#8": sample("D10", "5")}, "D400"),
    ("BC02", False, {**skin(), "labs#8": sample("D10", "4.9")}, "D400"),
    ("BC02", False, {**skin(), "labs#8": sample("D10", "5", bcell_cens="lt")}, "D400"),
    (
        "BC03",
        True,
        {**skin(onset="D60", end="D70"), "labs#8": sample("D40", "30"), "labs#9": sample("D75", "", bcell_val="")},
        "D400",
    ),
    ("BC03", False, {**skin(onset="D40", end="D70"), "labs#8": sample("D40", "30")}, "D400"),
    ("BC04", True, {"labs#8": sample("D40", "30"), "labs#9": sample("D50", "1")}, "D400"),
    ("BC04", False, {"labs#8": sample("D40", "30"), "labs#9": sample("D50", "6")}, "D400"),
    ("GR01", True, treated("D18", "D24", inv_grade="1"), "D400"),
    ("GR01", False, treated("D18", "D24"), "D400"),
    ("GR02", True, skin(inv_grade="2"), "D400"),
    ("GR02", False, treated("D18", "D24"), "D400"),
    ("GR03", True, treated("D17", "D24"), "D400"),
    ("GR03", False, treated("D18", "D24"), "D400"),
    ("GR03", False, treated("D17", "D24", inner="1"), "D400"),
    ("GR04", True, skin(inv_grade="3"), "D400"),
    ("GR04", False, hospital("skin"), "D400"),
    ("GR05", True, skin(inv_grade="4", icu="1"), "D400"),
    ("GR05", False, hospital("skin", grade="4", icu_reason___skin="1", **ICU), "D400"),
    ("GR06", True, hospital("skin", **ICU), "D400"),
    ("GR06", False, hospital("skin", icu_reason___crs="1", **ICU), "D400"),
    ("GR06", False, hospital("skin", grade="4", **ICU), "D400"),
    ("GR07", True, hospital("skin", grade="2"), "D400"),
    ("GR07", False, hospital("skin", grade="3"), "D400"),
    ("GR07", False, hospital("crs", grade="1"), "D400"),
    ("GR08", True, {**treated("D18", "D24"), SKIN: event("skin", gc="1", inv_grade="2", hosp="1")}, "D400"),
    ("GR08", False, treated("D18", "D24"), "D400"),
    ("GR08", False, skin(inv_grade=""), "D400"),
    ("GR10", True, skin(ctc_term="Rash maculo-papular", ctc_grade="1"), "D400"),
    (
        "GR10",
        True,
        {**TNI, HEART: event("heart", ctc_term="Cardiac troponin I increased", ctc_ver="5", ctc_grade="2")},
        "D400",
    ),
    (
        "GR10",
        False,
        {**TNI, HEART: event("heart", ctc_term="Cardiac troponin I increased", ctc_ver="5", ctc_grade="3")},
        "D400",
    ),
    (
        "GR10",
        True,
        {**CK, "licats_muscle#1": event("muscle", ctc_term="CPK increased", ctc_ver="6", ctc_grade="1")},
        "D400",
    ),
    (
        "GR10",
        False,
        {**CK, "licats_muscle#1": event("muscle", ctc_term="CPK increased", ctc_ver="5", ctc_grade="1")},
        "D400",
    ),
    *[
        ("GR10", fires, skin(ctc_term=term, ctc_ver=version, ctc_grade=grade), "D400")
        for term, version, grade, fires in [
            ("Creatinine increased", "5", "4", False),
            ("creatinine increased ", "5", "5", True),
            ("Proteinuria", "5", "3", False),
            ("Proteinuria", "5", "4", True),
            ("Proteinuria", "6", "1", True),
            ("Urinary protein increased", "6", "3", False),
            ("Urinary protein increased", "5", "1", True),
            ("Rash maculo-papular", "5", "4", True),
            ("Rash maculo-papular", "6", "4", False),
            ("Arthritis", "5", "4", True),
            ("Hypoxia", "5", "1", True),
            ("Hypoxia", "6", "1", False),
            ("Acute kidney injury", "6", "2", True),
            ("Immune effector cell-associated neurotoxicity syndrome", "5", "1", True),
            ("Immune effector cell-associated neurotoxicity syndrome", "6", "1", False),
            ("Anything else", "5", "5", False),
        ]
    ],
    ("GR10", False, skin(), "D400"),
    ("GR11", True, kidney({"labs#5": {"date": "D25", "crea_val": "0.97"}}), "D400"),
    ("GR11", False, kidney({"labs#5": {"date": "D25", "crea_val": "0.96"}}), "D400"),
    ("GR11", False, kidney({"labs#5": {"date": "D25", "crea_val": "0.97"}}, outcome="seq"), "D400"),
    ("GR12", True, {"adverse_event#1": adverse("D40", "none", "0", serious="1")}, "D400"),
    ("GR12", False, {"adverse_event#1": adverse("D40", "none", "0", serious="1", crit___hosp="1")}, "D400"),
    ("GR12", False, {"adverse_event#1": adverse("D40", "none", "0", serious="")}, "D400"),
    *[
        (
            "GR12",
            fires,
            {**hospital("skin", grade=grade), "adverse_event#1": adverse(f"D{at}", "skin", "1", event=instance)},
            "D400",
        )
        for grade, at, instance, fires in [
            ("3", 16, "", True),
            ("4", 19, "", True),
            ("3", 20, "", False),
            ("3", 20, "1", True),
            ("3", 16, "2", False),
            ("2", 16, "", False),
        ]
    ],
    ("GR12", False, {**hospital("skin"), "adverse_event#1": adverse("D16", "skin", "0")}, "D400"),
    ("GR12", False, {**hospital("skin"), "adverse_event#1": adverse("D16", "gi", "1")}, "D400"),
    ("GR13", True, skin(outcome="fatal"), "D400"),
    ("GR13", False, skin(), "D400"),
    ("GR14", True, skin(tx_other___tcz="1"), "D400"),
    ("GR14", False, skin(tx_other___topical="1"), "D400"),
    ("GC01", True, treated("D9", "D15"), "D400"),
    ("GC01", False, treated("D10", "D18"), "D400"),
    ("GC02", False, treated("D18", "", ongoing="1"), "D48"),
    ("GC02", True, treated("D18", "", ongoing="1"), "D49"),
    ("GC03", True, treated("D18", "D24", dose="1001"), "D400"),
    ("GC03", False, treated("D18", "D24", dose="1000"), "D400"),
    ("GC03", False, treated("D18", "D24", dose="1"), "D400"),
    ("GC03", True, treated("D18", "D24", dose="0.9"), "D400"),
    ("GC04", True, treated("D18", "D24", drug="dexa"), "D400"),
    ("GC04", False, treated("D18", "D24", drug="dexa", salt="phos"), "D400"),
    *[
        ("GC05", fires, {**treated("D18", "D24"), "glucocorticoid#2": course(start, "D40", "skin")}, "D400")
        for start, fires in [
            ("D23", True),
            ("D24", False),
            ("D25", False),
            ("D26", True),
            ("D28", True),
            ("D29", False),
        ]
    ],
    ("GC05", True, {**treated("D18", "", ongoing="1"), "glucocorticoid#2": course("D30", "D40", "skin")}, "D400"),
    ("GC05", False, {**treated("D18", "D24"), "glucocorticoid#2": course("D20", "D40", "maint")}, "D400"),
    ("GC06", True, treated("D18", "D24", ind___crs="1"), "D400"),
    ("GC06", False, treated("D18", "D24", ind___maint="1"), "D400"),
    ("GC07", True, treated("D18", "D24", dose="4.9"), "D400"),
    ("GC07", False, treated("D18", "D24", dose="5"), "D400"),
    ("GC08", True, {**two("D16"), "glucocorticoid#1": course("D18", "D24", "skin")}, "D400"),
    ("GC08", False, {**two("D26"), "glucocorticoid#1": course("D18", "D24", "skin")}, "D400"),
    ("GC08", True, {**skin(gc=""), "glucocorticoid#1": course("D18", "D24")}, "D400"),
    ("GC08", False, {**skin(gc="1"), "glucocorticoid#1": course("D18", "D24")}, "D400"),
    *[
        ("CR01", fires, {**skin(onset=f"D{at}"), **crs("1", FEVER)}, "D400")
        for at, fires in [(4, True), (5, True), (6, False)]
    ],
    ("CR02", True, crs("1", FEVER, assessment("D3", o2_device="cannula", o2_flow="2")), "D400"),
    ("CR02", False, crs("2", FEVER, assessment("D3", o2_device="cannula", o2_flow="6")), "D400"),
    ("CR02", True, crs("2", FEVER, assessment("D3", o2_device="cannula", o2_flow="7")), "D400"),
    ("CR02", False, crs("3", FEVER, assessment("D3", pressors="1")), "D400"),
    ("CR02", True, crs("3", FEVER, assessment("D3", pressors="2")), "D400"),
    ("CR02", True, crs("3", FEVER), "D400"),
    ("CR02", False, crs("2", FEVER), "D400"),
    ("CR02", False, crs("4", FEVER, assessment("D3", o2_device="vent")), "D400"),
    ("CR03", True, crs("1", assessment("D2", temp="37.9")), "D400"),
    ("CR03", False, crs("1", assessment("D2", temp="38.0")), "D400"),
    ("CR03", False, crs("1", assessment("D2", temp="37.9", antipyr="1")), "D400"),
    ("CR03", False, crs("1", assessment("D2", temp="37.9"), tcz="1"), "D400"),
    ("CR03", False, crs("1"), "D400"),
    (
        "CR04",
        True,
        icans("4", assessment("D4", ice_orient="0", ice_name="0", ice_cmd="0", ice_write="0", ice_att="0")),
        "D400",
    ),
    (
        "CR04",
        False,
        icans("3", assessment("D4", ice_orient="0", ice_name="0", ice_cmd="0", ice_write="0", ice_att="0")),
        "D400",
    ),
    (
        "CR04",
        False,
        icans(
            "4",
            assessment("D4", consc="coma", ice_orient="0", ice_name="0", ice_cmd="0", ice_write="0", ice_att="0"),
        ),
        "D400",
    ),
    ("CR04", True, icans("1", assessment("D4")), "D400"),
    ("CR04", False, icans("1", assessment("D4", ice_name="0")), "D400"),
    ("CR04", False, icans("2", assessment("D4", ice_orient="0")), "D400"),
    ("CR04", False, {**icans("1", assessment("D4")), "enrolment": {"age": "11"}}, "D400"),
    ("CR05", True, {"crs_icans#1": episode("icans", "D3", "D6", "1", tcz="1")}, "D400"),
    ("CR05", False, crs("1", FEVER, tcz="1"), "D400"),
    (
        "CR06",
        True,
        {LUNG: event("lung", "D3", "D9"), **crs("2", FEVER, assessment("D3", spo2="88", o2_device="cannula"))},
        "D400",
    ),
    ("CR06", False, {LUNG: event("lung", "D3", "D9"), **crs("1", FEVER, assessment("D3", spo2="92"))}, "D400"),
    ("CR06", False, {LUNG: event("lung", "D7", "D9"), **crs("2", FEVER, assessment("D7", spo2="88"))}, "D400"),
    ("HO01", True, {"hospital_stay#1": stay("D16", "D15", "crs")}, "D400"),
    ("HO01", False, {"hospital_stay#1": stay("D16", "D16", "crs")}, "D400"),
    ("HO01", True, {"hospital_stay#1": stay("D18", "D24", "crs", **ICU)}, "D400"),
    ("HO01", True, {"hospital_stay#1": stay("D16", "D18", "crs", **ICU)}, "D400"),
    ("HO01", False, {"hospital_stay#1": stay("D17", "D19", "crs", **ICU)}, "D400"),
    (
        "HO02",
        True,
        {"hospital_stay#1": stay("D16", "D24", "crs"), "hospital_stay#2": stay("D23", "D30", "crs")},
        "D400",
    ),
    (
        "HO02",
        False,
        {"hospital_stay#1": stay("D16", "D24", "crs"), "hospital_stay#2": stay("D24", "D30", "crs")},
        "D400",
    ),
    ("HO03", True, {"hospital_stay#1": stay("D16", "D24", "crs", prolonged="1")}, "D400"),
    ("HO03", False, {"hospital_stay#1": stay("D16", "D24", "crs", prolonged="1", planned="D20")}, "D400"),
    ("HO04", True, {**two("D16"), "hospital_stay#1": stay("D18", "D24", "skin")}, "D400"),
    ("HO04", False, {**two("D26"), "hospital_stay#1": stay("D18", "D24", "skin")}, "D400"),
    ("DU01", True, {SKIN: event("skin", "D10", "D11"), "licats_skin#2": event("skin", "D13", "D20")}, "D400"),
    ("DU01", False, {SKIN: event("skin", "D10", "D11"), "licats_skin#2": event("skin", "D14", "D20")}, "D400"),
    ("DU01", True, two("D20"), "D400"),
    ("DU01", False, two("D21"), "D400"),
    ("DU02", True, two("D21"), "D400"),
    ("DU02", True, two("D27"), "D400"),
    ("DU02", False, two("D28"), "D400"),
    ("DU03", True, {"labs#8": sample("D40", sample_id="SD5")}, "D400"),
    ("DU03", True, {"labs#8": sample("D5", crea_val="0.9", sample_id="X")}, "D400"),
    ("DU03", False, {"labs#8": sample("D5", crea_val="0.9", sample_id="X", time="08:00")}, "D400"),
    ("DU03", False, {"labs#8": sample("D5", sample_id="X")}, "D400"),
    ("UN01", True, {"labs#2": {"lab": ""}}, "D400"),
    ("UN01", True, {"labs#2": {**UNITS, "crea_unit": "mgg"}}, "D400"),
    ("UN01", False, {"labs#2": {**UNITS, "crea_val": "90", "crea_unit": "umoll", "crea_uln": "110"}}, "D400"),
    (
        "UN01",
        False,
        {
            "labs#2": {
                "lab": "other",
                **{f"{slug}_val": "" for slug in ("crea", "upcr", "ck", "tni", "c3", "c4", "dsdna", "bcell")},
                "crea_val": "UNK",
            }
        },
        "D400",
    ),
    ("UN02", True, {"labs#2": {"crea_val": "88"}}, "D400"),
    ("UN02", True, {"labs#2": {"upcr_val": "500"}}, "D400"),
    ("UN02", True, {"labs#2": {"ck_val": "5"}}, "D400"),
    ("UN02", True, {"labs#2": {**UNITS, "tni_val": "40", "tni_unit": "ngml", "tni_uln": "1"}}, "D400"),
    ("UN02", True, {"assessment#2": assessment("D10", spo2="0.94")}, "D400"),
    ("UN02", False, {"labs#2": {"crea_val": "15"}}, "D400"),
    ("UN02", False, {"assessment#2": assessment("D10", spo2="94")}, "D400"),
    ("UN03", True, {"labs#2": {"crea_val": "0.09"}}, "D400"),
    ("UN03", False, {"labs#2": {"crea_val": "0.1"}}, "D400"),
    ("UN03", True, {"assessment#2": assessment("D40", temp="43.1")}, "D400"),
    ("UN03", False, {"assessment#2": assessment("D40", temp="43")}, "D400"),
    ("UN03", True, {"assessment#2": assessment("D40", spo2="39")}, "D400"),
    ("UN04", True, {"labs#3": {**UNITS, "crea_val": "354", "crea_unit": "umoll"}}, "D400"),
    ("UN04", False, {"labs#3": {**UNITS, "crea_val": "353.6", "crea_unit": "umoll"}}, "D400"),
    ("UN04", False, {"labs#3": {"crea_val": "4.1"}}, "D400"),
    ("UN05", True, {"labs#2": {**UNITS, "ck_lln": "170", "ck_uln": "170"}}, "D400"),
    ("UN05", False, {"labs#2": {**UNITS, "ck_lln": "20", "ck_uln": "170"}}, "D400"),
    ("UN05", True, {"labs#8": {"date": "D40", "lab": "other", "ck_val": "100", "ck_unit": "ul"}}, "D400"),
    ("UN05", False, {"labs#8": {"date": "D40", "lab": "other", "crea_val": "1", "crea_unit": "mgdl"}}, "D400"),
    ("UN06", True, {"labs#2": {"upcr_val": "0.3", "uacr_val": "300"}}, "D400"),
    ("UN06", False, {"labs#2": {"upcr_val": "0.3", "uacr_val": "299"}}, "D400"),
    ("SE01", True, {**skin(onset="D33", end="D40")}, "D400"),
    ("SE01", False, {**skin(onset="D32", end="D40")}, "D400"),
    ("SE01", False, {**skin(onset="D33", end="D40")}, "D40"),
    ("SE01", True, {**skin(onset="D33", end="D40")}, "D41"),
    ("SE01", False, {**skin(onset="D33", end="D40"), "enrolment": {"dx": "ssc"}}, "D400"),
    ("SE02", True, {**skin(), "labs#8": sample("D10", c3_val="74")}, "D400"),
    ("SE02", False, {**skin(), "labs#8": sample("D10", c3_val="75")}, "D400"),
    ("SE02", True, {**skin(), "labs#8": sample("D10", dsdna_val="300")}, "D400"),
    ("SE02", False, {**skin(ac_infection="2"), "labs#8": sample("D10", c3_val="74")}, "D400"),
    *[
        ("SE03", fires, {**skin(), **scores(("D-7", "4"), ("D10", "9"), (at, later))}, "D400")
        for at, later, fires in [
            ("D59", "6", False),
            ("D60", "5", True),
            ("D90", "4", False),
            ("D120", "6", True),
            ("D121", "6", False),
        ]
    ],
    ("SE03", True, {**skin(), **scores(("D-7", "4"), ("D85", "9"), ("D96", "4"))}, "D400"),
    ("SE03", False, {**skin(), **scores(("D-7", "4"), ("D84", "9"), ("D95", "4"))}, "D400"),
    ("SE03", False, {**skin(), **scores(("D90", "9"))}, "D400"),
    ("SE03", False, {**skin(ac_drug="2"), **scores(("D-7", "4"), ("D90", "9"))}, "D400"),
    ("SE03", False, {**skin(onset="D95", end="D99"), **scores(("D-7", "4"), ("D90", "9"))}, "D400"),
    ("SE03", True, {**skin(), **scores(("D-7", "75"), ("D90", "70"), index="mmt8")}, "D400"),
    ("SE03", False, {**skin(), **scores(("D-7", "70"), ("D90", "75"), index="mmt8")}, "D400"),
    (
        "SE03",
        False,
        {**skin(), **scores(("D-7", "4")), "activity#2": {"date": "D90", "index": "mrss", "score": "9"}},
        "D400",
    ),
    ("CO01", True, {"enrolment": {"consent_date": "D-19"}}, "D400"),
    ("CO01", False, {"enrolment": {"consent_date": "D-20"}}, "D400"),
    ("CO02", True, {**kidney(), "enrolment": {"dx": "iim"}}, "D400"),
    ("CO02", False, {**skin(), "enrolment": {"dx": "iim"}}, "D400"),
    ("CO03", True, skin(gc=""), "D400"),
    ("CO03", False, skin(gc="UNK"), "D400"),
    ("CO04", True, {"hospital_stay#1": stay("D-6", "D14", "infusion"), **DAILY, "assessment#7": None}, "D400"),
    ("CO04", False, {"hospital_stay#1": stay("D-6", "D14", "infusion"), **DAILY}, "D400"),
    ("CO04", False, {"hospital_stay#1": stay("D15", "D20", "crs")}, "D400"),
    (
        "CO04",
        False,
        {
            "hospital_stay#1": stay("D-6", "", "infusion", ongoing="1"),
            **dict.fromkeys(("labs#3", "labs#4", "labs#5")),
        },
        "D4",
    ),
    (
        "CO04",
        True,
        {
            "hospital_stay#1": stay("D-6", "", "infusion", ongoing="1"),
            **dict.fromkeys(("labs#3", "labs#4", "labs#5")),
        },
        "D5",
    ),
    *[
        ("CO05", fires, {**skin(), "adverse_event#1": adverse(f"D{at}", "skin", "")}, "D400")
        for at, fires in [(6, True), (7, False), (13, False), (14, True)]
    ],
    *[
        ("CO05", fires, {"adverse_event#1": adverse("D10", "skin", decision)}, "D400")
        for decision, fires in [("9", True), ("0", False), ("UNK", False)]
    ],
    ("CO05", False, {"adverse_event#1": adverse("D10", "none", "")}, "D400"),
    ("CO05", False, {"adverse_event#1": adverse("D-1", "skin", "")}, "D400"),
    ("CO05", True, {"adverse_event#1": adverse("D0", "skin", "")}, "D400"),
    ("CO05", False, {"adverse_event#1": adverse("", "skin", "")}, "D400"),
    ("CO05", False, {"adverse_event#1": adverse("D10", "skin", ""), "enrolment": {"skin_aff": "0"}}, "D400"),
    ("CO06", False, skin(), "D400"),
    ("CO06", True, {**skin(), "adverse_event#1": adverse("D40", "none", "0")}, "D400"),
    ("CO06", True, {**skin(), "adverse_event#1": adverse("D10", "skin", "0")}, "D400"),
    ("CO06", True, {**skin(), "adverse_event#1": adverse("D14", "skin", "1")}, "D400"),
    ("CO06", False, {**skin(), "adverse_event#1": adverse("D13", "skin", "1")}, "D400"),
    ("CO06", False, {**skin(), "adverse_event#1": adverse("D14", "skin", "1", event="1")}, "D400"),
    ("CO06", False, {**skin(ac_drug="2"), "adverse_event#1": adverse("D40", "none", "0")}, "D400"),
    ("CO06", True, {"adverse_event#1": adverse("D10", "skin", "1")}, "D400"),
    ("CO07", True, {**skin(), **rulings(("1", "not"), ("2", "confirmed"))}, "D400"),
    ("CO07", True, {**skin(), **rulings(("", "not"))}, "D400"),
    ("CO07", False, {**skin(), **rulings(("1", "not"))}, "D400"),
    ("CO07", False, {**skin(), **rulings(("1", "not"), ("2", "confirmed"), ("c", "confirmed"))}, "D400"),
    ("CO07", False, {**skin(), **rulings(("1", "confirmed"), ("2", "probable"))}, "D400"),
    ("CO07", False, {**skin(), **rulings(("1", "not"), organ="gi")}, "D400"),
]


def name(case: tuple[str, bool, Rows, str]) -> str:
    return f"{case[0]}-{'fires' if case[1] else 'quiet'}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_check(case: tuple[str, bool, Rows, str]) -> None:
    check, fires, rows, today = case
    found = [one for one in run_checks(context(rows, today)).findings if one.check == check]
    assert bool(found) is fires
    spec = PROTOCOL.checks[check]
    for finding in found:
        assert finding.inputs[0].field == finding.field
        for language in ("en", "ja"):
            assert set(re.findall(r"\{(\w+)\}", spec.text[language])) <= finding.numbers.keys()
            assert not re.search(r"[{}]", wording(finding, spec, language))
        assert finding.numbers.keys() == set(re.findall(r"\{(\w+)\}", spec.text.en))


def test_nothing_is_asked_of_a_patient_without_mistakes() -> None:
    everything = {
        **kidney(),
        **CK,
        "labs#8": sample("D10", crea_val="1.25", ck_val="400", tni_val="60"),
        "licats_muscle#1": event("muscle"),
        **skin(),
        JOINT: event("joint"),
        HEART: event("heart"),
        LUNG: event("lung"),
        **LOW,
        "licats_gi#1": event("gi"),
        "licats_other#1": event("other"),
    }
    assert run_checks(context({})).findings == ()
    assert run_checks(context(everything)).findings == ()


KIDNEY_FORM = Place("licats_kidney")
ENROLMENT = Place("enrolment")
LATER = DAY_ZERO + dt.timedelta(days=60)


@pytest.mark.parametrize(
    ("check", "fires", "history"),
    [
        (
            "BL07",
            True,
            [
                (0, ENROLMENT, "enr_kidney_aff", "0"),
                (15, KIDNEY_FORM, "kidney_onset", "x"),
                (60, ENROLMENT, "enr_kidney_aff", "1"),
            ],
        ),
        (
            "BL07",
            False,
            [
                (0, ENROLMENT, "enr_kidney_aff", "0"),
                (60, KIDNEY_FORM, "kidney_onset", "x"),
                (15, ENROLMENT, "enr_kidney_aff", "1"),
            ],
        ),
        ("BL07", False, [(15, KIDNEY_FORM, "kidney_onset", "x"), (60, ENROLMENT, "enr_kidney_aff", "1")]),
        ("GR09", True, [(15, KIDNEY_FORM, "kidney_inv_grade", "2"), (21, KIDNEY_FORM, "kidney_inv_grade", "1")]),
        ("GR09", False, [(15, KIDNEY_FORM, "kidney_inv_grade", "2"), (20, KIDNEY_FORM, "kidney_inv_grade", "1")]),
        ("GR09", False, [(15, KIDNEY_FORM, "kidney_inv_grade", "1"), (21, KIDNEY_FORM, "kidney_inv_grade", "2")]),
    ],
)
def test_checks_that_read_the_log(check: str, fires: bool, history: list[tuple[int, Place, str, str]]) -> None:
    changes = tuple(
        Change(DAY_ZERO + dt.timedelta(days=at), place, field, value) for at, place, field, value in history
    )
    found = {one.check for one in run_checks(context(kidney(), history=changes)).findings}
    assert (check in found) is fires


def test_an_event_is_missed_among_adverse_events_where_their_form_is_the_studys_log() -> None:
    spec = PROTOCOL.checks["CO06"]
    log = spec.model_copy(update={"settings": {**spec.settings, "even_without_rows": 1}})
    protocol = PROTOCOL.model_copy(update={"checks": {**PROTOCOL.checks, "CO06": log}})
    assert [one.check for one in run_checks(context(skin(), protocol=protocol)).findings] == ["CO06"]


def test_what_the_optional_forms_say_is_asked_once() -> None:
    """One score, one organism, one adverse event: one query each, whatever the number of events."""
    two_events = {**skin(), GI: event("gi")}
    rise = scores(("D-7", "4"), ("D90", "9"))
    assert [one.check for one in run_checks(context({**two_events, **rise})).findings] == ["SE03"]
    cdiff = {GI: event("gi"), "microbiology#1": culture("D10", "cdiff")}
    assert [one.check for one in run_checks(context(cdiff)).findings] == ["OR16"]
    late = {**skin(), "disposition": {"last": "D-50", "status": "on"}, "microbiology#1": culture("D10")}
    assert [one.check for one in run_checks(context(late)).findings] == ["DT04"]


def test_events_lost_between_forms_and_derivation_are_reported() -> None:
    whole = context(skin())
    lost = context({})
    mixed = type(whole)(whole.subject, lost.derived, PROTOCOL, whole.today)
    assert [one.check for one in run_checks(mixed).findings] == ["RP01"]


def test_every_check_has_an_example_that_fires_and_one_that_does_not() -> None:
    elsewhere = {"BL07", "GR09", "RP01"}
    for fires in (True, False):
        assert {case[0] for case in CASES if case[1] is fires} == CHECKS.keys() - elsewhere
