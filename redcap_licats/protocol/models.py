"""The typed protocol: what the TOML files may say.

Every rule carries the published ``wording`` where there is one and a ``source`` tag: ``P:Sx`` is published
(facts/licats.md, section 0), ``SEED`` the slide summary, everything else is a study setting.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

CRITERION_SLOTS = 4
"""Criteria of one organ that ``licats_result`` has room for."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*$", max_length=12)]


def _exact(value: object) -> object:
    """Read ``"1.25"`` or ``"1/88.4"`` without rounding."""
    if isinstance(value, str) and "/" in value:
        above, _, below = value.partition("/")
        return Fraction(above.strip()) / Fraction(below.strip())
    return Fraction(value) if isinstance(value, str) else value


Exact = Annotated[Fraction, BeforeValidator(_exact), PlainSerializer(str)]


class Strict(BaseModel):
    """A frozen table that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Strict):
    """A text in both languages."""

    en: str
    ja: str

    def __getitem__(self, language: str) -> str:
        return self.ja if language == "ja" else self.en


class Sourced(Strict):
    """A rule with its published wording, where there is one, and the tag of its source."""

    wording: str = ""
    source: str

    @property
    def published(self) -> bool:
        """Whether the value is a published fact; if not it must be called a study setting."""
        return self.source.startswith("P:")


# --- measurements -------------------------------------------------------------------------------------


class Unit(Strict):
    """A unit a value may be entered in; ``factor`` times the value gives the analyte's own unit."""

    code: str
    label: str
    factor: Exact
    ucum: str = ""
    cdisc: str = ""


class Analyte(Strict):
    """A laboratory analyte: ``units[0]`` is the unit that values are normalised to.

    ``minimum`` and ``maximum`` are absolute limits (UN03) in that unit. ``convertible`` is false where values
    of different assays must never be compared through a conversion.
    """

    slug: Slug
    label: Text
    group: Literal["kidney", "muscle_heart", "serology", "blood", "liver_inflammation", "cells"]
    units: tuple[Unit, ...] = Field(min_length=1)
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    limits: bool = True
    convertible: bool = True
    loinc: str = ""
    cdisc: str = ""
    source: str = ""

    def unit(self, code: str) -> Unit | None:
        """Find a unit by its code."""
        return next((one for one in self.units if one.code == code), None)


class Reference(Strict):
    """Reference limits of one analyte in a laboratory, for a sex and age range (years), within dates."""

    analyte: Slug
    unit: str
    lower: Decimal | None = None
    upper: Decimal | None = None
    sex: Literal["F", "M", ""] = ""
    age_from: int = 0
    age_until: int = 150
    assay: str = ""
    valid_from: str = ""
    valid_until: str = ""


class Laboratory(Strict):
    """A laboratory of the directory and its reference limits."""

    code: Slug
    label: str
    reference: tuple[Reference, ...] = ()


class Glucocorticoid(Sourced):
    """A glucocorticoid and its factor to prednisolone, mg per mg. ``salts``: whether a salt must be stated."""

    code: Slug
    label: Text
    factor: Exact | None = None
    salts: bool = False


# --- organs -------------------------------------------------------------------------------------------


class Criterion(Sourced):
    """One organ criterion.

    Kinds: ``lab_rise`` peak / baseline >= ``at_least`` (or any rise when ``at_least`` is missing), and peak
    >= ``floor`` when set; ``lab_above`` peak above the upper reference limit and above baseline;
    ``spo2_fall`` SpO2 falls by >= ``points`` below baseline, or oxygen newly needed; ``finding`` seen by
    the investigator, evidence in the fields listed.
    """

    id: Slug
    kind: Literal["lab_rise", "lab_above", "spo2_fall", "finding"]
    label: Text
    analyte: Slug | None = None
    at_least: Decimal | None = None
    floor: Decimal | None = None
    points: Decimal | None = None

    @model_validator(mode="after")
    def _kind_has_its_keys(self) -> Criterion:
        if self.kind.startswith("lab_") and self.analyte is None:
            raise ValueError(f"criterion '{self.id}' of kind {self.kind} needs the key 'analyte'")
        if self.kind == "spo2_fall" and self.points is None:
            raise ValueError(f"criterion '{self.id}' of kind spo2_fall needs the key 'points'")
        return self


class Cause(Strict):
    """An alternative cause that is excluded, possible, explains the event, or is not assessed."""

    id: Slug
    label: Text


class Organ(Sourced):
    """One organ: its criteria and the causes asked for beside the general ones."""

    slug: Slug
    label: Text
    inner_organ: bool
    order: int
    criterion: tuple[Criterion, ...] = Field(min_length=1)
    cause: tuple[Cause, ...] = ()

    def find(self, criterion: str) -> Criterion | None:
        """Find a criterion by id."""
        return next((one for one in self.criterion if one.id == criterion), None)


# --- rules --------------------------------------------------------------------------------------------


class Timing(Sourced):
    """Last day of the early and of the intermediate class; infusion is Day 0."""

    early_until: int
    intermediate_until: int


class Baseline(Sourced):
    """Last value before lymphodepletion; else last before infusion, flagged. Days before infusion for BL03."""

    rule: Literal["last_before_ld"]
    old_after_days: int


class Window(Sourced):
    """Where a criterion's peak is looked for: days before onset to days after the end."""

    before_onset_days: int
    after_end_days: int


class Grading(Sourced):
    """Settings of the derived grade (facts 1.5)."""

    symptoms_longer_than_days: int
    gc_without_reason: Literal["g2_flag_query"]
    topical_only: Literal["g1_flag"]


class Classification(Sourced):
    """Settings of the classification (RULES.md)."""

    ongoing_longer_than_days: int
    long_gc_days: int


class Aplasia(Sourced):
    """B-cell aplasia: below ``below`` cells per microlitre; window in days for a count at onset (BC01)."""

    below: Decimal
    at_onset_within_days: int


class Flare(Sourced):
    """Settings of the flare differential (RULES.md)."""

    peak_within_days: int
    conditioning_days: int
    serology_within_days: int
    complement_at_least: Decimal
    dsdna_at_most: Decimal


class Queries(Sourced):
    """Release delay in days, and target days to answer by severity."""

    release_days: int
    target_days: dict[str, int]


class Settings(Strict):
    """All study settings, each with wording and source."""

    timing: Timing
    baseline: Baseline
    window: Window
    grading: Grading
    classification: Classification
    aplasia: Aplasia
    flare: Flare
    queries: Queries
    end_tolerance: Decimal
    show_grade_after_investigator: bool
    language: Literal["en", "ja"]
    missing_data_codes: dict[str, Text]


# --- edit checks --------------------------------------------------------------------------------------


class Severity(StrEnum):
    """Severities in falling weight. ``info`` is reported and never becomes a query."""

    HARD = "hard"
    QUERY = "query"
    SOFT = "soft"
    MEDICAL = "medical"
    INFO = "info"


class CheckSpec(Sourced):
    """One edit check of the catalogue; its logic is the function of the same id in ``check/``.

    ``wording`` is not published text but the query's own, per language, in ``text``; ``makes_meaningless``
    lists the checks that say nothing new while this one fires on a cell they read. ``reads`` lists the
    instruments without which the check cannot run; ``needs_history`` says that it reads REDCap's log.
    ``phrases`` are words that the check puts into its text.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9]{2}$")]
    severity: Severity
    title: Text
    text: Text
    enabled: bool = True
    at_once: bool = False
    reads: tuple[str, ...] = ()
    needs_history: bool = False
    makes_meaningless: tuple[str, ...] = ()
    phrases: dict[str, Text] = Field(default_factory=dict)
    settings: dict[str, int | Decimal | str] = Field(default_factory=dict)


# --- instruments --------------------------------------------------------------------------------------


class Choice(Strict):
    """One answer of a choice field."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+$")]
    label: Text


class FieldSpec(Strict):
    """One field of an instrument.

    The variable is ``<stem>_<name>``, or ``name`` alone where ``whole_name`` is set. ``choices_from`` takes
    answers from the protocol; ``choices`` follow them. ``each`` repeats the field for every organ, analyte,
    cause or criterion slot, whose code replaces ``{slug}`` and whose label replaces ``{label}``; neighbours with
    the same ``each`` repeat together. ``organs`` keeps the field to the forms of those organs. ``show_if`` is
    branching logic. ``{stem}`` stands for the form's stem; an analyte also gives ``{units}``, ``{minimum}`` and
    ``{maximum}`` over all its units.
    """

    name: str
    whole_name: bool = False
    type: Literal["text", "notes", "radio", "dropdown", "checkbox", "yesno", "descriptive"]
    label: Text
    section: Text | None = None
    note: Text | None = None
    validation: str = ""
    minimum: str = ""
    maximum: str = ""
    choices: tuple[Choice, ...] = ()
    choices_from: Literal["", "organs", "criteria", "units", "laboratories", "glucocorticoids"] = ""
    each: Literal["", "organ", "analyte", "cause", "slot"] = ""
    organs: tuple[Slug, ...] = ()
    show_if: str = ""
    required: bool = False
    identifier: bool = False
    matrix: str = ""
    annotation: str = ""


class Instrument(Strict):
    """One instrument. ``each = "organ"`` makes one of it for every organ, ``{slug}`` in ``name`` and ``stem``.

    ``fields_of`` takes the fields of another instrument under the own stem. ``site_reads`` is false where sites
    have no right to see or export it. Instruments stand in the project by ``order``.
    """

    name: str
    stem: str
    label: Text
    writer: Literal["site", "monitor", "adjudicator", "worker"]
    site_reads: bool = True
    core: bool = True
    repeats: bool
    order: int
    each: Literal["", "organ"] = ""
    repeat_label: str = ""
    field: tuple[FieldSpec, ...] = ()
    fields_of: str = ""


class Protocol(Strict):
    """LICATS as data: everything that can change a result.

    ``hash`` is the SHA-256 over the canonical content, so that two equal protocols have equal hashes.
    """

    name: str
    version: str
    hash: str
    settings: Settings
    organs: dict[str, Organ]
    analytes: dict[str, Analyte]
    laboratories: dict[str, Laboratory]
    glucocorticoids: dict[str, Glucocorticoid]
    glucocorticoid_table: str
    causes: tuple[Cause, ...]
    checks: dict[str, CheckSpec]
    instruments: dict[str, Instrument]

    def causes_of(self, organ: str) -> tuple[Cause, ...]:
        """General causes, then the organ's own."""
        return self.causes + self.organs[organ].cause
