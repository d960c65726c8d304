"""Measured values in time order, their baseline, and comparisons that respect a censor sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from redcap_licats.derive.model import Measurement
from redcap_licats.protocol.models import Analyte
from redcap_licats.subject.model import Infusion, Input, Subject

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The value before treatment; ``fallback`` if it is not from before lymphodepletion."""

    measurement: Measurement | None
    fallback: bool = False


def laboratory_values(subject: Subject, analyte: Analyte) -> tuple[Measurement, ...]:
    """List the dated, readable values of an analyte, oldest first; at one moment the lower comes first.

    The unit is the analyte's own, but of an analyte that must not be converted the one entered.
    """
    found = []
    for sample in subject.samples:
        result = sample.results.get(analyte.slug)
        if sample.date is None or result is None or result.value is None:
            continue
        measurement = Measurement(
            value=result.value,
            unit=analyte.units[0].code if analyte.convertible else result.unit,
            date=sample.date,
            censor=result.censor,
            laboratory=sample.laboratory,
            assay=result.assay,
            sample_id=sample.sample_id,
            input=subject.cell(sample.place, result.field, result.unit),
            lower=result.lower,
            upper=result.upper,
        )
        found.append((sample.date, sample.time, result.value, sample.place, measurement))
    return tuple(row[-1] for row in sorted(found, key=lambda row: row[:-1]))


def unusable_values(
    subject: Subject, analyte: Analyte, codes: Collection[str]
) -> tuple[tuple[dt.date, Input], ...]:
    """List day and cell of what was entered as a value and cannot be compared: unit not known, or no number.

    Such a value may be any, so that it leaves open what a missing one (blank, not done, or one of the missing-data
    codes given) does not.
    """
    return tuple(
        (sample.date, subject.cell(sample.place, result.field))
        for sample in subject.samples
        if sample.date
        and (result := sample.results.get(analyte.slug))
        and result.value is None
        and not result.not_done
        and result.entered not in codes
    )


def oxygen_saturations(subject: Subject) -> tuple[Measurement, ...]:
    """List the dated SpO2 values in percent, oldest first.

    A value of 1 or less is a fraction in a field of percent: it is queried (UN02) and never used (facts 4.5).
    """
    found = [
        Measurement(
            value=one.spo2,
            unit="%",
            date=one.date,
            censor="",
            laboratory="",
            assay="",
            sample_id="",
            input=subject.cell(one.place, "asm_spo2", "%"),
        )
        for one in subject.assessments
        if one.date and one.spo2 is not None and one.spo2 > 1
    ]
    return tuple(sorted(found, key=lambda one: (one.date, one.value, one.input.place)))


def oxygen_use(subject: Subject) -> tuple[Measurement, ...]:
    """List the dated assessments that name the oxygen device, oldest first: 1 with oxygen, 0 without."""
    found = [
        Measurement(
            value=Fraction(one.on_oxygen),
            unit="",
            date=one.date,
            censor="",
            laboratory="",
            assay="",
            sample_id="",
            input=subject.cell(one.place, "asm_o2_device"),
        )
        for one in subject.assessments
        if one.date and one.on_oxygen is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.date, one.value, one.input.place)))


def baseline_of(values: Sequence[Measurement], infusion: Infusion | None) -> Baseline:
    """Take the last value before the day lymphodepletion starts, else the last before the infusion, flagged.

    A value of the infusion day or later is never a baseline. Source: facts 1.3 (study setting).
    """
    start, day_zero = (infusion.lymphodepletion_start, infusion.date) if infusion else (None, None)
    untreated = [one for one in values if (start or day_zero) and (day_zero is None or one.date < day_zero)]
    before = [one for one in untreated if start and one.date < start]
    if before:
        return Baseline(before[-1])
    return Baseline(untreated[-1], fallback=True) if untreated and day_zero else Baseline(None)


def _bounds(one: Measurement | Fraction) -> tuple[Fraction, Fraction | None]:
    """Give the lowest and highest value it can stand for; None is unbounded."""
    if not isinstance(one, Measurement):
        return one, one
    low = _ZERO if one.censor == "<" else one.value
    return low, None if one.censor == ">" else one.value


def _censor(one: Measurement | Fraction) -> str:
    return one.censor if isinstance(one, Measurement) else ""


def above(one: Measurement | Fraction, other: Measurement | Fraction) -> bool | None:
    """Whether one value is above the other; None where a censor sign leaves it open."""
    (low, high), (other_low, other_high) = _bounds(one), _bounds(other)
    apart = _censor(one) == ">" or _censor(other) == "<"
    if other_high is not None and (low > other_high or (apart and low == other_high)):
        return True
    return False if high is not None and high <= other_low else None


def reaches(one: Measurement | Fraction, limit: Fraction) -> bool | None:
    """Whether a value is at least the limit; None where a censor sign leaves it open."""
    low, high = _bounds(one)
    if low >= limit:
        return True
    # a highest value that is the limit itself is never reached: else the lowest would be the limit too
    return False if high is not None and high <= limit else None


def below(one: Measurement | Fraction, limit: Fraction) -> bool | None:
    """Whether a value is below the limit; None where a censor sign leaves it open."""
    reached = reaches(one, limit)
    return None if reached is None else not reached


def same_assay(one: Measurement, other: Measurement) -> bool:
    """Whether two values are of one assay: same unit and assay, or same laboratory where an assay is not named."""
    if one.unit != other.unit:
        return False
    return one.assay == other.assay if one.assay and other.assay else one.laboratory == other.laboratory


def comparable(one: Measurement, other: Measurement, analyte: Analyte) -> bool:
    """Whether two values may be compared: always where units convert, else only within one assay (facts 4.5)."""
    return analyte.convertible or same_assay(one, other)


def laboratory_changed(one: Measurement, other: Measurement) -> bool:
    """Whether two values are known to be of different laboratories or assays; a ratio of them carries a flag."""
    return bool(
        (one.laboratory and other.laboratory and one.laboratory != other.laboratory)
        or (one.assay and other.assay and one.assay != other.assay)
    )
