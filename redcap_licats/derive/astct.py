"""ASTCT grades that the findings of one assessment correspond to. Sources: P:S16 (CRS), P:S17 (ICANS, ICE).

Each function gives the findings recorded, and the names of what is not recorded and could raise the grade.
"""

from __future__ import annotations

from collections.abc import Mapping

from redcap_licats.derive.toxicity import Limb
from redcap_licats.protocol.base import exact
from redcap_licats.protocol.toxicity import Crs, Icans, Regrading
from redcap_licats.subject.model import Assessment

#: the name of what is missing where the age for a cut-off is not known
AGE = "age"
Findings = tuple[tuple[Limb, ...], frozenset[str]]


def crs_findings(one: Assessment, crs: Crs, settings: Regrading, age: int | None) -> Findings:
    """Grade hypoxia and hypotension.

    A cannula above low flow counts as high flow. Hypotension without vasopressor is told by the systolic pressure,
    in adults only: for children we have no number (study setting).
    """
    limbs: list[Limb] = []
    missing: set[str] = set()
    device = one.oxygen_device
    if not device:
        missing.add("oxygen_device")
    else:
        if device == "cannula" and one.oxygen_flow is None:
            missing.add("oxygen_flow")
        high = device == "cannula" and one.oxygen_flow is not None and one.oxygen_flow > exact(crs.low_flow)
        limbs.append(Limb("oxygen", crs.oxygen["hfnc" if high else device], one.place, device))
    number = one.vasopressors
    if number is None:
        missing.add("vasopressors")
    else:
        limbs.append(Limb("pressors", _from(number, crs.pressors), one.place, str(number)))
    if not number:
        low, unknown = _hypotension(one, crs, settings, age)
        limbs += low
        missing |= unknown
    return tuple(limbs), frozenset(missing)


def _hypotension(one: Assessment, crs: Crs, settings: Regrading, age: int | None) -> tuple[list[Limb], set[str]]:
    """Look for hypotension without vasopressor; ASTCT does not say what vasopressin alone is."""
    if one.vasopressin:
        return [], {"vasopressin_alone"}
    if one.systolic is None:
        return [], {"systolic"}
    if age is None:
        return [], {AGE}
    if age < settings.adult_from_age:
        return [], {"systolic_child"}
    if one.systolic < settings.systolic_below:
        return [Limb("hypotension", crs.hypotension, one.place, str(one.systolic))], set()
    return [], set()


def icans_findings(one: Assessment, icans: Icans, settings: Regrading, age: int | None) -> Findings:
    """Grade ICE, consciousness, seizure, motor weakness and raised intracranial pressure.

    ICE only from the age on at which it is used. Children are scored by CAPD, of which our sources give no grades:
    the grade stays open unless another finding makes it 4.
    """
    limbs: list[Limb] = []
    missing: set[str] = set()
    score = ice_score(one)
    if age is None:
        missing.add(AGE)
    elif age < settings.ice_from_age:
        missing.add("capd_grade")
    elif score is None:
        missing.add("ice")
    else:
        limbs.append(Limb("ice", ice_grade(score, one.consciousness, icans), one.place, str(score)))
    for name, answer, grades in (
        ("consciousness", one.consciousness, icans.consciousness),
        ("seizure", one.seizure, icans.seizure),
        ("raised_icp", one.raised_icp, icans.raised_icp),
    ):
        if answer:
            limbs.append(Limb(name, grades[answer], one.place, answer))
        else:
            missing.add(name)
    if one.motor is None:
        missing.add("motor")
    else:
        limbs.append(Limb("motor", icans.motor if one.motor else 0, one.place, str(int(one.motor))))
    return tuple(limbs), frozenset(missing)


def ice_score(one: Assessment) -> int | None:
    """Add up the ICE items; None unless all are recorded."""
    items = [item for item in one.ice.values() if item is not None]
    return sum(items) if items and len(items) == len(one.ice) else None


def ice_grade(score: int, consciousness: str, icans: Icans) -> int:
    """Give the ICANS grade of an ICE score; 0 is grade 3 in a patient who can be aroused, else 4."""
    if score == 0 and consciousness in icans.unarousable:
        return icans.ice_unarousable
    return _from(score, icans.ice)


def _from(number: int, grades: Mapping[int, int]) -> int:
    """Give the grade of the highest step that a number reaches; below the first step, that of the first."""
    return grades[max((step for step in grades if step <= number), default=min(grades))]
