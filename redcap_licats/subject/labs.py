"""Laboratory results in the analyte's own unit; units and limits from the form, else from the lab directory.

The directory is looked up by laboratory, analyte, sex, age at infusion (birth dates are never asked for) and
sample date. Where one of these is not known, entries that differ only in it must agree, or the answer is unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple, TypeVar

from redcap_licats.protocol.base import exact
from redcap_licats.protocol.models import Analyte, Laboratory, Protocol, Reference, Unit
from redcap_licats.subject.cells import Cells
from redcap_licats.subject.model import Enrolment, LabResult, Sample
from redcap_licats.subject.values import read_number

T = TypeVar("T")

Censor = Literal["", "<", ">"]

#: what can be entered of an analyte
_CONCEPTS = ("val", "cens", "nd", "unit", "lln", "uln")
_SIGNS: Mapping[str, Censor] = {"lt": "<", "gt": ">"}
_NOT_DONE = ("notaken", "lost", "technical", "other")


@dataclass(frozen=True, slots=True)
class Person:
    """What reference limits depend on: sex, age in years."""

    sex: Literal["F", "M"] | None = None
    age: int | None = None

    @classmethod
    def of(cls, enrolment: Enrolment | None) -> Person:
        """Take sex and age from the enrolment form."""
        return cls(enrolment.sex, enrolment.age) if enrolment else cls()


def read_sample(cells: Cells, protocol: Protocol, person: Person) -> Sample:
    """Read one sample and its results, only those of which something was entered."""
    date = cells.date("date")
    laboratory = cells.code("lab", [*protocol.laboratories, "other"]) or ""
    # asked here so that it counts as read: it opens the fields of unit and limits on the form
    cells.yes_no("ref_differ")

    listed = references(protocol.laboratories.get(laboratory), person, date)
    results = (
        _result(cells, protocol.analytes[slug], filled, _Listed.of(listed.get(slug, ())))
        for slug, filled in cells.touched(protocol.analytes, _CONCEPTS).items()
    )
    return Sample(
        place=cells.place,
        sample_id=cells.text("sample_id"),
        date=date,
        time=cells.text("time"),
        laboratory=laboratory,
        results={one.analyte: one for one in results if one},
        sediment=cells.code("sediment", ("normal", "active", "nd")) or "",
    )


def references(
    laboratory: Laboratory | None, person: Person, date: dt.date | None
) -> Mapping[str, Sequence[Reference]]:
    """Find the entries that may apply, by analyte; what is not known of person or date excludes none."""
    day = date.isoformat() if date else ""
    found: dict[str, list[Reference]] = {}
    for one in laboratory.reference if laboratory else ():
        if (
            (not one.sex or person.sex is None or one.sex == person.sex)
            and (person.age is None or one.age_from <= person.age <= one.age_until)
            and (not day or not one.valid_from or one.valid_from <= day)
            and (not day or not one.valid_until or day <= one.valid_until)
        ):
            found.setdefault(one.analyte, []).append(one)
    return found


def _agreed(values: Iterable[T]) -> T | None:
    """Give the value all agree on, None if they differ or there is none."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


class _Listed(NamedTuple):
    """What the directory's entries agree on."""

    unit: str = ""
    lower: Decimal | None = None
    upper: Decimal | None = None
    assay: str = ""

    @classmethod
    def of(cls, entries: Sequence[Reference]) -> _Listed:
        if not entries:
            return _NOT_LISTED
        if len(entries) == 1:
            (one,) = entries
            return cls(one.unit, one.lower, one.upper, one.assay)
        return cls(
            _agreed(one.unit for one in entries) or "",
            _agreed(one.lower for one in entries),
            _agreed(one.upper for one in entries),
            _agreed(one.assay for one in entries) or "",
        )


_NOT_LISTED = _Listed()


def _result(cells: Cells, analyte: Analyte, filled: Collection[str], directory: _Listed) -> LabResult | None:
    """Read one analyte, of which the cells named may be filled.

    None if neither a value nor a reason for its absence was entered.
    """
    slug = analyte.slug
    entered = cells.entered(f"{slug}_val")
    number, censor = _value(cells, slug) if "val" in filled or "cens" in filled else (None, "")
    not_done = cells.code(f"{slug}_nd", _NOT_DONE) or "" if "nd" in filled else ""
    chosen = cells.code(f"{slug}_unit", [unit.code for unit in analyte.units]) if "unit" in filled else None
    lower = cells.number(f"{slug}_lln") if "lln" in filled else None
    upper = cells.number(f"{slug}_uln") if "uln" in filled else None
    if not entered and not not_done:
        return None
    code = chosen or directory.unit
    unit, listed_unit = analyte.unit(code), analyte.unit(directory.unit)
    if number is not None and unit is None:
        cells.refuse(f"{slug}_val")
    return LabResult(
        analyte=slug,
        entered=entered,
        value=unit.normal(number) if number is not None and unit else None,
        censor=censor,
        unit=code,
        lower=_limit(lower, unit, directory.lower, listed_unit, analyte),
        upper=_limit(upper, unit, directory.upper, listed_unit, analyte),
        assay=directory.assay,
        not_done=not_done,
        field=cells.variable(f"{slug}_val"),
    )


def _value(cells: Cells, slug: str) -> tuple[Fraction | None, Censor]:
    """Read number and censor sign; the sign may also stand before the number, but not another one."""
    sign: Censor = cells.meaning(f"{slug}_cens", _SIGNS) or ""
    text = cells.text(f"{slug}_val")
    if not text:
        return None, sign
    written: Censor = "<" if text.startswith("<") else ">" if text.startswith(">") else ""
    number = read_number(text.removeprefix(written))
    if number is None or (sign and written and sign != written):
        cells.refuse(f"{slug}_val")
        return None, sign
    return number, sign or written


def _limit(
    entered: Fraction | None, unit: Unit | None, listed: Decimal | None, listed_unit: Unit | None, analyte: Analyte
) -> Fraction | None:
    """Normalise a reference limit: the form's own, else the directory's.

    The directory's limit does not hold for a value in another unit where units must not be converted.
    """
    if entered is not None:
        return unit.normal(entered) if unit else None
    if listed is None or listed_unit is None or (unit is not listed_unit and not analyte.convertible):
        return None
    return listed_unit.normal(exact(listed))
