"""The rows of the optional instruments as typed data; their answers are those that the instruments list."""

from __future__ import annotations

from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.cells import Cells
from redcap_licats.subject.optional import (
    ActivityScore,
    AdverseEvent,
    Biopsy,
    Disposition,
    IecHs,
    Imaging,
    Medication,
    Microbiology,
    PriorTherapy,
)

_GRADES = {str(grade): grade for grade in range(1, 6)}


def _codes(cells: Cells, protocol: Protocol, concept: str) -> list[str]:
    """List the answers of a choice as the instrument has them, an overlay's own among them."""
    spec = next(one for one in protocol.instruments[cells.place.form].field if one.name == concept)
    return [*(protocol.organs if spec.choices_from == "organs" else ()), *(one.code for one in spec.choices)]


def _choice(cells: Cells, protocol: Protocol, concept: str) -> str:
    return cells.code(concept, _codes(cells, protocol, concept)) or ""


def read_prior_therapy(cells: Cells, protocol: Protocol) -> PriorTherapy:
    """Read the form ``prior_therapy``."""
    return PriorTherapy(
        place=cells.place,
        drug=cells.text("drug"),
        drug_class=_choice(cells, protocol, "class"),
        start=cells.month("start_ym"),
        stop=cells.month("stop_ym"),
        ongoing=cells.yes_no("ongoing"),
        indication=cells.text("ind"),
        stop_reason=_choice(cells, protocol, "stop_why"),
    )


def read_medication(cells: Cells, protocol: Protocol) -> Medication:
    """Read the form ``conmed``."""
    return Medication(
        place=cells.place,
        drug=cells.text("drug"),
        drug_class=_choice(cells, protocol, "class"),
        nephrotoxic=cells.yes_no("nephro"),
        start=cells.date("start"),
        stop=cells.date("stop"),
        ongoing=cells.yes_no("ongoing"),
        indications=cells.ticked("ind", _codes(cells, protocol, "ind")),
    )


def read_microbiology(cells: Cells, protocol: Protocol) -> Microbiology:
    """Read the form ``microbiology``."""
    return Microbiology(
        place=cells.place,
        date=cells.date("date"),
        specimen=_choice(cells, protocol, "specimen"),
        method=_choice(cells, protocol, "method"),
        organism=_choice(cells, protocol, "org"),
        organism_text=cells.text("org_text"),
        result=_choice(cells, protocol, "result"),
    )


def read_imaging(cells: Cells, protocol: Protocol) -> Imaging:
    """Read the form ``imaging``."""
    return Imaging(
        place=cells.place,
        date=cells.date("date"),
        kind=_choice(cells, protocol, "kind"),
        organ=_choice(cells, protocol, "organ"),
        contrast=cells.yes_no("contrast"),
        result=_choice(cells, protocol, "result"),
        text=cells.text("text"),
    )


def read_biopsy(cells: Cells, protocol: Protocol) -> Biopsy:
    """Read the form ``biopsy``."""
    return Biopsy(
        place=cells.place,
        date=cells.date("date"),
        organ=_choice(cells, protocol, "organ"),
        event=cells.integer("event"),
        b_cells=_choice(cells, protocol, "bcells"),
        t_cells=_choice(cells, protocol, "tcells"),
        diagnosis=_choice(cells, protocol, "dx"),
        report=cells.text("dx_text"),
    )


def read_score(cells: Cells, protocol: Protocol) -> ActivityScore:
    """Read the form ``activity``."""
    return ActivityScore(
        place=cells.place,
        date=cells.date("date"),
        index=_choice(cells, protocol, "index"),
        index_text=cells.text("index_text"),
        score=cells.number("score"),
    )


def read_adverse_event(cells: Cells, protocol: Protocol) -> AdverseEvent:
    """Read the form ``adverse_event``."""
    organ = _choice(cells, protocol, "organ")
    return AdverseEvent(
        place=cells.place,
        term=cells.text("term"),
        start=cells.date("start"),
        end=cells.date("end"),
        ongoing=cells.yes_no("ongoing"),
        ctcae_version=_choice(cells, protocol, "ctc_ver"),
        grade=cells.meaning("grade", _GRADES),
        serious=cells.yes_no("serious"),
        criteria=cells.ticked("crit", _codes(cells, protocol, "crit")),
        organ="" if organ == "none" else organ,
        licats={"1": True, "0": False}.get(_choice(cells, protocol, "licats")),
        event=cells.integer("event"),
    )


def read_iec_hs(cells: Cells) -> IecHs:
    """Read the form ``iec_hs``."""
    return IecHs(
        place=cells.place,
        present=cells.yes_no("present"),
        onset=cells.date("onset"),
        end=cells.date("end"),
        ongoing=cells.yes_no("ongoing"),
        ferritin=cells.number("ferr"),
        fibrinogen=cells.number("fib"),
        alt=cells.number("alt"),
        ast=cells.number("ast"),
        cytopenia=cells.yes_no("cytop"),
        grade=cells.meaning("grade", _GRADES),
    )


def read_disposition(cells: Cells, protocol: Protocol) -> Disposition:
    """Read the form ``disposition``."""
    return Disposition(
        place=cells.place,
        status=_choice(cells, protocol, "status"),
        last_contact=cells.date("last"),
        death=cells.date("death"),
        death_cause=cells.text("death_why"),
        withdrawal=cells.date("wd"),
        withdrawal_reason=cells.text("wd_why"),
    )
