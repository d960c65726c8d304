"""Units, plausible ranges and reference limits (UN)."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from redcap_licats.check import each
from redcap_licats.check.claims import entered, laboratory_cells
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.measurements import laboratory_values
from redcap_licats.protocol.base import exact
from redcap_licats.protocol.models import Analyte
from redcap_licats.subject.model import Assessment, LabResult, Sample, Subject

#: gram per gram in one milligram per gram
MG_PER_G = Fraction(1, 1000)


@check("UN01", each.sample)
def unit_missing(view: View, sample: Sample) -> Said:
    """Ask once per sample: where the laboratory is not chosen, that is the one cause of all missing units."""
    codes = view.protocol.settings.missing_data_codes
    without = [
        slug
        for slug, result in sample.results.items()
        if result.entered and result.entered not in codes and not _unit_known(view, sample, slug, result)
    ]
    if without:
        laboratory_missing = view.blank(sample.place, "lab_lab")
        yield view.finding(
            sample.place,
            "lab_lab" if laboratory_missing else f"lab_{without[0]}_unit",
            read=view.cells(sample.place, "lab_lab", *(f"lab_{slug}_unit" for slug in without)),
            items=listed(view.protocol.analytes[slug].label for slug in without),
        )


def _unit_known(view: View, sample: Sample, slug: str, result: LabResult) -> bool:
    chosen = view.subject.values[sample.place].get(f"lab_{slug}_unit")
    return bool(result.unit) and (not chosen or view.protocol.analytes[slug].unit(chosen) is not None)


def _range(view: View, name: str) -> tuple[Fraction, Fraction] | None:
    return _limits(str(view.spec.settings.get(name, "")))


@lru_cache(1024)  # the same few ranges are asked for with every value
def _limits(text: str) -> tuple[Fraction, Fraction] | None:
    limits = text.split()
    return (exact(limits[0]), exact(limits[1])) if limits else None


@check("UN02", each.sample)
def value_unusual_in_unit(view: View, sample: Sample) -> Said:
    """Ask where a value lies outside the usual range and would lie within it in another unit of the list."""
    for slug, result in sample.results.items():
        if result.value is None:
            continue
        usual, analyte = _range(view, slug), view.protocol.analytes[slug]
        unit = analyte.unit(result.unit)
        if usual is None or unit is None or usual[0] <= result.value <= usual[1]:
            continue
        number = result.value / unit.factor
        if any(usual[0] <= number * other.factor <= usual[1] for other in analyte.units if other != unit):
            yield view.finding(
                sample.place,
                result.field,
                read=laboratory_cells(view, sample.place, slug),
                item=analyte.label,
                value=result.entered,
                unit=unit.label,
                low=usual[0],
                high=usual[1],
                own_unit=analyte.units[0].label,
            )


@check("UN02", each.assessment)
def saturation_as_fraction(view: View, assessment: Assessment) -> Said:
    usual, value = _range(view, "spo2"), assessment.spo2
    if value is not None and usual and 0 < value <= 1 and usual[0] <= value * 100 <= usual[1]:
        yield view.finding(
            assessment.place,
            "asm_spo2",
            item=view.phrase("spo2"),
            value=value,
            unit="%",
            low=usual[0],
            high=usual[1],
            own_unit="%",
        )


@check("UN03", each.sample)
def value_outside_limits(view: View, sample: Sample) -> Said:
    for slug, result in sample.results.items():
        analyte = view.protocol.analytes[slug]
        unit = analyte.unit(result.unit)
        if result.value is None or unit is None or analyte.minimum is None or analyte.maximum is None:
            continue
        low, high = exact(analyte.minimum), exact(analyte.maximum)
        if not low <= result.value <= high:
            yield view.finding(
                sample.place,
                result.field,
                read=laboratory_cells(view, sample.place, slug),
                item=analyte.label,
                value=result.entered,
                unit=unit.label,
                low=low,
                high=high,
                own_unit=analyte.units[0].label,
            )


@check("UN03", each.assessment)
def vital_sign_outside_limits(view: View, assessment: Assessment) -> Said:
    for field, value, unit in (
        ("spo2", assessment.spo2, "%"),
        ("temp", assessment.temperature, "°C"),
    ):
        limits = _range(view, field)
        if value is not None and limits and not limits[0] <= value <= limits[1]:
            yield view.finding(
                assessment.place,
                f"asm_{field}",
                item=view.phrase(field),
                value=value,
                unit=unit,
                low=limits[0],
                high=limits[1],
                own_unit=unit,
            )


@check("UN04", each.subject)
def jump_with_unit(view: View, _: Subject) -> Said:
    times = view.number("times")
    for analyte in view.protocol.analytes.values():
        units = {one.results[analyte.slug].unit for one in view.subject.samples if analyte.slug in one.results}
        if not analyte.convertible or len(units) < 2:
            continue
        for before, one in pairwise(laboratory_values(view.subject, analyte)):
            low, high = sorted((before.value, one.value))
            if before.input.unit != one.input.unit and low > 0 and high > times * low:
                yield view.finding(
                    one.input.place,
                    one.input.field,
                    read=(
                        *laboratory_cells(view, one.input.place, analyte.slug),
                        *laboratory_cells(view, before.input.place, analyte.slug),
                    ),
                    item=analyte.label,
                    before=entered(analyte, before),
                    before_date=before.date,
                    value=entered(analyte, one),
                    date=one.date,
                    times=times,
                )


@check("UN05", each.subject)
def limits_incomplete(view: View, subject: Subject) -> Said:
    """Ask once per laboratory and analyte: a limit that a criterion needs is missing, or limits are reversed."""
    needed = {
        criterion.analyte
        for organ in view.protocol.organs.values()
        for criterion in organ.criterion
        if criterion.kind == "lab_above"
    }
    asked = set()
    for sample in subject.samples:
        for slug, result in sample.results.items():
            reversed_limits = (
                result.lower is not None and result.upper is not None and result.upper <= result.lower
            )
            missing = slug in needed and result.upper is None and bool(result.unit)
            if result.value is None or not (missing or reversed_limits) or (sample.laboratory, slug) in asked:
                continue
            asked.add((sample.laboratory, slug))
            yield view.finding(
                sample.place,
                f"lab_{slug}_uln",
                read=view.cells(sample.place, f"lab_{slug}_lln", "lab_lab"),
                item=view.protocol.analytes[slug].label,
                lower=result.lower,
                upper=result.upper,
            )


@check("UN06", each.sample)
def protein_not_above_albumin(view: View, sample: Sample) -> Said:
    upcr, uacr = sample.results.get("upcr"), sample.results.get("uacr")
    if not upcr or not uacr or upcr.value is None or uacr.value is None or upcr.censor or uacr.censor:
        return
    if uacr.value > 0 and upcr.value <= uacr.value * MG_PER_G:
        yield view.finding(
            sample.place,
            upcr.field,
            read=(*laboratory_cells(view, sample.place, "upcr"), *laboratory_cells(view, sample.place, "uacr")),
            upcr=_with_unit(view.protocol.analytes["upcr"], upcr),
            uacr=_with_unit(view.protocol.analytes["uacr"], uacr),
        )


def _with_unit(analyte: Analyte, result: LabResult) -> str:
    unit = analyte.unit(result.unit)
    return f"{result.entered} {unit.label if unit else ''}".strip()
