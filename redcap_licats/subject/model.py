"""One study subject as typed data.

``None`` means *nothing entered*. A missing-data code, an unreadable value and "not done" are told apart:
they stand in ``Subject.unreadable``, ``Subject.coded`` and ``LabResult.not_done``, never in a value.
Numbers are exact fractions in the analyte's own unit; dates are site-local calendar dates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.subject.base import Input, PartialDate, Place, Tri
from redcap_licats.subject.core import (
    Adjudication,
    Assessment,
    Course,
    Enrolment,
    Infusion,
    Involvement,
    LabResult,
    OrganEvent,
    Sample,
    Stay,
    Toxicity,
)
from redcap_licats.subject.optional import (
    ActivityScore,
    AdverseEvent,
    Biopsy,
    Disposition,
    IecHs,
    Imaging,
    Medication,
    Microbiology,
    PriorTherapy,
)

__all__ = [
    "ActivityScore",
    "Adjudication",
    "AdverseEvent",
    "Assessment",
    "Biopsy",
    "Course",
    "Disposition",
    "Enrolment",
    "IecHs",
    "Imaging",
    "Infusion",
    "Input",
    "Involvement",
    "LabResult",
    "Medication",
    "Microbiology",
    "OrganEvent",
    "PartialDate",
    "Place",
    "PriorTherapy",
    "Sample",
    "Stay",
    "Subject",
    "Toxicity",
    "Tri",
]


_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything the sites, monitors and adjudicators entered of one record, sorted by date then place.

    Attributes:
        record: Record id.
        group: Unique name of the Data Access Group; '' if none.
        statuses: Form status per place: ``0`` incomplete, ``1`` unverified, ``2`` complete, '' not started.
        coded: Cells that hold a missing-data code.
        unreadable: Cells whose value does not fit its field (text in a number, unknown code, bad date).
        values: Every non-blank cell of the site's, monitors' and adjudicators' instruments, as entered; of a
            checkbox the ticked ones, by column name ``field___code``. Without ``<form>_complete``.
        ticked: Of the checkboxes among them the ticked codes, sorted, by variable.
        absent_forms: Core or optional instruments that this study does not have.
        unmapped: Variables that nobody can fill in, as the study's own forms have no such field.
    """

    record: str
    group: str
    enrolment: Enrolment | None
    infusions: tuple[Infusion, ...]
    samples: tuple[Sample, ...]
    assessments: tuple[Assessment, ...]
    toxicities: tuple[Toxicity, ...]
    courses: tuple[Course, ...]
    stays: tuple[Stay, ...]
    events: tuple[OrganEvent, ...]
    adjudications: tuple[Adjudication, ...]
    statuses: Mapping[Place, str]
    coded: tuple[Input, ...]
    unreadable: tuple[Input, ...]
    values: Mapping[Place, Mapping[str, str]]
    ticked: Mapping[Place, Mapping[str, str]]
    absent_forms: frozenset[str] = frozenset()
    unmapped: frozenset[str] = frozenset()
    prior_therapies: tuple[PriorTherapy, ...] = ()
    medications: tuple[Medication, ...] = ()
    microbiology: tuple[Microbiology, ...] = ()
    imaging: tuple[Imaging, ...] = ()
    biopsies: tuple[Biopsy, ...] = ()
    scores: tuple[ActivityScore, ...] = ()
    adverse_events: tuple[AdverseEvent, ...] = ()
    iec_hs: tuple[IecHs, ...] = ()
    disposition: Disposition | None = None

    @property
    def infusion(self) -> Infusion | None:
        """The first infusion that has a date, else the first row; re-infusions come after it."""
        return self.infusions[0] if self.infusions else None  # sorted: without a date they come last

    @property
    def day_zero(self) -> dt.date | None:
        """Date of the first infusion, Day 0."""
        return self.infusion.date if self.infusion else None

    def cell(self, place: Place, field: str, unit: str = "") -> Input:
        """Name one cell as an input: value as entered ('' if blank), of a checkbox the ticked codes, sorted."""
        value = self.values.get(place, _NOTHING).get(field) or self.ticked.get(place, _NOTHING).get(field, "")
        return Input(place, field, value, unit)
