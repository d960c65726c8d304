"""Run the edit checks over one subject."""

from __future__ import annotations

from collections.abc import Iterable, Set

from redcap_licats.check import (
    adverse_events,
    baseline,
    bcells,
    causes,
    consistency,
    crs,
    dates,
    duplicates,
    glucocorticoid,
    grade,
    hospital,
    organ_findings,
    organ_values,
    serology,
    units,
)
from redcap_licats.check.model import Context, Due, Finding, Outcome, Skipped, Unread
from redcap_licats.check.registry import CHECKS
from redcap_licats.protocol.models import Protocol

#: The modules of the checks; importing them fills the registry.
GROUPS = (
    adverse_events,
    baseline,
    bcells,
    causes,
    consistency,
    crs,
    dates,
    duplicates,
    glucocorticoid,
    grade,
    hospital,
    organ_findings,
    organ_values,
    serology,
    units,
)


def run_checks(context: Context) -> Outcome:
    """Run every check that is switched on and can be run in this study.

    Findings that only follow from another one are left out (facts 5.1: one root cause, one query).
    """
    protocol = context.protocol
    unread = context.history if isinstance(context.history, Unread) else None
    skipped = skipped_checks(protocol, context.subject.absent_forms, unread=unread)
    not_run = {one.check for one in skipped}
    unmapped = context.subject.unmapped
    findings: dict[tuple[object, ...], Finding] = {}
    due = []
    for spec in protocol.checks.values():
        if not spec.enabled or spec.id in not_run:
            continue
        for said in (one for run in CHECKS[spec.id] for one in run(context, spec)):
            if isinstance(said, Due):
                due.append(said.on)
            elif said.field not in unmapped:
                findings.setdefault((said.place, said.check, said.field), said)
    return Outcome(
        findings=tuple(findings[key] for key in sorted(_with_meaning(findings.values(), protocol))),
        next_due=min((day for day in due if day > context.today), default=None),
        skipped=skipped,
    )


def _with_meaning(findings: Iterable[Finding], protocol: Protocol) -> Iterable[tuple[object, ...]]:
    """Leave out a finding that read a cell on which a check fired that makes it meaningless."""
    findings = list(findings)
    silenced = {
        (name, one.place, one.field) for one in findings for name in protocol.checks[one.check].makes_meaningless
    }
    return [
        (one.place, one.check, one.field)
        for one in findings
        if not any((one.check, cell.place, cell.field) in silenced for cell in one.inputs)
    ]


def skipped_checks(
    protocol: Protocol, absent_forms: Set[str] = frozenset(), *, unread: Unread | None
) -> tuple[Skipped, ...]:
    """List the checks that cannot be run in this study, with the reason.

    Args:
        protocol: The protocol; an instrument that it does not have is not in the study.
        absent_forms: Instruments of the protocol that this study does not have.
        unread: Why REDCap's log was not read; None if it was.
    """
    skipped = []
    for spec in protocol.checks.values():
        absent = [form for form in spec.reads if form in absent_forms or form not in protocol.instruments]
        if not spec.enabled:
            continue
        if absent:
            skipped.append(Skipped(spec.id, f"form not in study: {', '.join(absent)}"))
        elif spec.needs_history and unread:
            skipped.append(Skipped(spec.id, unread.reason))
    return tuple(skipped)
