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
    """One subject with a LICATS summary. Age in whole years at infusion; CRS and ICANS as highest grade."""

    record: str
    age: int | None
    sex: str
    diagnosis: str
    day_zero: dt.date | None
    crs: int | None
    icans: int | None
    aplasia_start: dt.date | None
    aplasia_end: dt.date | None
    events: tuple[CohortEvent, ...]

    @property
    def first_onset_day(self) -> int | None:
        """Day of the first onset; None without a dated event."""
        return min((one.onset_day for one in self.events if one.onset_day is not None), default=None)


@dataclass(frozen=True, slots=True)
class Cohort:
    """All subjects, in order of first appearance."""

    subjects: tuple[CohortSubject, ...]

    @property
    def events(self) -> tuple[CohortEvent, ...]:
        """All counted events, subject by subject."""
        return tuple(event for subject in self.subjects for event in subject.events)
