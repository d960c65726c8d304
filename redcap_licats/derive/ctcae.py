"""The CTCAE grade of an event beside its LICATS grade, by the rule of each version (P:S22, P:S23).

A grade of one version is never made from that of the other. It rests on recorded values alone: conditions that no
form records, such as activities of daily living, are left to the investigator's own grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from redcap_licats.derive.measurements import (
    above,
    baseline_of,
    below,
    laboratory_values,
    oxygen_saturations,
    oxygen_use,
    reaches,
)
from redcap_licats.derive.model import CriterionResult, CriterionState, Measurement, Reason, StayResult
from redcap_licats.derive.timing import Period
from redcap_licats.derive.toxicity import CtcaeGrade
from redcap_licats.derive.window import peak_window
from redcap_licats.protocol.base import exact
from redcap_licats.protocol.models import Protocol
from redcap_licats.protocol.toxicity import CtcaeBand, CtcaeTerm
from redcap_licats.subject.model import Input, OrganEvent, Subject
from redcap_licats.subject.values import read_date, read_number

#: yes, no, or open because of what is named
Answer = tuple[bool | None, str]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What a term is graded from: values, baseline, oxygen, hospital; what to name without a value; the cells."""

    values: Sequence[Measurement | Fraction]
    lacking: str
    cells: tuple[Input, ...]
    baseline: Measurement | None = None
    oxygen: bool | None = None
    hospital: bool | None = None


def grade_by_ctcae(
    version: str,
    event: OrganEvent,
    criteria: Iterable[CriterionResult],
    stay: StayResult,
    subject: Subject,
    protocol: Protocol,
) -> tuple[CtcaeGrade, Reason]:
    """Grade the version's terms for the criteria that are ticked or met, and give the highest.

    Of equal grades the term that stands first in the protocol; a term without a grade only if none has one.
    """
    there = {one.criterion for one in criteria if one.claimed or one.state is CriterionState.MET}
    terms = [
        one
        for one in protocol.ctcae.values()
        if (one.version, one.organ) == (version, event.organ) and one.criterion in there
    ]
    found = [_graded(one, event, stay, subject, protocol) for one in terms]
    best = max((one for one, _ in found), key=lambda one: -1 if one.grade is None else one.grade, default=None)
    remark = "missing: " + " ".join(best.missing) if best and best.missing else ""
    cells = [subject.cell(event.place, f"{event.organ}_crit"), *(cell for _, of_term in found for cell in of_term)]
    uses = ("stay",) if any(band.hospital for term in terms for band in term.band) else ()
    return best or CtcaeGrade(version), Reason("ctcae", tuple(dict.fromkeys(cells)), remark, uses)


def _graded(
    term: CtcaeTerm, event: OrganEvent, stay: StayResult, subject: Subject, protocol: Protocol
) -> tuple[CtcaeGrade, tuple[Input, ...]]:
    age = subject.enrolment.age if subject.enrolment else None
    cells = (subject.cell(subject.enrolment.place, "enr_age"),) if subject.enrolment else ()
    limited = (term.age_from, term.age_until) != (0, 150)
    if not term.measure:
        return _open(term, "graded_by_investigator"), ()
    if limited and age is None:
        return _open(term, "age"), cells
    if age is not None and not term.age_from <= age <= term.age_until:
        return _open(term, "age_group"), cells
    evidence = _evidence(term, event, stay, subject, protocol)
    for band in sorted(term.band, key=lambda one: -one.grade):
        answer, missing = _first_yes(_answers(band, term, evidence))
        if answer and band.unrecorded:
            answer, missing = None, (band.unrecorded,)
        if answer is None:
            return CtcaeGrade(term.version, term.id, term.term, None, missing), (*cells, *evidence.cells)
        if answer:
            return CtcaeGrade(term.version, term.id, term.term, band.grade), (*cells, *evidence.cells)
    if term.unrecorded:
        return _open(term, term.unrecorded), (*cells, *evidence.cells)
    return CtcaeGrade(term.version, term.id, term.term, 0), (*cells, *evidence.cells)


def _open(term: CtcaeTerm, missing: str) -> CtcaeGrade:
    return CtcaeGrade(term.version, term.id, term.term, None, (missing,))


def _first_yes(answers: Iterable[Answer]) -> tuple[bool | None, tuple[str, ...]]:
    """Say yes if any answer does, no if all do, else leave it open because of what they name."""
    found = list(answers)
    if any(answer for answer, _ in found):
        return True, ()
    missing = tuple(dict.fromkeys(name for answer, name in found if answer is None))
    return (None, missing) if missing else (False, ())


def _answers(band: CtcaeBand, term: CtcaeTerm, evidence: _Evidence) -> Iterator[Answer]:
    """Ask every condition of a band of every value."""
    asks_value = any(one is not None for one in _limits(band))
    if asks_value and not evidence.values:
        yield None, evidence.lacking
    for one in evidence.values if asks_value else ():
        if band.above is not None:
            yield above(one, exact(band.above)), "peak_censored"
        if band.at_least is not None:
            yield reaches(one, exact(band.at_least)), "peak_censored"
        if band.below is not None:
            yield below(one, exact(band.below)), "peak_censored"
        if band.above_uln is not None:
            upper = one.upper if isinstance(one, Measurement) else None
            yield (
                (None, "upper_limit")
                if upper is None
                else (above(one, upper * exact(band.above_uln)), "peak_censored")
            )
        if band.above_baseline is not None:
            yield _over_baseline(one, exact(band.above_baseline), term, evidence.baseline)
    if band.oxygen:
        yield evidence.oxygen, "oxygen"
    if band.hospital:
        yield evidence.hospital, "hospital"


def _limits(band: CtcaeBand) -> tuple[object, ...]:
    return band.above, band.at_least, band.below, band.above_uln, band.above_baseline


def _over_baseline(
    one: Measurement | Fraction, times: Fraction, term: CtcaeTerm, base: Measurement | None
) -> Answer:
    if base is None:
        return None, "baseline"
    if term.baseline_below_lln:
        low = None if base.lower is None else below(base, base.lower)
        if low is False:
            return False, ""
    if base.censor:
        return None, "baseline_censored"
    if base.value <= 0:
        return None, "baseline_zero"
    over = above(one, base.value * times)
    if over and term.baseline_below_lln and low is None:
        return None, "lower_limit"
    return over, "peak_censored"


def _evidence(
    term: CtcaeTerm, event: OrganEvent, stay: StayResult, subject: Subject, protocol: Protocol
) -> _Evidence:
    """Gather what a term is graded from, in the same days in which a criterion's peak is looked for."""
    window = peak_window(event, subject, protocol.settings.window)
    own = (subject.cell(event.place, f"{event.organ}_{name}") for name in ("onset", "end", "ongoing", "outcome"))
    dates = (*own,)
    lacking = "onset" if window is None else "peak"
    match term.measure:
        case "analyte":
            criterion = protocol.organs[term.organ].find(term.criterion)
            analyte = protocol.analytes[criterion.analyte or ""] if criterion else None
            values = laboratory_values(subject, analyte) if analyte else ()
            base = baseline_of(values, subject.infusion).measurement
            inside = _inside(values, window)
            cells = (*dates, *(one.input for one in ([base] if base else []) + inside))
            return _Evidence(inside, lacking, cells, baseline=base)
        case "spo2":
            inside, given = _inside(oxygen_saturations(subject), window), _inside(oxygen_use(subject), window)
            started = read_date(event.details.get("o2_start", ""))
            stated = bool(window and started and window.holds(started))
            oxygen = stated or (any(one.value for one in given) if given else None)
            start = subject.cell(event.place, f"{event.organ}_o2_start")
            cells = (*dates, start, *(one.input for one in inside + given))
            return _Evidence(inside, lacking, cells, oxygen=oxygen)
        case _:
            entered = read_number(event.details.get(term.measure, ""))
            cells = (subject.cell(event.place, f"{event.organ}_{term.measure}"),)
            return _Evidence([] if entered is None else [entered], term.measure, cells, hospital=stay.hospital)


def _inside(values: Iterable[Measurement], window: Period | None) -> list[Measurement]:
    return [one for one in values if window and window.holds(one.date)]
