"""Build the rows of one record as REDCap exports them, from concepts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from redcap_licats.derive.model import CriterionResult, EventResult, SubjectResult
from redcap_licats.derive.subject import derive_subject
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.subject.model import Subject
from redcap_licats.subject.read import read_subject

Cell = str | Iterable[str]
Entries = Mapping[str, Cell]

STEMS = {
    "enrolment": "enr",
    "infusion": "inf",
    "labs": "lab",
    "assessment": "asm",
    "crs_icans": "tox",
    "glucocorticoid": "gc",
    "hospital_stay": "hos",
    "licats_adjudication": "adj",
    "disposition": "dsp",
}
ONCE = ("enrolment", "infusion", "disposition")

DAY_ZERO = dt.date(2026, 1, 10)
#: lymphodepletion on 5 January 2026, infusion on the 10th
INFUSION: Entries = {"ld_start": "2026-01-05", "ld_end": "2026-01-07", "date": "2026-01-10"}
ENROLMENT: Entries = {"sex": "F", "age": "30", "dx": "sle", "kidney_aff": "1", "skin_aff": "1"}

CAUSES = ("infection", "drug", "crs", "icans", "flare", "othercause")
OWN_CAUSES = {
    "kidney": ("tma", "contrast", "volume", "cmv"),
    "skin": ("contact",),
    "muscle": ("exertion", "statin"),
    "joint": ("crystal",),
    "heart": ("coronary",),
    "lung": ("pneumonia", "embolism", "overload"),
    "gi": ("cdiff", "cmv"),
}


def finished(organ: str, **changes: Cell) -> Entries:
    """An untreated event of days 10 to 20 with every question answered; '' removes an answer."""
    answers = {"onset": day(10), "sx_start": day(10), "end": day(20), "gc": "0", "hosp": "0", "icu": "0"}
    excluded = {f"ac_{cause}": "0" for cause in CAUSES + OWN_CAUSES.get(organ, ())}
    return {**answers, **excluded, **changes}


def rash(**changes: Cell) -> Entries:
    """A rash of days 10 to 20, untreated and without open question: confirmed, grade 1."""
    return finished("skin", **{"crit": {"rash"}, **changes})


def day(number: int) -> str:
    """Give the date of a day counted from the infusion."""
    return (DAY_ZERO + dt.timedelta(days=number)).isoformat()


def cells(stem: str, entries: Entries) -> dict[str, str]:
    """Name the columns; a set of codes is a checkbox."""
    row: dict[str, str] = {}
    for concept, value in entries.items():
        if isinstance(value, str):
            row[f"{stem}_{concept}"] = value
        else:
            row |= {f"{stem}_{concept}___{code}": "1" for code in value}
    return row


def record(**forms: Entries | list[Entries]) -> list[dict[str, str]]:
    """Make rows of forms by name; organ events by slug. A list is instances 1, 2, …"""
    rows = []
    for form, given in {"enrolment": ENROLMENT, "infusion": INFUSION, **forms}.items():
        stem, name = STEMS.get(form, form), form if form in STEMS else f"licats_{form}"
        for number, entries in enumerate(given if isinstance(given, list) else [given], 1):
            repeat = (
                {} if form in ONCE else {"redcap_repeat_instrument": name, "redcap_repeat_instance": str(number)}
            )
            rows.append({"record_id": "1", **repeat, **cells(stem, entries)})
    return rows


def subject_of(**forms: Entries | list[Entries]) -> Subject:
    return read_subject(record(**forms), load_protocol())


def derived(protocol: Protocol | None = None, **forms: Entries | list[Entries]) -> SubjectResult:
    protocol = protocol or load_protocol()
    return derive_subject(read_subject(record(**forms), protocol), protocol)


def event_of(protocol: Protocol | None = None, **forms: Entries | list[Entries]) -> EventResult:
    """Derive a record with one event."""
    (result,) = derived(protocol, **forms).events
    return result


def criterion_of(result: EventResult, name: str) -> CriterionResult:
    return next(one for one in result.criteria if one.criterion == name)
