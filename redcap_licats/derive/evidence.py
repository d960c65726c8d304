"""The criteria of an event against the recorded data: baseline, peak, ratio, met or not.

A criterion is *met* when the data show it, whether the site ticked it or not; a *finding* is met when ticked. It
is *not met* only when its data are complete and contradict it, else *not assessable*, with what is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction

from redcap_licats.derive.measurements import (
    above,
    baseline_of,
    comparable,
    laboratory_changed,
    laboratory_values,
    oxygen_saturations,
    oxygen_use,
    reaches,
)
from redcap_licats.derive.model import CriterionResult, CriterionState, Measurement, Reason
from redcap_licats.derive.timing import Period, Resolution, resolution
from redcap_licats.protocol.models import Criterion, Protocol
from redcap_licats.protocol.settings import Window
from redcap_licats.subject.model import OrganEvent, Subject
from redcap_licats.subject.values import read_date

Assessed = tuple[CriterionResult, Reason]


def peak_window(event: OrganEvent, subject: Subject, window: Window) -> Period | None:
    """Give the days in which an event's peak is looked for; None without an onset date.

    From ``before_onset_days`` before onset, but not before the infusion, to ``after_end_days`` after the end; of
    an event without an end date to the day before the organ's next onset, or open. Source: study setting
    (facts 1.2).
    """
    onset = event.onset.exact if event.onset else None
    if onset is None:
        return None
    first = onset - dt.timedelta(days=window.before_onset_days)
    if subject.day_zero and onset >= subject.day_zero:
        first = max(first, subject.day_zero)
    if event.end and resolution(event) is Resolution.ENDED:
        return Period(first, event.end + dt.timedelta(days=window.after_end_days))
    onsets = (one.onset.exact for one in subject.events if one.organ == event.organ and one.onset)
    following = min((one for one in onsets if one and one > onset), default=None)
    return Period(first, following - dt.timedelta(days=1) if following else None)


def assess_criteria(event: OrganEvent, subject: Subject, protocol: Protocol) -> tuple[Assessed, ...]:
    """Assess every criterion of the event's organ; each with its reason."""
    return tuple(
        _finding(criterion, event, subject)
        if criterion.kind == "finding"
        else _oxygenation(criterion, event, subject, protocol)
        if criterion.kind == "spo2_fall"
        else _laboratory(criterion, event, subject, protocol)
        for criterion in protocol.organs[event.organ].criterion
    )


def _finding(criterion: Criterion, event: OrganEvent, subject: Subject) -> Assessed:
    claimed = criterion.id in event.criteria
    state = CriterionState.MET if claimed else CriterionState.NOT_MET
    ticked = subject.cell(event.place, f"{event.organ}_crit")
    return CriterionResult(criterion.id, claimed, state), Reason("finding", (ticked,))


def _laboratory(criterion: Criterion, event: OrganEvent, subject: Subject, protocol: Protocol) -> Assessed:
    analyte = protocol.analytes[criterion.analyte or ""]
    values = laboratory_values(subject, analyte)
    baseline = baseline_of(values, subject.infusion)
    base = baseline.measurement
    window = peak_window(event, subject, protocol.settings.window)
    inside = [one for one in values if window and window.holds(one.date)]
    if base:
        inside = [one for one in inside if comparable(one, base, analyte)] or inside

    def verdict(one: Measurement) -> bool | None:
        if base is None or not comparable(one, base, analyte):
            return None
        if criterion.kind == "lab_above":
            return None if one.upper is None else _both(above(one, one.upper), above(one, base))
        return _rise(one, base, criterion)

    peak = max(inside, key=lambda one: (_RANK[verdict(one)], one.value, one.censor == ">"), default=None)
    state = _state(verdict(one) for one in inside)
    missing = _missing(subject, window, base, peak)
    if peak and base and state is CriterionState.NOT_ASSESSABLE:
        missing += tuple(_unclear(criterion, base, peak, comparable(peak, base, analyte)))
    return (
        CriterionResult(
            criterion.id,
            criterion.id in event.criteria,
            state if not missing else CriterionState.NOT_ASSESSABLE,
            baseline=base,
            baseline_is_fallback=baseline.fallback,
            peak=peak,
            ratio=peak.value / base.value if peak and base and _exact(peak, base) and base.value > 0 else None,
            change=peak.value - base.value if peak and base and _exact(peak, base) else None,
            laboratory_changed=bool(peak and base and laboratory_changed(peak, base)),
            missing=missing,
        ),
        _reason(criterion, event, subject, (base, peak)),
    )


def _rise(one: Measurement, base: Measurement, criterion: Criterion) -> bool | None:
    """Compare with the baseline by exact fractions: 1.2 over 0.8 mg/dL is 1.5, which a float misses."""
    if criterion.at_least is None:
        risen = above(one, base)
    elif base.censor or base.value <= 0:
        return None
    else:
        risen = reaches(one, base.value * Fraction(criterion.at_least))
    return risen if criterion.floor is None else _both(risen, reaches(one, Fraction(criterion.floor)))


def _oxygenation(criterion: Criterion, event: OrganEvent, subject: Subject, protocol: Protocol) -> Assessed:
    """Assess a fall of SpO2 below baseline by the points set, or oxygen newly needed."""
    values = oxygen_saturations(subject)
    baseline = baseline_of(values, subject.infusion)
    base = baseline.measurement
    window = peak_window(event, subject, protocol.settings.window)
    inside = [one for one in values if window and window.holds(one.date)]
    lowest = min(inside, key=lambda one: one.value, default=None)
    fall = base.value - lowest.value if base and lowest else None
    fallen = None if fall is None else fall >= Fraction(criterion.points or 0)

    use = oxygen_use(subject)
    before = baseline_of(use, subject.infusion).measurement
    during = [one for one in use if window and window.holds(one.date)]
    given = max(during, key=lambda one: one.value, default=None)
    started = read_date(event.details.get("o2_start", ""))
    stated = bool(window and started and window.holds(started))
    needed: bool | None
    if given is None and not stated:
        needed = None
    elif not stated and given and not given.value:
        needed = False
    elif before:
        needed = not before.value
    else:
        needed = True if stated else None

    missing = () if fallen is not None else _missing(subject, window, base, lowest)
    if needed is None:
        missing += ("oxygen",)
    state = CriterionState.MET if fallen or needed else CriterionState.NOT_MET
    if state is CriterionState.MET:
        missing = ()
    return (
        CriterionResult(
            criterion.id,
            criterion.id in event.criteria,
            state if not missing else CriterionState.NOT_ASSESSABLE,
            baseline=base,
            baseline_is_fallback=baseline.fallback,
            peak=lowest,
            change=-fall if fall is not None else None,
            missing=missing,
        ),
        _reason(criterion, event, subject, (base, lowest, before, given), f"{event.organ}_o2_start"),
    )


_RANK: dict[bool | None, int] = {False: 0, None: 1, True: 2}


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


def _exact(*values: Measurement) -> bool:
    return not any(one.censor for one in values)


def _missing(
    subject: Subject, window: Period | None, base: Measurement | None, peak: Measurement | None
) -> tuple[str, ...]:
    """Name what a comparison with baseline lacks."""
    return tuple(
        name
        for name, lacking in (
            ("infusion_date", base is None and subject.day_zero is None),
            ("baseline", base is None and subject.day_zero is not None),
            ("onset", window is None),
            ("peak", window is not None and peak is None),
        )
        if lacking
    )


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


def _reason(
    criterion: Criterion,
    event: OrganEvent,
    subject: Subject,
    values: Iterable[Measurement | None],
    *more: str,
) -> Reason:
    organ = event.organ
    fields = [f"{organ}_{concept}" for concept in ("crit", "onset", "end", "ongoing", "outcome")]
    cells = [subject.cell(event.place, field) for field in (*fields, *more)]
    return Reason(criterion.kind, (*cells, *(one.input for one in values if one)))
