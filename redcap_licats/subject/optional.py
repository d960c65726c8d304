"""The optional instruments as typed data: what the edit checks read of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from redcap_licats.subject.base import PartialDate, Place


@dataclass(frozen=True, slots=True)
class PriorTherapy:
    """Form ``prior_therapy``: one treatment before leukapheresis; of start and stop the day is never asked."""

    place: Place
    drug: str
    drug_class: str
    start: PartialDate | None
    stop: PartialDate | None
    ongoing: bool | None
    indication: str
    stop_reason: str


@dataclass(frozen=True, slots=True)
class Medication:
    """Form ``conmed``: one drug other than a glucocorticoid. ``indications``: organ slugs and other codes."""

    place: Place
    drug: str
    drug_class: str
    nephrotoxic: bool | None
    start: dt.date | None
    stop: dt.date | None
    ongoing: bool | None
    indications: frozenset[str]


@dataclass(frozen=True, slots=True)
class Microbiology:
    """Form ``microbiology``: one test of one specimen. ``organism`` is its code, ``organism_text`` its name."""

    place: Place
    date: dt.date | None
    specimen: str
    method: str
    organism: str
    organism_text: str
    result: str


@dataclass(frozen=True, slots=True)
class Imaging:
    """Form ``imaging``. ``contrast``: whether a contrast medium was given into a vessel."""

    place: Place
    date: dt.date | None
    kind: str
    organ: str
    contrast: bool | None
    result: str
    text: str


@dataclass(frozen=True, slots=True)
class Biopsy:
    """Form ``biopsy``. ``event``: instance of the organ's event that it was taken for, where one is named."""

    place: Place
    date: dt.date | None
    organ: str
    event: int | None
    b_cells: str
    t_cells: str
    diagnosis: str
    report: str


@dataclass(frozen=True, slots=True)
class ActivityScore:
    """Form ``activity``: one score of one index on one day."""

    place: Place
    date: dt.date | None
    index: str
    index_text: str
    score: Fraction | None


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """Form ``adverse_event``.

    ``licats``: whether the site holds it to be LICATS; None where blank or not decided yet. ``event``: instance of
    the organ's LICATS form, where one is named.
    """

    place: Place
    term: str
    start: dt.date | None
    end: dt.date | None
    ongoing: bool | None
    ctcae_version: str
    grade: int | None
    serious: bool | None
    criteria: frozenset[str]
    organ: str
    licats: bool | None
    event: int | None


@dataclass(frozen=True, slots=True)
class IecHs:
    """Form ``iec_hs``: recorded, not computed. Ferritin in µg/L, fibrinogen in g/L, ALT and AST in U/L."""

    place: Place
    present: bool | None
    onset: dt.date | None
    end: dt.date | None
    ongoing: bool | None
    ferritin: Fraction | None
    fibrinogen: Fraction | None
    alt: Fraction | None
    ast: Fraction | None
    cytopenia: bool | None
    grade: int | None


@dataclass(frozen=True, slots=True)
class Disposition:
    """Form ``disposition``."""

    place: Place
    status: str
    last_contact: dt.date | None
    death: dt.date | None
    death_cause: str
    withdrawal: dt.date | None
    withdrawal_reason: str
