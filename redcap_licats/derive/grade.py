"""The derived LICATS grade (facts 1.5): what was done for the event, row by row; the highest applicable wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from redcap_licats.derive.exposure import running
from redcap_licats.derive.model import Exposure, StayResult
from redcap_licats.derive.timing import Resolution, first_day, resolution
from redcap_licats.protocol.models import Organ
from redcap_licats.protocol.settings import Grading
from redcap_licats.subject.model import OrganEvent, Subject

OTHER_IMMUNOSUPPRESSION = frozenset({"tcz", "anakinra", "ivig", "dialysis"})
LOCAL_TREATMENT = frozenset({"topical", "nsaid"})


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade, why, what is missing for it, and flags that ask for a second look."""

    grade: int | None
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    flags: tuple[str, ...]


def derive_grade(
    event: OrganEvent, organ: Organ, exposure: Exposure, stay: StayResult, subject: Subject, settings: Grading
) -> Grade:
    """Grade an event; undetermined (None) while an answer is missing that could raise it, never 1 by default.

    Intensive care for it 4, a new or prolonged stay because of it 3, systemic glucocorticoid for it 2, else 1 once
    resolved, and provisionally while it is known to go on. A fatal event has no grade. Source: P:S1; the handling
    of its gaps is a study setting.
    """
    flags = [*_flags(event, organ, exposure, stay, subject)]
    if event.outcome == "fatal":
        return Grade(None, ("FATAL",), (), ("FATAL", *flags))
    missing: list[str] = []
    for grade, answer, name in (
        (4, stay.icu, "icu"),
        (3, stay.hospital, "hospital"),
        (2, exposure.given, "glucocorticoid"),
        (1, resolution(event) is not Resolution.UNKNOWN or None, "end"),
    ):
        if answer is None:
            missing.append(name)
        elif answer and missing:
            break
        elif answer:
            reason = _reason(grade, event, organ, exposure, stay, settings)
            return Grade(grade, (reason,), (), (*([reason] if reason.startswith("G2_") else []), *flags))
    return Grade(None, (), tuple(missing), tuple(flags))


def _reason(
    grade: int, event: OrganEvent, organ: Organ, exposure: Exposure, stay: StayResult, settings: Grading
) -> str:
    if grade == 4:
        return "ICU"
    if grade == 3:
        return f"STAY_{stay.kind.upper()}" if stay.kind else "STAY"
    if grade == 2:
        return _glucocorticoid_reason(event, organ, exposure, settings)
    return "RESOLVED" if resolution(event) is Resolution.ENDED else "ONGOING"


def _glucocorticoid_reason(event: OrganEvent, organ: Organ, exposure: Exposure, settings: Grading) -> str:
    """Find why glucocorticoid makes the event grade 2.

    Symptoms lasting longer than the days set: the first course for it started more than that many days after the
    first symptom (else the onset). Inner organ: the organ is one by the study's list, or the form says that one is
    involved. Neither: ``G2_REASON_NOT_MET``; days unknown: ``G2_REASON_UNKNOWN``.
    """
    first = first_day(event)
    days = (exposure.start - first).days if exposure.start and first else None
    if days is not None and days > settings.symptoms_longer_than_days:
        return "GC_DURATION"
    if organ.inner_organ or event.inner_organ:
        return "GC_INNER_ORGAN"
    return "G2_REASON_UNKNOWN" if days is None else "G2_REASON_NOT_MET"


def _flags(
    event: OrganEvent, organ: Organ, exposure: Exposure, stay: StayResult, subject: Subject
) -> Iterable[str]:
    onset = event.onset.exact if event.onset else None
    topical = any(not one.systemic and event.organ in one.indications for one in subject.courses)
    if not exposure.given and (topical or event.other_treatment & LOCAL_TREATMENT):
        yield "TOPICAL_ONLY"
    if event.other_treatment & OTHER_IMMUNOSUPPRESSION:
        yield "OTHER_IMMUNOSUPP"
    if exposure.given is False and (organ.inner_organ or event.inner_organ):
        yield "INNER_ORGAN_WITHOUT_GC"
    if onset and any(
        one.systemic and one.indications & {"crs", "icans"} for one in running(subject.courses, onset)
    ):
        yield "GC_FOR_CRS_ICANS"
    if exposure.ambiguous:
        yield "GC_AMBIGUOUS"
    if exposure.unconverted:
        yield "GC_SALT"
    if stay.ambiguous:
        yield "STAY_AMBIGUOUS"
