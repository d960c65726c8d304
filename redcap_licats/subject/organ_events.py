"""Organ events: the forms ``licats_<slug>`` as typed data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.cells import Cells
from redcap_licats.subject.model import OrganEvent, PartialDate

_CAUSE = {"0": "excluded", "1": "possible", "2": "explains", "9": "not_assessed"}
_OUTCOME: Mapping[str, Literal["resolved", "sequelae", "ongoing", "fatal"]] = {
    "res": "resolved",
    "seq": "sequelae",
    "ong": "ongoing",
    "fatal": "fatal",
}
_TREATMENTS = ("nsaid", "topical", "tcz", "anakinra", "ivig", "dialysis", "oth")
#: the box that says that none of them was given
_NONE = "none"

Reader = Callable[[Cells, str], object]

#: organ -> its own concepts and how each must be readable; an overlay's further fields are taken as they are
DETAILS: Mapping[str, Mapping[str, Reader]] = {
    "skin": {"type": Cells.text, "bsa": Cells.number, "site": Cells.text},
    "joint": {
        "us_date": Cells.date,
        "us_res": Cells.text,
        "swelling": Cells.yes_no,
        "pain_days": Cells.integer,
    },
    "heart": {"ecg_date": Cells.date, "ecg_res": Cells.text, "echo_date": Cells.date, "echo_res": Cells.text},
    "lung": {"o2_start": Cells.date, "o2_stop": Cells.date},
    "gi": {"stools_over": Cells.integer},
    "other": {"text": Cells.text},
}


def read_event(cells: Cells, protocol: Protocol, organ: str) -> OrganEvent:
    """Read one event of an organ."""
    grades = {str(grade): grade for grade in range(1, 6)}
    return OrganEvent(
        place=cells.place,
        organ=organ,
        symptom_start=cells.date("sx_start"),
        onset=_onset(cells),
        end=cells.date("end"),
        ongoing=cells.yes_no("ongoing"),
        new_or_worsening=cells.code("newworse", ("new", "worse")) or "",
        criteria=cells.ticked("crit", [one.id for one in protocol.organs[organ].criterion]),
        evidence=cells.text("crit_evid"),
        sample_id=cells.text("sample"),
        inner_organ=cells.yes_no("inner"),
        causes={cause.id: cells.meaning(f"ac_{cause.id}", _CAUSE) for cause in protocol.causes_of(organ)},
        glucocorticoid=cells.yes_no("gc"),
        glucocorticoid_reason=cells.meaning("gc_reason", {"dur": "duration", "inner": "inner", "other": "other"})
        or "",
        other_treatment=cells.ticked("tx_other", (*_TREATMENTS, _NONE)) - {_NONE},
        hospital=cells.yes_no("hosp"),
        icu=cells.yes_no("icu"),
        biopsy=cells.yes_no("biopsy"),
        outcome=cells.meaning("outcome", _OUTCOME) or "",
        investigator_grade=cells.meaning("inv_grade", {str(grade): grade for grade in range(1, 5)}),
        ctcae_term=cells.text("ctc_term"),
        ctcae_version=cells.code("ctc_ver", ("5", "6")) or "",
        ctcae_grade=cells.meaning("ctc_grade", grades),
        details=_details(cells, organ),  # last: it takes what nothing above asked for
    )


def _onset(cells: Cells) -> PartialDate | None:
    """Read the onset: the month alone where the form says that the day is not known.

    An import can leave a value in the field of the other precision, which the form hides: the precision rules.
    """
    precision = cells.code("onset_prec", ("day", "month"))
    day, month = cells.date("onset"), cells.month("onset_ym")
    if day and precision != "month":
        return PartialDate(day.year, day.month, day.day)
    return month if precision != "day" else None


def _details(cells: Cells, organ: str) -> Mapping[str, str]:
    """Give the organ's own fields by concept, as entered; an unreadable one is left out and noted."""
    result = {}
    for concept, reader in DETAILS.get(organ, {}).items():
        if reader(cells, concept) not in (None, ""):
            result[concept] = cells.text(concept)
    for column in cells.row:
        if column not in cells.asked and "___" not in column:
            concept = column.removeprefix(cells.variable(""))
            result[concept] = cells.text(concept)
    return {concept: value for concept, value in result.items() if value}
