"""The classification of an event (RULES.md): all reasons, then the class of the first one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redcap_licats.derive.flare import flare_pattern
from redcap_licats.derive.model import (
    CLASS_OF_REASON,
    BCells,
    Class,
    CriterionResult,
    CriterionState,
    Discriminator,
    Exposure,
)
from redcap_licats.derive.timing import Resolution, resolution
from redcap_licats.protocol.settings import Classification
from redcap_licats.subject.model import Adjudication, OrganEvent, Subject


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a classification is made from, beside the event's own form."""

    onset_day: int | None
    criteria: Sequence[CriterionResult]
    exposure: Exposure
    bcells: BCells
    flare: Sequence[Discriminator]


def classify(
    event: OrganEvent, evidence: Evidence, subject: Subject, settings: Classification
) -> tuple[Class, tuple[str, ...]]:
    """Give the class and all its reasons in the order of RULES.md; without any reason *confirmed*."""
    found = {
        *_time(event, evidence, subject),
        *_criteria(evidence.criteria),
        *_causes(event),
        *_doubts(event, evidence, subject, settings),
    }
    reasons = tuple(one for one in CLASS_OF_REASON if one in found)
    return CLASS_OF_REASON[reasons[0]] if reasons else Class.CONFIRMED, reasons


def _time(event: OrganEvent, evidence: Evidence, subject: Subject) -> Iterable[str]:
    """Judge the dates; an event without a known end counts as ongoing until the site says otherwise."""
    if subject.day_zero is None:
        yield "NO_INFUSION_DATE"
    if event.onset is None or event.onset.exact is None:
        yield "NO_ONSET_DATE"
    if evidence.onset_day is not None and evidence.onset_day < 0:
        yield "ONSET_BEFORE_INFUSION"
    if resolution(event) is not Resolution.ENDED:
        yield "ONGOING"


def _criteria(criteria: Sequence[CriterionResult]) -> Iterable[str]:
    """Judge claims against data; a criterion that the data meet counts, ticked or not.

    What is not ticked is no evidence against an event while the data of every criterion are missing.
    """
    states = {one.state for one in criteria}
    claimed = {one.state for one in criteria if one.claimed}
    met = CriterionState.MET in states
    if not claimed and not met:
        yield "NO_CRITERION"
    if not met and (claimed or states) == {CriterionState.NOT_ASSESSABLE}:
        yield "NOT_ASSESSABLE"
    elif claimed == {CriterionState.NOT_MET} and not met:
        yield "CRITERION_NOT_MET"
    elif CriterionState.NOT_MET in claimed:
        yield "CONTRADICTED"


def _causes(event: OrganEvent) -> Iterable[str]:
    """Judge the alternative causes; a blank answer is not an exclusion."""
    answers = set(event.causes.values())
    if "explains" in answers:
        yield "OTHER_CAUSE"
    if answers & {"possible", "not_assessed", None}:
        yield "CAUSES_OPEN"


def _doubts(event: OrganEvent, evidence: Evidence, subject: Subject, settings: Classification) -> Iterable[str]:
    involvement = subject.enrolment.organs.get(event.organ) if subject.enrolment else None
    if involvement and involvement.affected == "no":
        yield "ORGAN_NOT_AFFECTED_BEFORE"
    if evidence.bcells.aplasia == "no":
        yield "OUTSIDE_APLASIA"
    if evidence.exposure.days_at_least > settings.long_gc_days:
        yield "LONG_GC"
    if flare_pattern(evidence.flare):
        yield "FLARE_PATTERN"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the adjudicators decided of an event; ``split`` if two reviewers differ and there is no consensus."""

    adjudication: Adjudication | None
    split: bool = False


def rulings_on(event: OrganEvent, subject: Subject) -> tuple[Adjudication, ...]:
    """Give the adjudications that name an event.

    They name organ and instance; where several REDCap events hold such an instance, they mean the one of their own
    REDCap event.
    """
    alone = sum(one.short_key == event.short_key for one in subject.events) == 1
    return tuple(
        one
        for one in subject.adjudications
        if one.event_key == event.short_key and (alone or one.place.event == event.place.event)
    )


def ruling(event: OrganEvent, subject: Subject) -> Ruling:
    """Take the consensus, else the single reviewer, else what two reviewers agree on; of each the last row."""
    last = {one.reviewer: one for one in rulings_on(event, subject) if one.reviewer}
    if "consensus" in last:
        return Ruling(last["consensus"])
    verdicts = {(one.classification, one.grade) for one in last.values()}
    if len(verdicts) > 1:
        return Ruling(None, split=True)
    return Ruling(next(iter(last.values()), None))
