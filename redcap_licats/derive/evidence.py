"""The criteria of an event against the recorded data: baseline, peak, ratio, met or not.

A criterion is *met* when the data show it, whether the site ticked it or not; a *finding* is met when ticked. It
is *not met* only when its data are complete and contradict it, else *not assessable*, with what is missing.
"""

from __future__ import annotations

from redcap_licats.derive.laboratory import assess_laboratory
from redcap_licats.derive.model import CriterionResult, CriterionState, Reason
from redcap_licats.derive.oxygenation import assess_oxygenation
from redcap_licats.protocol.models import Criterion, Protocol
from redcap_licats.subject.model import OrganEvent, Subject


def assess_criteria(
    event: OrganEvent, subject: Subject, protocol: Protocol
) -> tuple[tuple[CriterionResult, Reason], ...]:
    """Assess every criterion of the event's organ; each with its reason."""
    return tuple(
        _assess(criterion, event, subject, protocol) for criterion in protocol.organs[event.organ].criterion
    )


def _assess(
    criterion: Criterion, event: OrganEvent, subject: Subject, protocol: Protocol
) -> tuple[CriterionResult, Reason]:
    match criterion.kind:
        case "lab_rise" | "lab_above":
            return assess_laboratory(criterion, event, subject, protocol)
        case "spo2_fall":
            return assess_oxygenation(criterion, event, subject, protocol)
        case "finding":
            return _finding(criterion, event, subject)


def _finding(criterion: Criterion, event: OrganEvent, subject: Subject) -> tuple[CriterionResult, Reason]:
    claimed = criterion.id in event.criteria
    state = CriterionState.MET if claimed else CriterionState.NOT_MET
    ticked = subject.cell(event.place, f"{event.organ}_crit")
    return CriterionResult(criterion.id, claimed, state), Reason("finding", (ticked,))
