"""The oxygenation criterion: a fall of SpO2 below baseline, or oxygen newly needed."""

from __future__ import annotations

from redcap_licats.derive.measurements import baseline_of, oxygen_saturations, oxygen_use
from redcap_licats.derive.model import CriterionResult, CriterionState, Measurement, Reason
from redcap_licats.derive.timing import Period
from redcap_licats.derive.window import criterion_reason, lacking, peak_window
from redcap_licats.protocol.base import exact
from redcap_licats.protocol.models import Criterion, Protocol
from redcap_licats.subject.model import OrganEvent, Subject
from redcap_licats.subject.values import read_date


def assess_oxygenation(
    criterion: Criterion, event: OrganEvent, subject: Subject, protocol: Protocol
) -> tuple[CriterionResult, Reason]:
    """Judge SpO2 and oxygen in the event's window; one of the two is enough, not met takes both.

    The peak is the lowest SpO2; the change is in percentage points.
    """
    values = oxygen_saturations(subject)
    baseline = baseline_of(values, subject.infusion)
    base = baseline.measurement
    window = peak_window(event, subject, protocol.settings.window)
    lowest = min(
        (one for one in values if window and window.holds(one.date)), key=lambda one: one.value, default=None
    )
    fall = base.value - lowest.value if base and lowest else None
    fallen = None if fall is None else fall >= exact(criterion.points or 0)
    before, given, needed = _oxygen(event, subject, window)

    state = CriterionState.NOT_MET
    missing: tuple[str, ...] = ()
    if fallen or needed:
        state = CriterionState.MET
    elif fallen is None or needed is None:
        state = CriterionState.NOT_ASSESSABLE
        missing = (
            *lacking(subject, window, base, lowest),
            *(["oxygen"] if needed is None else []),
        )
    return (
        CriterionResult(
            criterion.id,
            criterion.id in event.criteria,
            state,
            baseline=base,
            baseline_is_fallback=baseline.fallback,
            peak=lowest,
            change=None if fall is None else -fall,
            missing=missing,
        ),
        criterion_reason(criterion, event, subject, (base, lowest, before, given), f"{event.organ}_o2_start"),
    )


def _oxygen(
    event: OrganEvent, subject: Subject, window: Period | None
) -> tuple[Measurement | None, Measurement | None, bool | None]:
    """Tell whether oxygen was newly needed; with the assessments that show it before and during the event.

    Given by an assessment in the window, or by the event form's own start date; new if it was not given at
    baseline. Where nothing says whether it was given at baseline, only the form's start date makes it new.
    """
    use = oxygen_use(subject)
    before = baseline_of(use, subject.infusion).measurement
    given = max((one for one in use if window and window.holds(one.date)), key=lambda one: one.value, default=None)
    started = read_date(event.details.get("o2_start", ""))
    stated = bool(window and started and window.holds(started))
    needed: bool | None = None
    if stated or (given and given.value):
        needed = not before.value if before else stated or None
    elif given:
        needed = False
    return before, given, needed
