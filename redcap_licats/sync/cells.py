"""What was derived, as cells of ``licats_result`` and ``licats_summary``.

Each cell comes with the name of the rule behind it, which the journal keeps. Pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from redcap_licats.derive.model import Class, CriterionResult, EventResult, SubjectResult
from redcap_licats.derive.toxicity import Graded
from redcap_licats.protocol.models import CRITERION_SLOTS, Protocol
from redcap_licats.query.model import Query, State
from redcap_licats.subject.model import Subject, Tri
from redcap_licats.sync.display import organ_line
from redcap_licats.sync.open_queries import open_queries
from redcap_licats.sync.wording import codes, date, decimal, ratio, whole, yes_no

RESULT = "licats_result"
SUMMARY = "licats_summary"
KEY = "res_key_d"
PROTOCOL_MARK = "res_proto_d"

CLASS_CODES: Mapping[Class, str] = {
    Class.UNDETERMINED: "undet",
    Class.NOT_LICATS: "not",
    Class.PENDING: "pending",
    Class.PROBABLE: "probable",
    Class.CONFIRMED: "confirmed",
}
_TRI: Mapping[Tri, str] = {"yes": "yes", "no": "no", "unknown": "unk"}
_STATES = {"met": "met", "not_met": "notmet", "na": "na"}
_SEVERITIES = ("hard", "query", "soft")


class Written(NamedTuple):
    """A value to stand in a cell, and the rule that it comes from."""

    value: str
    rule: str


Cells = dict[str, Written]

#: field without its stem -> rule (key of ``EventResult.trace``) and value
_EVENT: Mapping[str, tuple[str, Callable[[EventResult], str]]] = {
    "key": ("onset", lambda one: one.event.key),
    "organ": ("onset", lambda one: one.event.organ),
    "event_inst": ("onset", lambda one: whole(one.event.place.instance)),
    "onset": ("onset", lambda one: date(one.onset)),
    "onset_day": ("onset_day", lambda one: whole(one.onset_day)),
    "timing": ("timing", lambda one: one.timing.value if one.timing else ""),
    "dur": ("duration", lambda one: whole(one.duration)),
    "dur_incl": ("duration", lambda one: whole(one.duration_inclusive)),
    "gc": ("exposure", lambda one: yes_no(one.exposure.given)),
    "gc_peak": ("exposure", lambda one: decimal(one.exposure.peak)),
    "gc_cum": ("exposure", lambda one: decimal(one.exposure.cumulative)),
    "gc_days": ("exposure", lambda one: whole(one.exposure.days)),
    "gc_attr": ("exposure", lambda one: one.exposure.attribution),
    "stay": ("stay", lambda one: one.stay.kind or ("none" if one.stay.hospital is False else "")),
    "icu": ("stay", lambda one: yes_no(one.stay.icu)),
    "bcell": ("bcells", lambda one: decimal(one.bcells.count.value) if one.bcells.count else ""),
    "bcell_date": ("bcells", lambda one: date(one.bcells.count.date) if one.bcells.count else ""),
    "aplasia": ("bcells", lambda one: _TRI[one.bcells.aplasia]),
    "crs": ("crs_overlap", lambda one: _TRI[one.crs_overlap]),
    "icans": ("icans_overlap", lambda one: _TRI[one.icans_overlap]),
    "grade": ("grade", lambda one: whole(one.grade)),
    "grade_why": ("grade", lambda one: codes(one.grade_reasons)),
    "grade_miss": ("grade", lambda one: codes(one.grade_missing)),
    "prov": ("provisional", lambda one: yes_no(one.provisional)),
    "fatal": ("grade", lambda one: yes_no("FATAL" in one.flags)),
    "flags": ("grade", lambda one: codes(one.flags)),
    "class": ("classification", lambda one: CLASS_CODES[one.classification]),
    "reasons": ("classification", lambda one: codes(one.reasons)),
    "fin_class": ("final", lambda one: CLASS_CODES[one.final_classification]),
    "fin_grade": ("final", lambda one: whole(one.final_grade)),
    "adj": ("final", lambda one: yes_no(one.adjudicated)),
    "ctc5_term": ("ctcae5", lambda one: one.ctcae5.term),
    "ctc5_grade": ("ctcae5", lambda one: whole(one.ctcae5.grade)),
    "ctc5_miss": ("ctcae5", lambda one: codes(one.ctcae5.missing)),
    "ctc6_term": ("ctcae6", lambda one: one.ctcae6.term),
    "ctc6_grade": ("ctcae6", lambda one: whole(one.ctcae6.grade)),
    "ctc6_miss": ("ctcae6", lambda one: codes(one.ctcae6.missing)),
    "fprint": ("fingerprint", lambda one: one.fingerprint),
}

#: the same for one criterion slot
_CRITERION: Mapping[str, Callable[[CriterionResult], str]] = {
    "id": lambda one: one.criterion,
    "claim": lambda one: yes_no(one.claimed),
    "state": lambda one: _STATES[one.state],
    "bl": lambda one: decimal(one.baseline.value) if one.baseline else "",
    "bl_date": lambda one: date(one.baseline.date) if one.baseline else "",
    "bl_fb": lambda one: yes_no(one.baseline_is_fallback) if one.baseline else "",
    "pk": lambda one: decimal(one.peak.value) if one.peak else "",
    "pk_date": lambda one: date(one.peak.date) if one.peak else "",
    "ratio": lambda one: ratio(one.ratio),
    "chg": lambda one: decimal(one.change),
    "unit": lambda one: one.peak.unit if one.peak else (one.baseline.unit if one.baseline else ""),
    "smp": lambda one: one.peak.sample_id if one.peak else "",
    "labchg": lambda one: yes_no(one.laboratory_changed) if one.peak and one.baseline else "",
    "miss": lambda one: codes(one.missing),
}


def result_cells(event: EventResult, queries: Sequence[Query], protocol: Protocol) -> Cells:
    """Give the cells of one event's row on ``licats_result``; every field of the form, '' where there is nothing.

    ``queries`` are those of the whole record.
    """
    cells = {f"res_{name}_d": Written(value(event), rule) for name, (rule, value) in _EVENT.items()}
    for slot in range(CRITERION_SLOTS):
        result = event.criteria[slot] if slot < len(event.criteria) else None
        rule = f"criterion.{result.criterion}" if result else "criterion"
        for name, value_of in _CRITERION.items():
            cells[f"res_c{slot + 1}_{name}_d"] = Written(value_of(result) if result else "", rule)
    open_here = open_queries(queries, event.event.place)
    cells[PROTOCOL_MARK] = Written(protocol_mark(protocol), "protocol")
    cells["res_q_any_d"] = Written(yes_no(bool(open_here)), "queries")
    cells["res_q_n_d"] = Written(whole(len(open_here)), "queries")
    cells["res_q_sev_d"] = Written(_highest(open_here), "queries")
    return _complete(RESULT, cells)


def protocol_mark(protocol: Protocol) -> str:
    """Name the protocol that results are written by: its version, and its content by the first of its hash."""
    return f"{protocol.version} {protocol.hash[:12]}"


def summary_cells(subject: Subject, derived: SubjectResult, queries: Sequence[Query], protocol: Protocol) -> Cells:
    """Give the cells of ``licats_summary``."""
    before = derived.baseline_bcells
    values = {
        "enrolment": _enrolment(subject),
        "events": _events(derived, protocol),
        "baseline_bcells": {"bcell_bl": decimal(before.value) if before else ""},
        "aplasia": {"apl_start": date(derived.aplasia.start), "apl_end": date(derived.aplasia.end)},
        "expansion": {
            "cart_peak": decimal(derived.expansion.peak),
            "cart_unit": derived.expansion.unit,
            "cart_date": date(derived.expansion.date),
            "cart_days": whole(derived.expansion.days),
        },
        "crs_grade": {"crs": whole(derived.crs_grade)},
        "crs_onset_day": {"crs_day": whole(derived.crs_onset_day)},
        "tocilizumab": {"tcz": yes_no(derived.tocilizumab)},
        "icans_grade": {"icans": whole(derived.icans_grade)},
        **{name: _graded(name, one) for name, one in derived.gradings.items()},
        "queries": _counts(queries),
        "display": {slug: organ_line(slug, derived.events, queries, protocol) for slug in protocol.organs},
    }
    cells = {
        f"sum_{name}_d": Written(value, rule) for rule, group in values.items() for name, value in group.items()
    }
    return _complete(SUMMARY, cells)


def _graded(name: str, graded: Graded) -> Mapping[str, str]:
    return {name: whole(graded.grade), f"{name}_miss": codes(graded.missing)}


def _complete(form: str, cells: Cells) -> Cells:
    return {**cells, f"{form}_complete": Written("2", "status")}


def _highest(queries: Sequence[Query]) -> str:
    found = {one.severity for one in queries}
    return next((severity for severity in _SEVERITIES if severity in found), "")


def _enrolment(subject: Subject) -> Mapping[str, str]:
    enrolment = subject.enrolment
    affected = [slug for slug, organ in enrolment.organs.items() if organ.affected == "yes"] if enrolment else []
    return {
        "day0": date(subject.day_zero),
        "age": whole(enrolment.age) if enrolment else "",
        "sex": (enrolment.sex or "") if enrolment else "",
        "dx": enrolment.diagnosis if enrolment else "",
        "affected": codes(affected),
    }


def _events(derived: SubjectResult, protocol: Protocol) -> Mapping[str, str]:
    """Sum up the events that count; whether there is any is left open while one is undetermined."""
    counted = derived.counted
    undetermined = any(one.final_classification is Class.UNDETERMINED for one in derived.events)
    dated = [one for one in counted if one.onset_day is not None]
    first = min(dated, key=lambda one: one.onset_day or 0) if dated else None
    organs = {one.event.organ for one in counted}
    return {
        "any": yes_no(True if counted else None if undetermined else False),
        "n": whole(len(counted)),
        "grade": whole(max((one.final_grade for one in counted if one.final_grade is not None), default=None)),
        "organs": codes(slug for slug in protocol.organs if slug in organs),
        "first_day": whole(first.onset_day) if first else "",
        "first_class": first.timing.value if first and first.timing else "",
    }


def _counts(queries: Sequence[Query]) -> Mapping[str, str]:
    found = open_queries(queries)
    waiting_for_monitor = sum(one.state is State.ANSWERED for one in found)
    return {
        "q_any": yes_no(bool(found)),
        **{f"q_{severity}": whole(sum(one.severity == severity for one in found)) for severity in _SEVERITIES},
        "q_site": whole(len(found) - waiting_for_monitor),
        "q_mon": whole(waiting_for_monitor),
    }
