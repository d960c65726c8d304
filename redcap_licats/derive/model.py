"""What is derived of a subject. Every result carries its reason and the cells it came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from redcap_licats.derive.toxicity import CtcaeGrade, EpisodeResult, Graded
from redcap_licats.subject.model import Input, OrganEvent, Place, Tri


class TimingClass(StrEnum):
    """Time from infusion (Day 0) to onset. Source: P:S4."""

    EARLY = "early"
    INTERMEDIATE = "intermediate"
    LATE = "late"


class CriterionState(StrEnum):
    """Whether the recorded data meet a criterion."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_ASSESSABLE = "na"


class Class(StrEnum):
    """Classification of an event (RULES.md), from the top: the first that applies."""

    UNDETERMINED = "undetermined"
    NOT_LICATS = "not_licats"
    PENDING = "pending"
    PROBABLE = "probable"
    CONFIRMED = "confirmed"


#: reason of a classification -> the class it leads to; order as in RULES.md
CLASS_OF_REASON: Mapping[str, Class] = {
    "NO_INFUSION_DATE": Class.UNDETERMINED,
    "NO_ONSET_DATE": Class.UNDETERMINED,
    "NOT_ASSESSABLE": Class.UNDETERMINED,
    "ONSET_BEFORE_INFUSION": Class.NOT_LICATS,
    "NO_CRITERION": Class.NOT_LICATS,
    "CRITERION_NOT_MET": Class.NOT_LICATS,
    "OTHER_CAUSE": Class.NOT_LICATS,
    "ONGOING": Class.PENDING,
    "CAUSES_OPEN": Class.PROBABLE,
    "ORGAN_NOT_AFFECTED_BEFORE": Class.PROBABLE,
    "OUTSIDE_APLASIA": Class.PROBABLE,
    "LONG_GC": Class.PROBABLE,
    "CONTRADICTED": Class.PROBABLE,
    "FLARE_PATTERN": Class.PROBABLE,
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a value is what it is: rule, the cells used, a remark (code or short text).

    ``uses`` names the other values of the trace that the rule built on.
    """

    rule: str
    inputs: tuple[Input, ...] = ()
    remark: str = ""
    uses: tuple[str, ...] = ()


class Measurement(NamedTuple):
    """One value used as baseline or peak, in the analyte's own unit; a tuple, as there are many in a record."""

    value: Fraction
    unit: str
    date: dt.date
    censor: str
    laboratory: str
    assay: str
    sample_id: str
    input: Input
    lower: Fraction | None = None
    upper: Fraction | None = None


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion of an event: claimed by the site, state by the data.

    ``ratio`` peak / baseline; ``change`` peak - baseline (points for SpO2). ``missing`` says what would be
    needed to assess it, such as ``baseline``.
    """

    criterion: str
    claimed: bool
    state: CriterionState
    baseline: Measurement | None = None
    baseline_is_fallback: bool = False
    peak: Measurement | None = None
    ratio: Fraction | None = None
    change: Fraction | None = None
    laboratory_changed: bool = False
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exposure:
    """Systemic glucocorticoid for one event, in prednisolone equivalents above maintenance (mg, mg/day, days).

    ``given`` is None if neither the event's form nor a course says so. ``attribution``: ``indication``,
    ``overlap`` (by dates) or ``form`` (only the event's form says yes). ``days`` is None while a course has no
    stop; ``days_at_least`` counts what is covered for certain. ``unclear``: courses that may belong to several
    events and were given to none. ``unconverted``: a dose is that of a salt without a factor.
    """

    given: bool | None
    attribution: str = ""
    start: dt.date | None = None
    days: int | None = None
    days_at_least: int = 0
    peak: Fraction | None = None
    cumulative: Fraction | None = None
    unclear: tuple[Place, ...] = ()
    unconverted: bool = False
    courses: tuple[Place, ...] = ()

    @property
    def ambiguous(self) -> bool:
        """Whether a course may belong to this event or to another."""
        return bool(self.unclear)


@dataclass(frozen=True, slots=True)
class StayResult:
    """Hospital and intensive care because of one event; None if neither its form nor a stay says so.

    ``kind``: ``new`` or ``prolonged`` by an attributed stay; '' if there is none or only the form says yes.
    ``unclear``: stays that may belong to several events and were given to none.
    """

    kind: str = ""
    hospital: bool | None = None
    icu: bool | None = None
    unclear: tuple[Place, ...] = ()
    places: tuple[Place, ...] = ()

    @property
    def ambiguous(self) -> bool:
        """Whether a stay may belong to this event or to another."""
        return bool(self.unclear)


@dataclass(frozen=True, slots=True)
class BCells:
    """B cells at onset, and the subject's aplasia at that day."""

    count: Measurement | None
    aplasia: Tri


@dataclass(frozen=True, slots=True)
class Discriminator:
    """One line of the flare differential: ``licats``, ``flare`` or ``unknown``."""

    name: str
    supports: str
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class EventResult:
    """Everything derived of one organ event.

    ``grade`` is None when undetermined (see ``grade_missing``) or fatal; ``trace`` gives the reason per concept.
    """

    event: OrganEvent
    onset: dt.date | None
    onset_day: int | None
    timing: TimingClass | None
    duration: int | None
    duration_inclusive: int | None
    criteria: tuple[CriterionResult, ...]
    exposure: Exposure
    stay: StayResult
    bcells: BCells
    crs_overlap: Tri
    icans_overlap: Tri
    grade: int | None
    grade_reasons: tuple[str, ...]
    grade_missing: tuple[str, ...]
    provisional: bool
    flags: tuple[str, ...]
    classification: Class
    reasons: tuple[str, ...]
    final_classification: Class
    final_grade: int | None
    adjudicated: bool
    fingerprint: str
    ctcae5: CtcaeGrade
    ctcae6: CtcaeGrade
    flare: tuple[Discriminator, ...] = ()
    trace: Mapping[str, Reason] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether the event counts as LICATS: everything but *not LICATS* and *undetermined*."""
        return self.final_classification not in (Class.NOT_LICATS, Class.UNDETERMINED)


@dataclass(frozen=True, slots=True)
class Aplasia:
    """B-cell aplasia of a subject: first count below the cut-off after infusion, first recovered count."""

    start: dt.date | None
    end: dt.date | None


@dataclass(frozen=True, slots=True)
class Expansion:
    """CAR-T peak and its date; days from first to last detected count."""

    peak: Fraction | None
    unit: str
    date: dt.date | None
    days: int | None


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """Everything derived of one subject.

    ``crs_onset_day`` counts from infusion (Day 0); ``baseline_bcells`` is the last count before lymphodepletion.
    ``crs_grade`` and ``icans_grade`` are the investigator's, ``crs_astct`` and ``icans_astct`` from assessments.
    """

    record: str
    events: tuple[EventResult, ...]
    aplasia: Aplasia
    expansion: Expansion
    crs_grade: int | None
    crs_onset_day: int | None
    tocilizumab: bool | None
    icans_grade: int | None
    baseline_bcells: Measurement | None
    episodes: tuple[EpisodeResult, ...]
    crs_astct: Graded
    icans_astct: Graded
    icaht_early: Graded
    icaht_late: Graded
    ticaht_early: Graded
    ticaht_late: Graded
    trace: Mapping[str, Reason] = field(default_factory=dict)

    @property
    def gradings(self) -> Mapping[str, Graded]:
        """The gradings of the whole subject beside LICATS, by attribute name."""
        return {one.name: value for one in fields(self) if isinstance(value := getattr(self, one.name), Graded)}

    @property
    def counted(self) -> tuple[EventResult, ...]:
        """The events that count as LICATS."""
        return tuple(one for one in self.events if one.counts)
