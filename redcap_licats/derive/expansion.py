"""CAR-T cells after infusion: highest value, its day, and how long they were detected."""

from __future__ import annotations

from collections import Counter

from redcap_licats.derive.measurements import laboratory_values
from redcap_licats.derive.model import Expansion, Measurement
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.model import Subject


def expansion_values(subject: Subject, protocol: Protocol) -> tuple[Measurement, ...]:
    """List the values after infusion in the unit used most (of two the first by code): units do not convert."""
    day_zero = subject.day_zero
    values = [
        one for one in laboratory_values(subject, protocol.analytes["cart"]) if day_zero and one.date >= day_zero
    ]
    uses = Counter(one.unit for one in values)
    unit = min(uses, key=lambda code: (-uses[code], code), default="")
    return tuple(one for one in values if one.unit == unit)


def expansion(values: tuple[Measurement, ...]) -> tuple[Expansion, Measurement | None]:
    """Give the highest value and its first day, the days from the first to the last detected value, and the peak.

    Detected is a value above zero that is not *below* something.
    """
    detected = [one for one in values if one.value > 0 and one.censor != "<"]
    if not detected:
        return Expansion(None, values[0].unit if values else "", None, None), None
    peak = max(detected, key=lambda one: one.value)
    return Expansion(peak.value, peak.unit, peak.date, (detected[-1].date - detected[0].date).days), peak
