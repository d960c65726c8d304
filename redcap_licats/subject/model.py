"""One study subject as typed data.

``None`` means *nothing entered*. A missing-data code, an unreadable value and "not done" are told apart:
they stand in ``Subject.unreadable``, ``Subject.coded`` and ``LabResult.not_done``, never in a value.
Numbers are exact fractions in the analyte's own unit; dates are site-local calendar dates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

Tri = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands: our instrument's name, instance (1 where it does not repeat), event ('' if classic)."""

    form: str
    instance: int = 1
    event: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """One cell that a result was computed from: place, our variable, value as entered, unit."""

    place: Place
    field: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day may be unknown; the day is never imputed."""

    year: int
    month: int
    day: int | None = None

    @property
    def exact(self) -> dt.date | None:
        """The date if the day is known."""
        return dt.date(self.year, self.month, self.day) if self.day else None

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}" + (f"-{self.day:02}" if self.day else "")


@dataclass(frozen=True, slots=True)
class Involvement:
    """An organ before CAR-T: affected, how it is known, active at baseline."""

    affected: Tri | None
    evidence: str = ""
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Form ``enrolment``. Age in whole years at infusion."""

    place: Place
    age: int | None
    sex: Literal["F", "M"] | None
    diagnosis: str
    diagnosis_year: int | None
    consent: dt.date | None
    assessed: dt.date | None
    organs: Mapping[str, Involvement]


@dataclass(frozen=True, slots=True)
class Infusion:
    """Form ``infusion``. ``date`` is Day 0."""

    place: Place
    leukapheresis: dt.date | None
    lymphodepletion_start: dt.date | None
    lymphodepletion_end: dt.date | None
    date: dt.date | None
    drugs: frozenset[str] = frozenset()
    product: str = ""
    costimulation: str = ""
    dose: Fraction | None = None
    dose_unit: str = ""
    weight: Fraction | None = None


@dataclass(frozen=True, slots=True)
class LabResult:
    """One analyte of a sample.

    Attributes:
        entered: The value as entered.
        value: The number in the analyte's own unit; None if nothing readable or the unit is not known.
        censor: ``<``, ``>`` or ''.
        unit: Code of the unit it was entered in (from the form, else from the lab directory); '' unknown.
        lower, upper: Reference limits in the analyte's own unit.
        assay: From the lab directory; '' unknown.
        not_done: Reason code; '' if it was done or nothing is said.
        field: Our variable of the value.
    """

    analyte: str
    entered: str
    value: Fraction | None
    censor: Literal["", "<", ">"]
    unit: str
    lower: Fraction | None
    upper: Fraction | None
    assay: str
    not_done: str
    field: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Form ``labs``: one sample with its results by analyte slug."""

    place: Place
    sample_id: str
    date: dt.date | None
    time: str
    laboratory: str
    results: Mapping[str, LabResult]
    sediment: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Form ``assessment``. Temperature in °C, SpO2 in %, flow in L/min, FiO2 in %."""

    place: Place
    kind: str
    visit: str
    date: dt.date | None
    done: bool | None
    temperature: Fraction | None = None
    antipyretic: bool | None = None
    spo2: Fraction | None = None
    oxygen_device: str = ""
    oxygen_flow: Fraction | None = None
    fio2: Fraction | None = None
    systolic: int | None = None
    diastolic: int | None = None
    vasopressors: int | None = None
    vasopressin: bool | None = None
    ice: Mapping[str, int | None] = field(default_factory=dict)
    consciousness: str = ""
    seizure: str = ""
    motor: bool | None = None
    raised_icp: str = ""
    capd: int | None = None
    dyspnoea: int | None = None
    stools: int | None = None
    symptoms: frozenset[str] = frozenset()

    @property
    def on_oxygen(self) -> bool | None:
        """Whether oxygen was given; None if the device was not recorded."""
        return None if not self.oxygen_device else self.oxygen_device != "none"


@dataclass(frozen=True, slots=True)
class Toxicity:
    """Form ``crs_icans``: one episode of CRS or ICANS."""

    place: Place
    kind: Literal["crs", "icans", ""]
    onset: dt.date | None
    end: dt.date | None
    ongoing: bool | None
    grade: int | None
    tocilizumab: bool | None
    tocilizumab_date: dt.date | None
    tocilizumab_doses: int | None
    glucocorticoid: bool | None


@dataclass(frozen=True, slots=True)
class Course:
    """Form ``glucocorticoid``: one dose segment. Dose as entered with its unit and times per day."""

    place: Place
    drug: str
    salt: str
    dose: Fraction | None
    unit: Literal["mg", "g", ""]
    frequency: str
    route: str
    start: dt.date | None
    stop: dt.date | None
    ongoing: bool | None
    indications: frozenset[str]

    @property
    def systemic(self) -> bool:
        """Whether the route is systemic (by mouth, into a vein or muscle)."""
        return self.route in ("po", "iv", "im")


@dataclass(frozen=True, slots=True)
class Stay:
    """Form ``hospital_stay``."""

    place: Place
    admission: dt.date | None
    planned_discharge: dt.date | None
    discharge: dt.date | None
    ongoing: bool | None
    reasons: frozenset[str]
    prolonged: bool | None
    prolonged_reasons: frozenset[str]
    icu: bool | None
    icu_in: dt.date | None
    icu_out: dt.date | None
    icu_reasons: frozenset[str]


@dataclass(frozen=True, slots=True)
class OrganEvent:
    """Form ``licats_<slug>``: one event of one organ.

    ``causes``: cause id to ``excluded``, ``possible``, ``explains``, ``not_assessed``; None where blank.
    ``details``: the organ's own fields by concept, as entered.
    """

    place: Place
    organ: str
    symptom_start: dt.date | None
    onset: PartialDate | None
    end: dt.date | None
    ongoing: bool | None
    new_or_worsening: Literal["new", "worse", ""]
    criteria: frozenset[str]
    evidence: str
    sample_id: str
    inner_organ: bool | None
    causes: Mapping[str, str | None]
    glucocorticoid: bool | None
    glucocorticoid_reason: Literal["duration", "inner", "other", ""]
    other_treatment: frozenset[str]
    hospital: bool | None
    icu: bool | None
    biopsy: bool | None
    outcome: Literal["resolved", "sequelae", "ongoing", "fatal", ""]
    investigator_grade: int | None
    ctcae_term: str
    ctcae_version: str
    ctcae_grade: int | None
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Key of the event: ``slug-instance``."""
        return f"{self.organ}-{self.place.instance}"


@dataclass(frozen=True, slots=True)
class Adjudication:
    """Form ``licats_adjudication``. Reviewer ``1``, ``2`` or ``consensus``."""

    place: Place
    event_key: str
    reviewer: str
    classification: str
    grade: int | None
    reason: str
    date: dt.date | None


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
        absent_forms: Core or optional instruments that this study does not have.
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
    absent_forms: frozenset[str] = frozenset()

    @property
    def infusion(self) -> Infusion | None:
        """The first infusion that has a date, else the first row; re-infusions come after it."""
        dated = [one for one in self.infusions if one.date]
        return min(dated, key=lambda one: one.date or dt.date.max) if dated else next(iter(self.infusions), None)

    @property
    def day_zero(self) -> dt.date | None:
        """Date of the first infusion, Day 0."""
        return self.infusion.date if self.infusion else None

    def cell(self, place: Place, field: str, unit: str = "") -> Input:
        """Name one cell as an input: value as entered ('' if blank), of a checkbox the ticked codes, sorted."""
        row = self.values.get(place, {})
        ticked = sorted(name.removeprefix(f"{field}___") for name in row if name.startswith(f"{field}___"))
        return Input(place, field, row.get(field, " ".join(ticked)), unit)
