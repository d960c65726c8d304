"""Everything derived of one subject: a pure function of what was entered and the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.derive.aplasia import BCellCourse, b_cells_at, b_cells_before, b_cells_used, follow_b_cells
from redcap_licats.derive.classification import Evidence, classify, ruling
from redcap_licats.derive.ctcae import grade_by_ctcae
from redcap_licats.derive.episodes import regrade_episodes, worst_episode
from redcap_licats.derive.evidence import assess_criteria
from redcap_licats.derive.expansion import expansion, expansion_values
from redcap_licats.derive.exposure import exposures
from redcap_licats.derive.fingerprint import fingerprint
from redcap_licats.derive.flare import flare_differential
from redcap_licats.derive.grade import derive_grade
from redcap_licats.derive.icaht import grade_counts
from redcap_licats.derive.model import (
    Class,
    EventResult,
    Expansion,
    Exposure,
    Measurement,
    Reason,
    StayResult,
    SubjectResult,
)
from redcap_licats.derive.overlap import crs_onset_day, crs_treated_with_tocilizumab, highest_grade, overlaps
from redcap_licats.derive.stay import stays
from redcap_licats.derive.timing import Resolution, duration, onset_day, resolution, timing_class
from redcap_licats.derive.trace import trace_event, trace_subject
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.model import OrganEvent, Subject


@dataclass(frozen=True, slots=True)
class _Course:
    """What is derived once per subject and used for every event."""

    exposures: Mapping[str, tuple[Exposure, Reason]]
    stays: Mapping[str, tuple[StayResult, Reason]]
    bcells: BCellCourse
    expansion: tuple[Expansion, Measurement | None]


def derive_subject(subject: Subject, protocol: Protocol) -> SubjectResult:
    """Derive every event and the subject's summary; every value has its reason in ``trace``."""
    values = expansion_values(subject, protocol)
    before = b_cells_before(subject, protocol)
    course = _Course(
        exposures(subject, protocol), stays(subject), follow_b_cells(subject, protocol), expansion(values)
    )
    episodes = regrade_episodes(subject, protocol)
    crs, crs_reason = worst_episode("crs", episodes, subject, protocol)
    icans, icans_reason = worst_episode("icans", episodes, subject, protocol)
    counts = {name: grade_counts(scale, subject, protocol) for name, scale in protocol.toxicity.counts.items()}
    return SubjectResult(
        record=subject.record,
        events=tuple(_event(event, course, subject, protocol) for event in subject.events),
        aplasia=course.bcells.aplasia,
        expansion=course.expansion[0],
        crs_grade=highest_grade("crs", subject.toxicities),
        crs_onset_day=crs_onset_day(subject),
        tocilizumab=crs_treated_with_tocilizumab(subject),
        icans_grade=highest_grade("icans", subject.toxicities),
        baseline_bcells=before,
        episodes=episodes,
        crs_astct=crs,
        icans_astct=icans,
        icaht_early=counts["icaht_early"][0],
        icaht_late=counts["icaht_late"][0],
        ticaht_early=counts["ticaht_early"][0],
        ticaht_late=counts["ticaht_late"][0],
        trace=trace_subject(
            subject,
            before,
            [one for one, _ in course.bcells.counts],
            values,
            {
                "crs_astct": crs_reason,
                "icans_astct": icans_reason,
                **{name: reason for name, (_, reason) in counts.items()},
            },
        ),
    )


def _event(event: OrganEvent, course: _Course, subject: Subject, protocol: Protocol) -> EventResult:
    settings = protocol.settings
    onset = event.onset.exact if event.onset else None
    day = onset_day(onset, subject.day_zero)
    assessed = assess_criteria(event, subject, protocol)
    criteria = tuple(result for result, _ in assessed)
    exposure, exposure_reason = course.exposures[event.key]
    stay, stay_reason = course.stays[event.key]
    bcells = b_cells_at(onset, course.bcells, settings.aplasia.at_onset_within_days)
    flare = flare_differential(event, exposure, course.expansion, subject, protocol)
    grade = derive_grade(event, protocol.organs[event.organ], exposure, stay, subject, settings.grading)
    classification, reasons = classify(
        event, Evidence(day, criteria, exposure, bcells, flare), subject, settings.classification
    )
    ruled = ruling(event, subject)
    decision = ruled.adjudication
    length = duration(event)
    ctcae5, ctcae5_reason = grade_by_ctcae("5", event, criteria, stay, subject, protocol)
    ctcae6, ctcae6_reason = grade_by_ctcae("6", event, criteria, stay, subject, protocol)
    trace = trace_event(
        event,
        subject,
        criteria={result.criterion: reason for result, reason in assessed},
        exposure=exposure_reason,
        stay=stay_reason,
        bcells=[one.input for one in b_cells_used(bcells, course.bcells)],
        flare=flare,
        grade=grade,
        reasons=reasons,
        decision=decision,
        ctcae={"ctcae5": ctcae5_reason, "ctcae6": ctcae6_reason},
    )
    return EventResult(
        event=event,
        onset=onset,
        onset_day=day,
        timing=timing_class(day, settings.timing),
        duration=length,
        duration_inclusive=None if length is None else length + 1,
        criteria=criteria,
        exposure=exposure,
        stay=stay,
        bcells=bcells,
        crs_overlap=overlaps(event, "crs", subject.toxicities),
        icans_overlap=overlaps(event, "icans", subject.toxicities),
        grade=grade.grade,
        grade_reasons=grade.reasons,
        grade_missing=grade.missing,
        provisional=resolution(event) is not Resolution.ENDED,
        flags=(*grade.flags, *(["ADJUDICATION_OPEN"] if ruled.split else [])),
        classification=classification,
        reasons=reasons,
        final_classification=Class(decision.classification)
        if decision and decision.classification
        else classification,
        final_grade=decision.grade if decision and decision.grade is not None else grade.grade,
        adjudicated=decision is not None,
        fingerprint=fingerprint(one for reason in trace.values() for one in reason.inputs),
        ctcae5=ctcae5,
        ctcae6=ctcae6,
        flare=flare,
        trace=trace,
    )
