"""The typed protocol: what the TOML files may say.

Every rule carries the published ``wording`` where there is one and a ``source`` tag: ``P:Sx`` is published
(facts/licats.md, section 0), ``SEED`` the slide summary, everything else is a study setting.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from redcap_licats.protocol.base import Code, Factor, Label, Line, Slug, Sourced, Strict, Text
from redcap_licats.protocol.instrument import Choice, FieldSpec, Instrument
from redcap_licats.protocol.settings import Settings
from redcap_licats.protocol.toxicity import CtcaeTerm, Toxicity

__all__ = [
    "CRITERION_SLOTS",
    "Analyte",
    "Cause",
    "CheckSpec",
    "Choice",
    "Criterion",
    "CtcaeTerm",
    "FieldSpec",
    "Glucocorticoid",
    "Instrument",
    "Laboratory",
    "Organ",
    "Protocol",
    "Reference",
    "Settings",
    "Severity",
    "Sourced",
    "Text",
    "Toxicity",
    "Unit",
]

CRITERION_SLOTS = 4
"""Criteria of one organ that ``licats_result`` has room for."""


# --- measurements -------------------------------------------------------------------------------------


class Unit(Strict):
    """A unit a value may be entered in; ``factor`` times the value gives the analyte's own unit."""

    code: str
    label: Line
    factor: Factor
    ucum: Code = ""
    cdisc: Code = ""

    def normal(self, value: Fraction) -> Fraction:
        """Give a value of this unit in the analyte's own; most values are entered in that one already."""
        return value if self.factor == 1 else value * self.factor


class Analyte(Strict):
    """A laboratory analyte: ``units[0]`` is the unit that values are normalised to.

    ``minimum`` and ``maximum`` are absolute limits (UN03) in that unit. ``convertible`` is false where values
    of different assays must never be compared through a conversion. ``domain`` is the SDTM domain of its values,
    ``cdisc`` their test code; ``source`` is that of the codes.
    """

    slug: Slug
    label: Label
    group: str
    units: tuple[Unit, ...] = Field(min_length=1)
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    limits: bool = True
    convertible: bool = True
    domain: Literal["LB", "IS", "CP"] = "LB"
    loinc: Code = ""
    cdisc: Code = ""
    source: str = ""

    def unit(self, code: str) -> Unit | None:
        """Find a unit by its code."""
        for one in self.units:
            if one.code == code:
                return one
        return None


class AnalyteGroup(Strict):
    """A group of analytes: the heading above them on the form."""

    code: str
    label: Label


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
    label: Line
    reference: tuple[Reference, ...] = ()


class Glucocorticoid(Sourced):
    """A glucocorticoid and its factor to prednisolone, mg per mg. ``salts``: whether a salt must be stated."""

    code: Slug
    label: Label
    factor: Factor | None = None
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
    label: Label
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
    label: Label


class Organ(Sourced):
    """One organ: its criteria and the causes asked for beside the general ones."""

    slug: Slug
    label: Label
    inner_organ: bool
    order: int
    criterion: tuple[Criterion, ...] = Field(min_length=1)
    cause: tuple[Cause, ...] = ()

    def find(self, criterion: str) -> Criterion | None:
        """Find a criterion by id."""
        return next((one for one in self.criterion if one.id == criterion), None)


# --- edit checks --------------------------------------------------------------------------------------


class Severity(StrEnum):
    """Severities in falling weight. ``info`` is reported and never becomes a query."""

    HARD = "hard"
    QUERY = "query"
    SOFT = "soft"
    MEDICAL = "medical"
    INFO = "info"


class CheckRule(Strict):
    """An edit check, or a part of it, in REDCap's logic: true where something disagrees on a row of ``form``.

    ``form`` is an instrument, for one of every organ only those of ``organs`` if any are named; '' stands for
    every form of the sites. ``each`` repeats ``logic`` for what stands on the form, as :class:`FieldSpec` does
    (``answer``: the answers of the field ``of``), and ``join`` joins the repetitions. ``when`` must hold beside
    it. ``only`` says what part of the check the rule is; without it the rule is true wherever the check finds
    something on the form.
    """

    form: str = ""
    organs: tuple[Slug, ...] = ()
    each: Literal["", "organ", "analyte", "cause", "criterion", "answer", "salt_drug", "date", "required"] = ""
    of: str = ""
    join: Literal["", "any", "all"] = ""
    logic: str
    when: str = ""
    only: Text | None = None


class FlagRule(Strict):
    """A rule of REDCap's Data Quality module on what the worker wrote; a person opens REDCap's query there."""

    id: str
    title: Text
    logic: str


class ReportSpec(Strict):
    """A report of REDCap: its columns beside the record id, its rows by logic; not for everybody if restricted."""

    id: str
    title: Text
    about: Text
    fields: tuple[str, ...] = Field(min_length=1)
    logic: str
    restricted: bool = False


class CheckSpec(Sourced):
    """One edit check of the catalogue; its logic is the function of the same id in ``check/``.

    ``wording`` is not published text but the query's own, per language, in ``text``; ``makes_meaningless``
    lists the checks that say nothing new while this one fires on a cell they read. ``reads`` lists the
    instruments without which the check cannot run; ``needs_history`` says that it reads REDCap's log.
    ``phrases`` are words that the check puts into its text. ``dq`` are the check as rules of REDCap itself.
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
    dq: tuple[CheckRule, ...] = ()

    @property
    def data_quality(self) -> tuple[CheckRule, ...]:
        """The rules of it that go into REDCap; none of a medical check, since who saves a form is told of them."""
        return self.dq if self.enabled and self.severity is not Severity.MEDICAL else ()


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
    analyte_groups: dict[str, AnalyteGroup]
    laboratories: dict[str, Laboratory]
    glucocorticoids: dict[str, Glucocorticoid]
    glucocorticoid_table: str
    toxicity: Toxicity
    ctcae: dict[str, CtcaeTerm]
    causes: tuple[Cause, ...]
    checks: dict[str, CheckSpec]
    flag_rules: dict[str, FlagRule]
    reports: dict[str, ReportSpec]
    instruments: dict[str, Instrument]

    def causes_of(self, organ: str) -> tuple[Cause, ...]:
        """General causes, then the organ's own."""
        return self.causes + self.organs[organ].cause
