"""The natural history after infusion: what each quantity is on a day, before any laboratory measures it.

The curves are plausible, not published. Days count from infusion (Day 0); the units are those of ``ASSAYS``.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from redcap_licats.synth.profiles import Profile

LYMPHODEPLETION = -5
BASELINE = -7
PLANNED_DISCHARGE = 14

#: fever and inflammation start on the day after infusion; a higher grade lasts longer
CRS_ONSET = 1
CRS_DAYS = {0: 0, 1: 2, 2: 3, 3: 5}


class Curve:
    """A quantity over days, straight between its knots and level outside them."""

    def __init__(self, *knots: tuple[float, float]) -> None:
        if any(later <= earlier for (earlier, _), (later, _) in pairwise(knots)):
            raise ValueError("the days of a curve must rise")
        self.days = [day for day, _ in knots]
        self.values = [value for _, value in knots]

    def __call__(self, day: float) -> float:
        """Give the quantity on a day."""
        after = bisect_right(self.days, day)
        if after == 0 or after == len(self.days):
            return self.values[max(after - 1, 0)]
        left, right = self.days[after - 1], self.days[after]
        share = (day - left) / (right - left)
        return self.values[after - 1] + share * (self.values[after] - self.values[after - 1])


NEUTROPHILS = Curve((-5, 4.0), (0, 2.4), (4, 1.1), (8, 0.8), (11, 0.9), (14, 1.5), (28, 2.3), (90, 3.2))
LYMPHOCYTES = Curve((-5, 1.2), (0, 0.06), (6, 0.2), (10, 0.7), (14, 0.5), (28, 0.6), (90, 0.9), (180, 1.2))
PLATELETS = Curve((-5, 250), (0, 190), (9, 140), (21, 180), (42, 230))
B_CELLS_LEAVE = Curve((-5, 1.0), (0, 0.06), (2, 0))
#: per microlitre, from the day of recovery
B_CELLS_RETURN = Curve((0, 0), (20, 12), (60, 80), (150, 160))
#: CAR-T cells per microlitre, relative to the peak
CAR_T = Curve((0, 0), (3, 0.03), (7, 0.6), (9, 1), (14, 0.3), (21, 0.08), (28, 0.03), (56, 0.005), (90, 0))
COMPLEMENT = Curve((0, 1), (28, 1.05), (90, 1.2))
ANTI_DSDNA = Curve((0, 1), (28, 0.7), (90, 0.2), (180, 0.05))
FERRITIN = Curve((0, 1), (1, 2), (7, 2), (28, 1))


@dataclass(frozen=True, slots=True)
class Body:
    """A patient's own level of each quantity, and when B cells come back."""

    level: dict[str, float]
    recovery: int
    spo2: int
    weight: int
    crs_until: int


def body(profile: Profile, rng: Random) -> Body:
    """Draw a patient's levels. B cells stay away until every reaction is over."""
    affected, sle = profile.affected, profile.diagnosis == "sle"
    adult = profile.age >= 16
    creatinine = rng.uniform(0.55, 0.8) if profile.sex == "F" else rng.uniform(0.7, 0.95)
    if "kidney" in affected:
        creatinine += rng.uniform(0.1, 0.4)
    last = max((one.end for one in profile.reactions), default=0)
    return Body(
        level={
            "crea": profile.creatinine or creatinine * (1 if adult else 0.75),
            "upcr": rng.uniform(0.4, 1.6) if "kidney" in affected else rng.uniform(0.05, 0.14),
            "ck": rng.uniform(210, 420) if "muscle" in affected else rng.uniform(45, 130),
            "tni": rng.uniform(5, 11) if "heart" in affected else rng.uniform(2.5, 8),
            "c3": rng.uniform(0.6, 0.88) if sle else rng.uniform(1.0, 1.5),
            "c4": rng.uniform(0.07, 0.14) if sle else rng.uniform(0.18, 0.32),
            "dsdna": rng.uniform(140, 600) if sle else rng.uniform(1, 9),
            "crp": rng.uniform(1, 6),
            "ferr": rng.uniform(60, 220),
            "fib": rng.uniform(2.6, 3.4),
            "alt": rng.uniform(14, 30),
            "ast": rng.uniform(14, 30),
            "anc": rng.uniform(0.8, 1.25),
            "lym": rng.uniform(0.8, 1.2),
            "plt": rng.uniform(0.8, 1.25),
            "bcell": rng.uniform(90, 260),
            "cart": rng.uniform(60, 320),
        },
        recovery=max(last + 14, round(rng.gauss(112, 30)), 80),
        spo2=rng.randint(94, 96) if "lung" in affected else rng.randint(97, 99),
        weight=rng.randint(28, 34) if profile.age < 12 else rng.randint(48, 92),
        crs_until=CRS_ONSET + CRS_DAYS[profile.crs],
    )


def discharge_day(profile: Profile) -> int:
    """Give the last day of the stay for the infusion: planned, or later because of a reaction or a severe CRS."""
    reactions = [one.day + 14 for one in profile.reactions if one.stay == "prolonged"]
    return max([PLANNED_DISCHARGE, *reactions]) + (4 if profile.crs > 2 else 0)


def true_value(analyte: str, day: int, patient: Body) -> float:
    """Give an analyte on a day as it would be without any reaction and without measurement error."""
    level = patient.level[analyte]
    inflamed = patient.crs_until > CRS_ONSET and CRS_ONSET <= day <= patient.crs_until + 2
    match analyte:
        case "anc":
            return level * NEUTROPHILS(day)
        case "lym":
            return level * LYMPHOCYTES(day)
        case "plt":
            return level * PLATELETS(day)
        case "bcell":
            return level * B_CELLS_LEAVE(day) + B_CELLS_RETURN(day - patient.recovery)
        case "cart":
            return level * CAR_T(day)
        case "c3" | "c4":
            return level * COMPLEMENT(day)
        case "dsdna":
            return level * ANTI_DSDNA(day)
        case "crp":
            return level * (12 if inflamed else 1)
        case "ferr":
            return level * (6 if inflamed else FERRITIN(day))
        case "fib":
            return level * (1.3 if inflamed else 1)
        case _:
            return level
