"""Blood and urine samples as two laboratories report them, each in its own units.

Which analyte a criterion rests on, and by how much it rises, comes from the plan; whether that meets the
criterion is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from redcap_licats.synth.chart import Chart
from redcap_licats.synth.history import BASELINE, Body, Curve, true_value
from redcap_licats.synth.profiles import Profile, Reaction


@dataclass(frozen=True, slots=True)
class Assay:
    """How a laboratory reports an analyte: factor to its unit, decimals, lowest value it reports."""

    factor: float = 1.0
    decimals: int = 0
    lowest: float = 0.0


#: own units: mg/dL, g/g, U/L, ng/L, g/L, IU/mL, mg/L, µg/L, g/L, U/L, 10⁹/L, per µL
CONVENTIONAL = {
    "crea": Assay(1, 2),
    "upcr": Assay(1, 2),
    "ck": Assay(),
    "tni": Assay(1, 1, 3.0),
    "c3": Assay(100),
    "c4": Assay(100),
    "dsdna": Assay(1, 0, 10),
    "crp": Assay(1, 1, 0.6),
    "ferr": Assay(),
    "fib": Assay(100),
    "alt": Assay(),
    "ast": Assay(),
    "anc": Assay(1, 2),
    "lym": Assay(1, 2),
    "plt": Assay(),
    "bcell": Assay(),
    "cart": Assay(1, 1),
}
SI = CONVENTIONAL | {
    "crea": Assay(88.4),
    "upcr": Assay(113.12, 1),
    "ck": Assay(1 / 60, 2),
    "c3": Assay(1, 2),
    "c4": Assay(1, 2),
    "fib": Assay(1, 1),
    "alt": Assay(1 / 60, 2),
    "ast": Assay(1 / 60, 2),
}
LABORATORIES = {"A": ("conv", CONVENTIONAL), "B": ("si", SI)}

#: criterion -> the analyte it rests on
ANALYTE_OF = {"crea": "crea", "upcr": "upcr", "ck": "ck", "tni": "tni"}

SAFETY = ("crea", "ck", "crp", "alt", "ast", "anc", "lym", "plt")
SEROLOGY = ("c3", "c4", "dsdna")
CELLS = ("bcell", "cart")
SCHEDULE = {
    -28: (*SAFETY, "upcr", "ferr"),
    BASELINE: (*SAFETY, "upcr", "tni", "ferr", "fib", *SEROLOGY, "bcell"),
    0: (*SAFETY, "ferr", "fib", *CELLS),
    3: (*SAFETY, "ferr", "fib", *CELLS),
    7: (*SAFETY, "upcr", "tni", "ferr", "fib", *CELLS),
    10: (*SAFETY, *CELLS),
    14: (*SAFETY, "upcr", "tni", "ferr", *SEROLOGY, *CELLS),
    21: (*SAFETY, *CELLS),
    28: (*SAFETY, "upcr", "tni", "ferr", *SEROLOGY, *CELLS),
    42: (*SAFETY, *CELLS),
    56: (*SAFETY, "upcr", *SEROLOGY, *CELLS),
    91: (*SAFETY, "upcr", "tni", *SEROLOGY, *CELLS),
    182: (*SAFETY, "upcr", *SEROLOGY, *CELLS),
    273: (*SAFETY, "upcr", *SEROLOGY, "bcell"),
    365: (*SAFETY, "upcr", *SEROLOGY, "bcell"),
}


def reaction_days(reaction: Reaction) -> tuple[int, ...]:
    """Days on which a site takes blood for a reaction: at onset, again soon, half-way and at its end."""
    days = {reaction.day, reaction.end}
    if any(one in ANALYTE_OF for one in reaction.criteria):
        days |= {reaction.day + 2, reaction.day + reaction.lasts // 2}
    return tuple(sorted(days))


def sampling(profile: Profile, follow_up: int) -> dict[int, tuple[str, ...]]:
    """Give the days of sampling and what is measured on each."""
    plan = {day: set(panel) for day, panel in SCHEDULE.items() if day <= follow_up}
    for reaction in profile.reactions:
        wanted = {ANALYTE_OF[one] for one in reaction.criteria if one in ANALYTE_OF}
        for day in reaction_days(reaction):
            plan.setdefault(day, {"crea", "crp", "anc", "lym", "plt"}).update(wanted)
        plan[reaction.day].update((*SEROLOGY, *CELLS))
    known = tuple(CONVENTIONAL)
    return {day: tuple(one for one in known if one in panel) for day, panel in sorted(plan.items())}


def _rises(profile: Profile) -> dict[str, list[Curve]]:
    """Give, per analyte, by which factor each reaction raises it on which day."""
    rises: dict[str, list[Curve]] = {}
    for one in profile.reactions:
        for criterion in one.criteria:
            if criterion in ANALYTE_OF:
                curve = Curve((one.day - 1, 1.0), (one.day, one.peak), (one.end, 1.0))
                rises.setdefault(ANALYTE_OF[criterion], []).append(curve)
    return rises


def _reported(value: float, assay: Assay) -> str:
    return f"{round(value * assay.factor, assay.decimals):.{assay.decimals}f}"


def _noise(analyte: str, rng: Random) -> float:
    return rng.uniform(0.9, 1.1) if analyte == "upcr" else rng.uniform(0.95, 1.05)


def draw_samples(chart: Chart, patient: Body, follow_up: int) -> None:
    """Fill in one ``labs`` instance per sample, in order of date.

    What rises with a reaction is measured against the value entered before lymphodepletion, so that rounding
    to the laboratory's unit does not move the planned peak.
    """
    laboratory, assays = LABORATORIES[chart.profile.site]
    rises = _rises(chart.profile)
    before: dict[str, float] = {}
    for number, (day, panel) in enumerate(sampling(chart.profile, follow_up).items(), start=1):
        row = {
            "lab_sample_id": f"{chart.record}-S{number:02}",
            "lab_date": chart.date(day),
            "lab_time": f"{chart.rng.randint(7, 9):02}:{chart.rng.randrange(0, 60, 5):02}",
            "lab_lab": laboratory,
        }
        for analyte in panel:
            value = true_value(analyte, day, patient)
            if day == BASELINE:
                before[analyte] = float(_reported(value, assays[analyte])) / assays[analyte].factor
            factors = [rise(day) for rise in rises.get(analyte, [])]
            if any(factor > 1 for factor in factors):
                value = before[analyte] * max(factors)
            elif day != BASELINE:
                value *= _noise(analyte, chart.rng)
            row |= _result(analyte, value, assays[analyte])
        if "upcr" in panel and day >= 0:
            row["lab_sediment"] = "normal"
        chart.add("labs", row)


def _result(analyte: str, value: float, assay: Assay) -> dict[str, str]:
    """Enter one result; below the lowest value that the laboratory reports it is entered as ``<``."""
    if value < assay.lowest:
        return {f"lab_{analyte}_cens": "lt", f"lab_{analyte}_val": _reported(assay.lowest, assay)}
    return {f"lab_{analyte}_val": _reported(value, assay)}
