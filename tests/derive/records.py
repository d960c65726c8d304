"""Build the rows of one record as REDCap exports them, from concepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redcap_licats.derive.model import EventResult, SubjectResult
from redcap_licats.derive.subject import derive_subject
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.subject.model import Subject
from redcap_licats.subject.read import read_subject

Cell = str | int | Iterable[str]
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
}
ONCE = ("enrolment", "infusion")

#: lymphodepletion on 5 January 2026, infusion on the 10th
INFUSION: Entries = {"ld_start": "2026-01-05", "ld_end": "2026-01-07", "date": "2026-01-10"}
ENROLMENT: Entries = {"sex": "F", "age": "30", "dx": "sle", "kidney_aff": "1", "skin_aff": "1"}


def cells(stem: str, entries: Entries) -> dict[str, str]:
    """Name the columns; a set of codes is a checkbox."""
    row: dict[str, str] = {}
    for concept, value in entries.items():
        if isinstance(value, str | int):
            row[f"{stem}_{concept}"] = str(value)
        else:
            row |= {f"{stem}_{concept}___{code}": "1" for code in value}
    return row


def record(**forms: Entries | list[Entries]) -> list[dict[str, str]]:
    """Make rows of forms by name; organ events by slug. A list is instances 1, 2, …"""
    rows = []
    for form, given in {"enrolment": ENROLMENT, "infusion": INFUSION, **forms}.items():
        stem, name = STEMS.get(form, form), form if form in STEMS else f"licats_{form}"
        for number, entries in enumerate(given if isinstance(given, list) else [given], 1):
            repeat = {} if form in ONCE else {"redcap_repeat_instrument": name, "redcap_repeat_instance": str(number)}
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
