"""What is counted and measured over a cohort.

Quartiles use linear interpolation between the closest ranks (Hyndman and Fan's type 7, Excel's QUARTILE.INC); the
method of the publication is not known.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from redcap_licats.cohort.model import Cohort, CohortEvent, CohortSubject


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Median with first and third quartile of ``n`` values."""

    q1: float
    median: float
    q3: float
    n: int = 0

    def __str__(self) -> str:
        return f"{self.median:g} [{self.q1:g}–{self.q3:g}]"


@dataclass(frozen=True, slots=True)
class Where:
    """Which subjects or events are meant; None or empty is no restriction.

    ``organs``: any of these. ``at_least``: subjects with at least so many events.
    """

    diagnosis: str = ""
    sex: str = ""
    organs: tuple[str, ...] = ()
    grade: int | None = None
    timing: str = ""
    aplasia: bool | None = None
    affected_before: bool | None = None
    at_least: int = 0
    crs: bool = False
    tocilizumab: bool = False
    icans: bool = False


def quartiles(values: Iterable[float]) -> Quartiles | None:
    """Give the quartiles (type 7); None without values."""
    known = sorted(values)
    if len(known) < 2:
        return Quartiles(known[0], known[0], known[0], 1) if known else None
    q1, median, q3 = statistics.quantiles(known, n=4, method="inclusive")
    return Quartiles(q1, median, q3, len(known))


def subjects(cohort: Cohort, where: Where) -> tuple[CohortSubject, ...]:
    """Select subjects by diagnosis, sex, number of events, CRS, tocilizumab for it, and ICANS."""
    return tuple(
        one
        for one in cohort.subjects
        if where.diagnosis in ("", one.diagnosis)
        and where.sex in ("", one.sex)
        and len(one.events) >= where.at_least
        and (not where.crs or bool(one.crs))
        and (not where.tocilizumab or bool(one.tocilizumab))
        and (not where.icans or bool(one.icans))
    )


def events(cohort: Cohort, where: Where) -> tuple[CohortEvent, ...]:
    """Select events by what they are and by whose they are."""
    return tuple(one for subject in subjects(cohort, where) for one in subject.events if _meant(one, where))


def _meant(event: CohortEvent, where: Where) -> bool:
    return (
        (not where.organs or event.organ in where.organs)
        and where.grade in (None, event.grade)
        and where.timing in ("", event.timing)
        and where.aplasia in (None, event.aplasia)
        and where.affected_before in (None, event.affected_before)
    )


def _ages(cohort: Cohort, where: Where) -> Iterator[float]:
    return (one.age for one in subjects(cohort, where) if one.age is not None)


def _onsets(cohort: Cohort, where: Where) -> Iterator[float]:
    return (one.onset_day for one in events(cohort, where) if one.onset_day is not None)


def _first_onsets(cohort: Cohort, where: Where) -> Iterator[float]:
    return (day for one in subjects(cohort, where) if (day := one.first_onset_day) is not None)


def _durations(cohort: Cohort, where: Where) -> Iterator[float]:
    return (one.duration for one in events(cohort, where) if one.duration is not None)


def _aplasia_days(cohort: Cohort, where: Where) -> Iterator[float]:
    return (days for one in subjects(cohort, where) if (days := one.aplasia_days) is not None)


def _b_cells(cohort: Cohort, where: Where) -> Iterator[float]:
    return (one.bcells for one in subjects(cohort, where) if one.bcells is not None)


def _crs_days(cohort: Cohort, where: Where) -> Iterator[float]:
    return (one.crs_day for one in subjects(cohort, where) if one.crs_day is not None)


#: measured values by name; each gives one number per subject or event
VALUES: Mapping[str, Callable[[Cohort, Where], Iterator[float]]] = {
    "age": _ages,
    "onset": _onsets,
    "first_onset": _first_onsets,
    "duration": _durations,
    "aplasia_days": _aplasia_days,
    "bcells": _b_cells,
    "crs_day": _crs_days,
}
