"""Laboratory criteria that an event claims, and the cells a laboratory value consists of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from redcap_licats.check.registry import View
from redcap_licats.check.shown import beside, listed
from redcap_licats.derive.measurements import unusable_values
from redcap_licats.derive.model import CriterionResult, EventResult, Measurement
from redcap_licats.derive.timing import Period
from redcap_licats.protocol.models import Analyte, Criterion, Text
from redcap_licats.subject.model import Input, Place


@dataclass(frozen=True, slots=True)
class Claim:
    """A laboratory criterion ticked on an event, with what the data say of it."""

    criterion: Criterion
    analyte: Analyte
    result: CriterionResult


def unclear_owners(view: View, events: Iterable[EventResult], answer: str) -> tuple[Text, tuple[Input, ...]]:
    """Name the events that something may belong to, and give the cells that decide it."""
    owners = list(events)
    names = (beside(view.protocol.organs[one.event.organ].label, one.event.place.instance) for one in owners)
    fields = ("onset", "sx_start", "end", answer)
    cells = (view.cell(one.event.place, f"{one.event.organ}_{field}") for one in owners for field in fields)
    return listed(names), tuple(cells)


def claims(view: View, event: EventResult, *kinds: str) -> Iterator[Claim]:
    """Give the laboratory criteria ticked on an event, all kinds or only those named."""
    organ = view.protocol.organs[event.event.organ]
    for result in event.criteria:
        criterion = organ.find(result.criterion)
        if result.claimed and criterion and criterion.analyte and (not kinds or criterion.kind in kinds):
            yield Claim(criterion, view.protocol.analytes[criterion.analyte], result)


def laboratory_cells(view: View, place: Place, analyte: str) -> tuple[Input, ...]:
    """Give the cells that make up one value of a sample."""
    own = (f"lab_{analyte}_{part}" for part in ("val", "cens", "unit", "uln"))
    return view.cells(place, *own, "lab_date", "lab_lab")


def measured_cells(view: View, analyte: str, *measurements: Measurement | None) -> tuple[Input, ...]:
    """Give the cells that make up baseline, peak or both."""
    return tuple(cell for one in measurements if one for cell in laboratory_cells(view, one.input.place, analyte))


def unusable_cells(view: View, analyte: Analyte, days: Period) -> tuple[Input, ...]:
    """Give laboratory and units of the samples whose value of an analyte cannot be used: why it seems missing."""
    codes = view.protocol.settings.missing_data_codes
    places = {cell.place for date, cell in unusable_values(view.subject, analyte, codes) if days.holds(date)}
    return tuple(
        cell
        for sample in view.subject.samples
        if sample.place in places
        for cell in view.cells(sample.place, "lab_lab", *(f"lab_{slug}_unit" for slug in sample.results))
    )


def entered(analyte: Analyte, measurement: Measurement) -> str:
    """Give a value as it was entered, with its unit."""
    unit = analyte.unit(measurement.input.unit)
    return " ".join(
        part for part in (measurement.censor, measurement.input.value, unit.label if unit else "") if part
    )
