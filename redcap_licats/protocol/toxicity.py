"""Gradings beside LICATS: ASTCT (CRS, ICANS), blood counts (ICAHT, thrombocytopenia), CTCAE."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from redcap_licats.protocol.base import Line, Slug, Sourced, Strict

Grade = Annotated[int, Field(ge=0, le=4)]


class Crs(Sourced):
    """CRS by ASTCT. Temperature in °C, flow in L/min.

    ``oxygen`` gives the grade of each device of the form, ``pressors`` the grade from each number of them on.
    """

    fever: Decimal
    low_flow: Decimal
    oxygen: dict[str, Grade]
    pressors: dict[int, Grade] = Field(min_length=1)
    hypotension: Grade


class Icans(Sourced):
    """ICANS by ASTCT. ``ice`` gives the grade from each score on; the others the grade of each answer of the form.

    ``ice_unarousable`` is the grade of ICE 0 in a patient whose consciousness is one of ``unarousable``.
    """

    ice: dict[int, Grade] = Field(min_length=1)
    ice_unarousable: Grade
    unarousable: tuple[str, ...]
    consciousness: dict[str, Grade]
    seizure: dict[str, Grade]
    motor: Grade
    raised_icp: dict[str, Grade]


class Regrading(Sourced):
    """What ASTCT leaves open when an episode is graded from assessments.

    Ages in years, systolic pressure in mmHg. Fever counts from ``fever_before_days`` days before the onset. Where
    no episode is recorded the assessments up to ``watched_until_day`` tell whether there was none.
    """

    fever_before_days: int
    systolic_below: int
    adult_from_age: int
    ice_from_age: int
    watched_until_day: int


class CountBand(Strict):
    """A grade by the longest run of ``days`` days with counts ``at_most`` or ``below`` a limit.

    ``never_above``: by no count above the limit in all the days of the scale.
    """

    grade: Grade
    at_most: Decimal | None = None
    below: Decimal | None = None
    days: int = 1
    never_above: bool = False

    @model_validator(mode="after")
    def _one_limit(self) -> CountBand:
        if (self.at_most is None) is (self.below is None):
            raise ValueError("a band needs one of the keys 'at_most' and 'below'")
        return self


class CountScale(Sourced):
    """A grading of a blood count over days from infusion (Day 0), in the analyte's own unit.

    Attributes:
        covered: The grade needs counts all through these days; else one count is enough.
        two_values: A single low count among several is not graded.
        gap_days: More days than these without a count end a run.
        recovered_days: A recovery shorter than these days does not end a run.
    """

    analyte: Slug
    first_day: int
    last_day: int
    band: tuple[CountBand, ...] = Field(min_length=1)
    covered: bool = False
    two_values: bool = False
    gap_days: int
    recovered_days: int


class Toxicity(Strict):
    """The gradings that are not of one organ's event."""

    crs: Crs
    icans: Icans
    regrading: Regrading
    icaht_early: CountScale
    icaht_late: CountScale
    ticaht_early: CountScale
    ticaht_late: CountScale

    @property
    def counts(self) -> dict[str, CountScale]:
        """The gradings of blood counts by their keys."""
        return {name: one for name, one in self if isinstance(one, CountScale)}


class CtcaeBand(Strict):
    """A grade of a CTCAE term; any one of its conditions is enough.

    ``above``, ``at_least``, ``below`` are in the value's unit, ``above_uln`` and ``above_baseline`` multiples.
    ``unrecorded`` names something that the grade also asks for and no form records: then the grade stays open.
    """

    grade: Annotated[int, Field(ge=1, le=4)]
    above: Decimal | None = None
    at_least: Decimal | None = None
    below: Decimal | None = None
    above_uln: Decimal | None = None
    above_baseline: Decimal | None = None
    hospital: bool = False
    oxygen: bool = False
    unrecorded: str = ""


class CtcaeTerm(Sourced):
    """A term of one CTCAE version for a criterion of an organ, with its MedDRA code as printed there.

    Attributes:
        measure: What is graded: values of the criterion's ``analyte``, SpO2, or a number on the event's form; ''
            where no recorded value has a rule, so that only the term is given.
        baseline_below_lln: A baseline counts only if it is below the lower reference limit.
        age_from, age_until: Ages in years for which the version has a rule.
        unrecorded: What keeps a value that reaches no band from being grade 0; '' if it is.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    version: Literal["5", "6"]
    organ: Slug
    criterion: Slug
    term: Line
    meddra: str = ""
    measure: Literal["", "analyte", "spo2", "stools_over", "bsa"] = ""
    band: tuple[CtcaeBand, ...] = ()
    baseline_below_lln: bool = False
    age_from: int = 0
    age_until: int = 150
    unrecorded: str = ""

    @model_validator(mode="after")
    def _bands_of_a_measure(self) -> CtcaeTerm:
        if bool(self.measure) != bool(self.band):
            raise ValueError(f"term '{self.id}' needs both of the keys 'measure' and 'band', or neither")
        return self
