"""The core instruments as typed data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from redcap_licats.subject.base import PartialDate, Place, Tri


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


class LabResult(NamedTuple):
    """One analyte of a sample; a tuple, as there are many in a record.

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
        """Key of the event: ``slug-instance``, in a longitudinal project ``slug-instance-event``."""
        return f"{self.short_key}-{self.place.event}" if self.place.event else self.short_key

    @property
    def short_key(self) -> str:
        """Key without the REDCap event, as people write it where it says enough."""
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
