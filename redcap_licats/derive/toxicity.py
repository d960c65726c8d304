"""What is derived beside LICATS: grades of CRS, ICANS, blood counts and CTCAE."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from redcap_licats.subject.model import Assessment, Place, Toxicity


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade from 0 (looked at, and none) to 4; None where the data do not tell, with what is missing."""

    grade: int | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limb:
    """One finding of an assessment and the ASTCT grade that it corresponds to by itself.

    ``value`` is a device, a number or an answer's code, as the form records it.
    """

    name: str
    grade: int
    place: Place
    value: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What the assessments of some days show of CRS or ICANS.

    Attributes:
        assessments: Those of the days, oldest first.
        limbs: Their findings, in the same order.
        around: Of CRS, also those of the days before in which fever counts.
        highest_temperature: In °C, of ``around``.
        fever_masked: Whether antipyretic, tocilizumab or glucocorticoid may have kept fever away; None unknown.
    """

    graded: Graded
    assessments: tuple[Assessment, ...] = ()
    limbs: tuple[Limb, ...] = ()
    around: tuple[Assessment, ...] = ()
    highest_temperature: Fraction | None = None
    fever_masked: bool | None = None


@dataclass(frozen=True, slots=True)
class EpisodeResult:
    """An episode of CRS or ICANS, and what the assessments of its days show."""

    episode: Toxicity
    observed: Observed


@dataclass(frozen=True, slots=True)
class CtcaeGrade:
    """The CTCAE term of one version for an event, and its grade by that version's own rule.

    ``term`` is '' where the version has none for the event's criteria; ``entry`` is its id in the protocol.
    """

    version: str
    entry: str = ""
    term: str = ""
    grade: int | None = None
    missing: tuple[str, ...] = ()
