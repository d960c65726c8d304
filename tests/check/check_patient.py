"""A patient about whom nothing is asked, as flat rows, to be changed row by row."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from redcap_licats.check.model import NOT_READ, Change, Context, Unread
from redcap_licats.derive.subject import derive_subject
from redcap_licats.protocol.load import load_protocol
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.read import read_subject

Row = Mapping[str, str]
#: "form" or "form#instance" -> cells by concept; "" removes a cell, a row of None is removed
Rows = Mapping[str, Row | None]

DAY_ZERO = dt.date(2024, 2, 20)  # so that the days after it cross a leap day
PROTOCOL = load_protocol()
STEMS = {one.name: one.stem for one in PROTOCOL.instruments.values()}
STEMS |= {f"licats_{slug}": slug for slug in PROTOCOL.organs}


def day(text: str) -> str:
    """Turn ``D10`` into the date ten days after the infusion, ``M10`` into its month."""
    match = re.fullmatch(r"([DM])(-?\d+)", text)
    if not match:
        return text
    date = DAY_ZERO + dt.timedelta(days=int(match[2]))
    return date.isoformat() if match[1] == "D" else date.isoformat()[:7]


def sample(date: str, bcell: str = "0", **more: str) -> Row:
    """Give a sample with a value of everything that is asked for."""
    values = {
        "crea": "0.8",
        "upcr": "0.2",
        "ck": "100",
        "tni": "5",
        "c3": "100",
        "c4": "20",
        "dsdna": "50",
        "bcell": bcell,
    }
    cells = {f"{slug}_val": value for slug, value in values.items()}
    return {"date": date, "lab": "conv", "ref_differ": "0", "sample_id": f"S{date}"} | cells | more


def assessment(date: str, **more: str) -> Row:
    """Give an assessment without any finding."""
    ice = {"ice_orient": "4", "ice_name": "3", "ice_cmd": "1", "ice_write": "1", "ice_att": "1"}
    rest = {"consc": "awake", "seizure": "none", "motor": "0", "icp": "none", "pressors": "0"}
    vital = {"temp": "36.8", "antipyr": "0", "spo2": "97", "o2_device": "none"}
    return {"kind": "visit", "date": date, "done": "1"} | vital | ice | rest | more


def event(organ: str, onset: str = "D10", end: str = "D20", **more: str) -> Row:
    """Give an event of an organ, complete, resolved and untreated."""
    common = {"sx_start": onset, "onset": onset, "end": end, "ongoing": "0", "newworse": "new", "outcome": "res"}
    treated = {"gc": "0", "hosp": "0", "icu": "0", "biopsy": "0", "inv_grade": "1"}
    causes = {f"ac_{cause.id}": "0" for cause in PROTOCOL.causes_of(organ)}
    own = {
        "kidney": {"crit___crea": "1"},
        "skin": {"crit___rash": "1", "bsa": "5", "site": "Trunk"},
        "muscle": {"crit___ck": "1"},
        "joint": {"crit___arthritis": "1", "us_date": onset, "us_res": "pos", "swelling": "1"},
        "heart": {"crit___tni": "1", "ecg_date": onset, "ecg_res": "norm"},
        "lung": {"crit___spo2": "1"},
        "gi": {"crit___diarrhoea": "1", "stools_over": "3"},
        "other": {"crit___finding": "1", "text": "Parotid gland"},
    }
    return common | treated | causes | own[organ] | more


def course(start: str, stop: str, *indications: str, **more: str) -> Row:
    """Give a course of prednisolone 20 mg a day by mouth."""
    dose = {"drug": "pred", "dose": "20", "unit": "mg", "freq": "od", "route": "po", "ongoing": "0"}
    return dose | {"start": start, "stop": stop} | {f"ind___{one}": "1" for one in indications} | more


def stay(admission: str, discharge: str, *reasons: str, **more: str) -> Row:
    """Give a stay in hospital."""
    rest = {"ongoing": "0", "prolonged": "0", "icu": "0"}
    return {"adm": admission, "dis": discharge} | rest | {f"reason___{one}": "1" for one in reasons} | more


def episode(kind: str, onset: str, end: str, grade: str, **more: str) -> Row:
    """Give an episode of CRS or ICANS."""
    rest = {"ongoing": "0", "tcz": "0", "gc": "0"}
    return {"kind": kind, "onset": onset, "end": end, "grade": grade} | rest | more


def culture(date: str, organism: str = "bact", **more: str) -> Row:
    """Give a positive microbiological test of blood."""
    return {"date": date, "specimen": "blood", "method": "culture", "org": organism, "result": "pos"} | more


def drug(start: str, stop: str, *indications: str, **more: str) -> Row:
    """Give a course of a drug that is no glucocorticoid."""
    days = {"start": start, "stop": stop, "ongoing": "0"}
    return {"drug": "Vancomycin", "class": "antibact"} | days | {f"ind___{one}": "1" for one in indications} | more


def adverse(start: str, organ: str, licats: str, **more: str) -> Row:
    """Give an adverse event that is not serious."""
    rest = {"term": "Rash", "ongoing": "0", "serious": "0"}
    return {"start": start, "organ": organ, "licats": licats} | rest | more


def _base() -> dict[str, Row]:
    organs: dict[str, str] = {}
    for slug in PROTOCOL.organs:
        organs |= {f"{slug}_aff": "1", f"{slug}_evid": "Letter", f"{slug}_act": "0"}
    person = {"age": "35", "sex": "F", "dx": "sle", "consent_date": "D-40", "assess_date": "D-20"}
    rows = {
        "enrolment": person | organs,
        "infusion": {"leuk_date": "D-20", "ld_start": "D-5", "ld_end": "D-3", "date": "D0", "costim": "unk"},
        "assessment#1": assessment("D-7", kind="base"),
    }
    for number, (date, bcell) in enumerate(
        [("D-7", "150"), ("D5", "0"), ("D12", "0"), ("D18", "0"), ("D25", "0")], start=1
    ):
        rows[f"labs#{number}"] = sample(date, bcell)
    return rows


def context(
    changes: Rows,
    today: str = "D400",
    history: tuple[Change, ...] | Unread = NOT_READ,
    protocol: Protocol = PROTOCOL,
) -> Context:
    """Read and derive the patient with the rows changed; an absent row is added."""
    subject = read_subject(flat_rows(changes), protocol)
    return Context(
        subject, derive_subject(subject, protocol), protocol, dt.date.fromisoformat(day(today)), history
    )


def flat_rows(changes: Rows, record: str = "1") -> list[dict[str, str]]:
    """Give the patient with the rows changed as REDCap exports it."""
    rows: dict[str, Row | None] = dict(_base())
    for name, cells in changes.items():
        before = rows.get(name) or {}
        rows[name] = None if cells is None else {**before, **cells}
    flat = []
    for name, cells in rows.items():
        form, _, instance = name.partition("#")
        if cells is None:
            continue
        row = {"record_id": record, "redcap_repeat_instrument": form if instance else "", f"{form}_complete": "2"}
        row["redcap_repeat_instance"] = instance
        flat.append(row | {f"{STEMS[form]}_{concept}": day(value) for concept, value in cells.items()})
    return flat
