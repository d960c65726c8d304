"""Every field of every form lands where it belongs."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from redcap_licats.protocol import load_protocol
from redcap_licats.subject.model import (
    Adjudication,
    Assessment,
    Course,
    Enrolment,
    Infusion,
    Involvement,
    OrganEvent,
    PartialDate,
    Place,
    Stay,
    Subject,
    Toxicity,
)
from redcap_licats.subject.read import read_subject

PROTOCOL = load_protocol()


def day(number: int) -> dt.date:
    return dt.date(2026, 1, number)


def read(form: str, stem: str, entries: dict[str, str]) -> Subject:
    """Read one form; ``a+b`` are the ticked answers of a checkbox, a number behind ``@`` a day of January."""
    row = {"record_id": "1", "redcap_repeat_instrument": form, "redcap_repeat_instance": "1"}
    for concept, value in entries.items():
        if "+" in value:
            row |= {f"{stem}_{concept}___{code}": "1" for code in value.split("+")}
        else:
            row[f"{stem}_{concept}"] = f"2026-01-{value[1:]:0>2}" if value.startswith("@") else value
    subject = read_subject([row], PROTOCOL)
    assert not subject.unreadable
    return subject


def test_enrolment() -> None:
    entries = {
        "age": "36",
        "sex": "M",
        "dx": "iim",
        "dx_year": "2019",
        "consent_date": "@1",
        "assess_date": "@2",
        "kidney_aff": "1",
        "kidney_evid": "Biopsy",
        "kidney_act": "0",
        "skin_aff": "0",
        "gi_aff": "9",
    }
    organs = {slug: Involvement(None) for slug in PROTOCOL.organs} | {
        "kidney": Involvement("yes", "Biopsy", False),
        "skin": Involvement("no"),
        "gi": Involvement("unknown"),
    }
    expected = Enrolment(Place("enrolment"), 36, "M", "iim", 2019, day(1), day(2), organs)
    assert read("enrolment", "enr", entries).enrolment == expected


def test_infusion() -> None:
    entries = {
        "leuk_date": "@1",
        "ld_drugs": "cy+flu",
        "ld_start": "@5",
        "ld_end": "@7",
        "date": "@10",
        "product": "Product A",
        "costim": "cd28",
        "dose": "1.0",
        "dose_unit": "perkg",
        "weight": "60,5",
    }
    expected = Infusion(
        Place("infusion"),
        day(1),
        day(5),
        day(7),
        day(10),
        frozenset({"cy", "flu"}),
        "Product A",
        "cd28",
        Fraction(1),
        "perkg",
        Fraction(121, 2),
    )
    assert read("infusion", "inf", entries).infusions == (expected,)


def test_assessment() -> None:
    entries = {
        "kind": "inpt",
        "visit": "D1",
        "date": "@11",
        "done": "1",
        "temp": "38.4",
        "antipyr": "1",
        "spo2": "94",
        "o2_device": "cannula",
        "o2_flow": "2.5",
        "fio2": "28",
        "sbp": "95",
        "dbp": "60",
        "pressors": "1",
        "vasopressin": "0",
        "ice_orient": "4",
        "ice_name": "3",
        "ice_cmd": "1",
        "ice_write": "0",
        "ice_att": "1",
        "consc": "voice",
        "seizure": "brief",
        "motor": "0",
        "icp": "focal",
        "capd": "9",
        "dysp": "2",
        "stools": "3",
        "sx": "skin+gi",
    }
    expected = Assessment(
        Place("assessment"),
        "inpt",
        "D1",
        day(11),
        True,
        temperature=Fraction(192, 5),
        antipyretic=True,
        spo2=Fraction(94),
        oxygen_device="cannula",
        oxygen_flow=Fraction(5, 2),
        fio2=Fraction(28),
        systolic=95,
        diastolic=60,
        vasopressors=1,
        vasopressin=False,
        ice={"orient": 4, "name": 3, "cmd": 1, "write": 0, "att": 1},
        consciousness="voice",
        seizure="brief",
        motor=False,
        raised_icp="focal",
        capd=9,
        dyspnoea=2,
        stools=3,
        symptoms=frozenset({"skin", "gi"}),
    )
    assert read("assessment", "asm", entries).assessments == (expected,)


def test_crs_and_icans() -> None:
    entries = {
        "kind": "icans",
        "onset": "@11",
        "end": "@14",
        "ongoing": "0",
        "grade": "5",
        "tcz": "1",
        "tcz_date": "@12",
        "tcz_doses": "2",
        "gc": "0",
    }
    expected = Toxicity(Place("crs_icans"), "icans", day(11), day(14), False, 5, True, day(12), 2, False)
    assert read("crs_icans", "tox", entries).toxicities == (expected,)


def test_glucocorticoid() -> None:
    entries = {
        "drug": "dexa",
        "salt": "phos",
        "dose": "0,75",
        "unit": "mg",
        "freq": "bid",
        "route": "iv",
        "start": "@11",
        "stop": "@14",
        "ongoing": "0",
        "ind": "kidney+other+crs+icans+maint+premed+oth",
    }
    expected = Course(
        Place("glucocorticoid"),
        "dexa",
        "phos",
        Fraction(3, 4),
        "mg",
        "bid",
        "iv",
        day(11),
        day(14),
        False,
        frozenset({"kidney", "other", "crs", "icans", "maint", "premed", "oth"}),
    )
    assert read("glucocorticoid", "gc", entries).courses == (expected,)


def test_hospital_stay() -> None:
    entries = {
        "adm": "@4",
        "planned": "@14",
        "dis": "@20",
        "ongoing": "0",
        "reason": "infusion+oth",
        "prolonged": "1",
        "prol_reason": "lung+crs",
        "icu": "1",
        "icu_in": "@15",
        "icu_out": "@17",
        "icu_reason": "lung+icans",
    }
    expected = Stay(
        Place("hospital_stay"),
        day(4),
        day(14),
        day(20),
        False,
        frozenset({"infusion", "oth"}),
        True,
        frozenset({"lung", "crs"}),
        True,
        day(15),
        day(17),
        frozenset({"lung", "icans"}),
    )
    assert read("hospital_stay", "hos", entries).stays == (expected,)


def test_organ_event() -> None:
    causes = {"infection": "0", "drug": "1", "crs": "2", "icans": "9"}
    entries = {
        "sx_start": "@9",
        "onset": "@10",
        "onset_prec": "day",
        "end": "@20",
        "ongoing": "0",
        "newworse": "worse",
        "crit": "arthritis+pain",
        "crit_evid": "Swollen knee",
        "sample": "K1",
        "inner": "0",
        **{f"ac_{cause}": answer for cause, answer in causes.items()},
        "gc": "1",
        "gc_reason": "dur",
        "tx_other": "nsaid+ivig",
        "hosp": "0",
        "icu": "0",
        "biopsy": "1",
        "outcome": "seq",
        "inv_grade": "4",
        "ctc_term": "Arthritis",
        "ctc_ver": "5",
        "ctc_grade": "5",
        "us_date": "@12",
        "us_res": "pos",
        "swelling": "1",
        "pain_days": "6",
    }
    expected = OrganEvent(
        place=Place("licats_joint"),
        organ="joint",
        symptom_start=day(9),
        onset=PartialDate(2026, 1, 10),
        end=day(20),
        ongoing=False,
        new_or_worsening="worse",
        criteria=frozenset({"arthritis", "pain"}),
        evidence="Swollen knee",
        sample_id="K1",
        inner_organ=False,
        causes={
            "infection": "excluded",
            "drug": "possible",
            "crs": "explains",
            "icans": "not_assessed",
            "flare": None,
            "othercause": None,
            "crystal": None,
        },
        glucocorticoid=True,
        glucocorticoid_reason="duration",
        other_treatment=frozenset({"nsaid", "ivig"}),
        hospital=False,
        icu=False,
        biopsy=True,
        outcome="sequelae",
        investigator_grade=4,
        ctcae_term="Arthritis",
        ctcae_version="5",
        ctcae_grade=5,
        details={"us_date": "2026-01-12", "us_res": "pos", "swelling": "1", "pain_days": "6"},
    )
    assert read("licats_joint", "joint", entries).events == (expected,)


def test_adjudication() -> None:
    entries = {
        "organ": "skin",
        "instance": "2",
        "reviewer": "c",
        "class": "not",
        "grade": "3",
        "reason": "Drug rash",
        "date": "@30",
    }
    expected = Adjudication(
        Place("licats_adjudication"), "skin-2", "consensus", "not_licats", 3, "Drug rash", day(30)
    )
    assert read("licats_adjudication", "adj", entries).adjudications == (expected,)


@pytest.mark.parametrize(("code", "reviewer"), [("1", "1"), ("2", "2"), ("c", "consensus")])
def test_a_ruling_without_its_event_has_no_key(code: str, reviewer: str) -> None:
    (ruling,) = read("licats_adjudication", "adj", {"organ": "skin", "reviewer": code}).adjudications
    assert (ruling.event_key, ruling.reviewer) == ("", reviewer)


def test_sample() -> None:
    entries = {"sample_id": "S1", "date": "@3", "time": "08:30", "lab": "other", "sediment": "active"}
    (sample,) = read("labs", "lab", entries).samples
    assert (sample.sample_id, sample.date, sample.time, sample.laboratory, sample.sediment, sample.results) == (
        "S1",
        day(3),
        "08:30",
        "other",
        "active",
        {},
    )
