"""A cohort as the derived values in REDCap show it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CohortEvent:
    """One event that counts as LICATS, with its final (adjudicated, else derived) grade and class.

    ``onset_day`` counts from infusion (Day 0), ``duration`` in days from onset to end. ``aplasia``: whether B
    cells were absent at onset. ``affected_before``: whether the organ was affected before CAR-T. None where the
    derived value is blank or unknown.
    """

    organ: str
    onset_day: int | None
    timing: str
    duration: int | None
    grade: int | None
    classification: str
    aplasia: bool | None
    affected_before: bool | None


@dataclass(frozen=True, slots=True)
class CohortSubject:
    """One subject with a LICATS summary. Age in whole years at infusion; CRS and ICANS as highest grade.

    ``affected``: organs affected before CAR-T. ``licats``: whether there was any, None while that is undetermined.
    ``crs_day`` counts from infusion (Day 0). ``bcells`` is the last count before lymphodepletion, per microlitre.
    ``cart_peak`` is in ``cart_unit``; ``cart_days`` from the first to the last day CAR-T cells were detected.
    """

    record: str
    age: int | None
    sex: str
    diagnosis: str
    day_zero: dt.date | None
    affected: frozenset[str]
    licats: bool | None
    crs: int | None
    crs_day: int | None
    tocilizumab: bool | None
    icans: int | None
    bcells: float | None
    cart_peak: float | None
    cart_unit: str
    cart_days: int | None
    aplasia_start: dt.date | None
    aplasia_end: dt.date | None
    events: tuple[CohortEvent, ...]

    @property
    def first_onset_day(self) -> int | None:
        """Day of the first onset; None without a dated event."""
        return min((one.onset_day for one in self.events if one.onset_day is not None), default=None)

    @property
    def highest_grade(self) -> int | None:
        """Highest grade; None without a graded event."""
        return max((one.grade for one in self.events if one.grade is not None), default=None)

    @property
    def aplasia_days(self) -> int | None:
        """Days of B-cell aplasia; None while the B cells have not recovered."""
        return (self.aplasia_end - self.aplasia_start).days if self.aplasia_start and self.aplasia_end else None

    def reached(self, grade: int) -> bool | None:
        """Whether any event was of at least this grade; None while a missing grade or event could decide it."""
        if self.highest_grade is not None and self.highest_grade >= grade:
            return True
        return None if self.licats is None or any(one.grade is None for one in self.events) else False


@dataclass(frozen=True, slots=True)
class Cohort:
    """All subjects, in order of first appearance."""

    subjects: tuple[CohortSubject, ...]

    @property
    def events(self) -> tuple[CohortEvent, ...]:
        """All counted events, subject by subject."""
        return tuple(event for subject in self.subjects for event in subject.events)
