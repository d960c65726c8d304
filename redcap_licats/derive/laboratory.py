"""Laboratory criteria: a rise above baseline, or a value above the upper limit and above baseline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from redcap_licats.derive.measurements import (
    above,
    baseline_of,
    comparable,
    laboratory_changed,
    laboratory_values,
    reaches,
    unusable_values,
)
from redcap_licats.derive.model import CriterionResult, CriterionState, Measurement, Reason
from redcap_licats.derive.window import criterion_reason, lacking, peak_window
from redcap_licats.protocol.base import exact
from redcap_licats.protocol.models import Criterion, Protocol
from redcap_licats.subject.model import OrganEvent, Subject

_RANK: dict[bool | None, int] = {False: 0, None: 1, True: 2}


def assess_laboratory(
    criterion: Criterion, event: OrganEvent, subject: Subject, protocol: Protocol
) -> tuple[CriterionResult, Reason]:
    """Judge the values in the event's window; the peak is the one that meets the criterion best, then the highest.

    A baseline of zero or with a censor sign is no denominator: the ratio cannot be assessed (facts 4.5). Nor can
    the criterion while a value in the window has no known unit, unless another one meets it.
    """
    analyte = protocol.analytes[criterion.analyte or ""]
    values = laboratory_values(subject, analyte)
    baseline = baseline_of(values, subject.infusion)
    base = baseline.measurement
    window = peak_window(event, subject, protocol.settings.window)
    inside = [one for one in values if window and window.holds(one.date)]
    entered = unusable_values(subject, analyte, protocol.settings.missing_data_codes)
    unusable = [cell for date, cell in entered if window and window.holds(date)]
    if base:
        inside = [one for one in inside if comparable(one, base, analyte)] or inside

    def verdict(one: Measurement) -> bool | None:
        if base is None or not comparable(one, base, analyte):
            return None
        if criterion.kind == "lab_above":
            return None if one.upper is None else _both(above(one, one.upper), above(one, base))
        return _rise(one, base, criterion)

    peak = max(inside, key=lambda one: (_RANK[verdict(one)], one.value, one.censor == ">"), default=None)
    state = _state([*(verdict(one) for one in inside), *(None for _ in unusable)])
    missing: tuple[str, ...] = ()
    if state is CriterionState.NOT_ASSESSABLE:
        unclear = _unclear(criterion, base, peak, comparable(peak, base, analyte)) if peak and base else ()
        missing = (*lacking(subject, window, base, peak), *unclear)
        if unusable and not missing:
            missing = ("peak_unusable",)
    reason = criterion_reason(criterion, event, subject, (base, peak))
    return (
        CriterionResult(
            criterion.id,
            criterion.id in event.criteria,
            state,
            baseline=base,
            baseline_is_fallback=baseline.fallback,
            peak=peak,
            ratio=peak.value / base.value if peak and base and _plain(peak, base) and base.value > 0 else None,
            change=peak.value - base.value if peak and base and _plain(peak, base) else None,
            laboratory_changed=bool(peak and base and laboratory_changed(peak, base)),
            missing=missing,
        ),
        replace(reason, inputs=(*reason.inputs, *unusable)),
    )


def _rise(one: Measurement, base: Measurement, criterion: Criterion) -> bool | None:
    """Compare with the baseline by exact fractions: 1.2 over 0.8 mg/dL is 1.5, which a float misses."""
    if criterion.at_least is None:
        risen = above(one, base)
    elif base.censor or base.value <= 0:
        return None
    else:
        risen = reaches(one, base.value * exact(criterion.at_least))
    return risen if criterion.floor is None else _both(risen, reaches(one, exact(criterion.floor)))


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return True if one and other else None


def _state(verdicts: Iterable[bool | None]) -> CriterionState:
    """Met by any value; not met only if no value leaves it open."""
    seen = set(verdicts)
    if True in seen:
        return CriterionState.MET
    return CriterionState.NOT_MET if seen == {False} else CriterionState.NOT_ASSESSABLE


def _plain(*values: Measurement) -> bool:
    return not any(one.censor for one in values)


def _unclear(criterion: Criterion, base: Measurement, peak: Measurement, alike: bool) -> Iterable[str]:
    """Name why two values that are there cannot be compared."""
    if not alike:
        yield "comparable_assay"
    if criterion.kind == "lab_above" and peak.upper is None:
        yield "upper_limit"
    if base.censor:
        yield "baseline_censored"
    elif criterion.kind == "lab_rise" and base.value <= 0:
        yield "baseline_zero"
    if peak.censor:
        yield "peak_censored"
