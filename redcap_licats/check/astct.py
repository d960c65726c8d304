"""ASTCT grades that recorded findings correspond to. Sources: P:S16 (CRS), P:S17 (ICANS, ICE)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from redcap_licats.subject.model import Assessment

#: flow in L/min up to which a nasal cannula is low-flow
LOW_FLOW = 6

OXYGEN: Mapping[str, int] = {
    "none": 1,
    "blowby": 2,
    "cannula": 2,
    "hfnc": 3,
    "mask": 3,
    "nrb": 3,
    "venturi": 3,
    "cpap": 4,
    "vent": 4,
}
CONSCIOUSNESS: Mapping[str, int] = {"awake": 0, "voice": 2, "touch": 3, "stim": 4, "coma": 4}
SEIZURE: Mapping[str, int] = {"none": 0, "brief": 3, "prolonged": 4}
RAISED_PRESSURE: Mapping[str, int] = {"none": 0, "focal": 3, "diffuse": 4}
UNAROUSABLE = ("stim", "coma")


def oxygen_grade(device: str, flow: Fraction | None) -> int:
    """Give the CRS grade of the hypoxia limb; a cannula above low flow counts as high-flow."""
    if device == "cannula" and flow is not None and flow > LOW_FLOW:
        return OXYGEN["hfnc"]
    return OXYGEN[device]


def pressor_grade(number: int) -> int:
    """Give the CRS grade of the hypotension limb, vasopressin not counted; hypotension without one is not seen."""
    return 1 if number == 0 else 3 if number == 1 else 4


def ice_score(assessment: Assessment) -> int | None:
    """Add up the ICE items; None unless all are recorded."""
    items = [one for one in assessment.ice.values() if one is not None]
    return sum(items) if items and len(items) == len(assessment.ice) else None


def ice_grade(score: int, consciousness: str) -> int:
    """Give the ICANS grade of an ICE score; 0 is grade 3 in a patient who can be aroused, else 4."""
    if score == 0 and consciousness in UNAROUSABLE:
        return 4
    return 0 if score == 10 else 1 if score >= 7 else 2 if score >= 3 else 3


def other_icans_grade(assessment: Assessment) -> int:
    """Give the ICANS grade of everything but ICE: consciousness, seizure, motor weakness, raised pressure."""
    return max(
        CONSCIOUSNESS.get(assessment.consciousness, 0),
        SEIZURE.get(assessment.seizure, 0),
        RAISED_PRESSURE.get(assessment.raised_icp, 0),
        4 if assessment.motor else 0,
    )
