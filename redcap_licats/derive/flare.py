"""The flare differential: five discriminators between LICATS and a flare; their numbers are study settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from fractions import Fraction

from redcap_licats.derive.measurements import (
    Baseline,
    above,
    baseline_of,
    below,
    laboratory_values,
    same_assay,
)
from redcap_licats.derive.model import Discriminator, Expansion, Exposure, Measurement
from redcap_licats.derive.timing import Resolution, resolution
from redcap_licats.protocol.base import exact
from redcap_licats.protocol.models import Protocol
from redcap_licats.protocol.settings import Flare
from redcap_licats.subject.model import Input, OrganEvent, Subject

IMMUNOSUPPRESSANTS = frozenset({"tcz", "anakinra", "ivig"})


def flare_differential(
    event: OrganEvent,
    exposure: Exposure,
    expansion: tuple[Expansion, Measurement | None],
    subject: Subject,
    protocol: Protocol,
) -> tuple[Discriminator, ...]:
    """Judge all five; the serological two only in SLE, else unknown."""
    onset = event.onset.exact if event.onset else None
    settings = protocol.settings.flare
    return (
        _untreated(event, exposure, subject),
        _near_peak(onset, expansion, settings),
        _conditioning(onset, subject, protocol),
        _complement(onset, subject, protocol),
        _dsdna(onset, subject, protocol),
    )


def flare_pattern(discriminators: Iterable[Discriminator]) -> bool:
    """Whether both serological discriminators point to a flare."""
    serology = {one.name: one.supports for one in discriminators if one.name in ("complement", "dsdna")}
    return set(serology.values()) == {"flare"}


def _verdict(licats: bool | None) -> str:
    return "unknown" if licats is None else "licats" if licats else "flare"


def _untreated(event: OrganEvent, exposure: Exposure, subject: Subject) -> Discriminator:
    """Resolved without treatment; a treatment of unknown kind leaves it open."""
    fields = ("gc", "tx_other", "end", "ongoing", "outcome")
    inputs = tuple(subject.cell(event.place, f"{event.organ}_{concept}") for concept in fields)
    licats: bool | None = None
    if exposure.given or event.other_treatment & IMMUNOSUPPRESSANTS:
        licats = False
    elif resolution(event) is Resolution.ENDED and exposure.given is False and "oth" not in event.other_treatment:
        licats = True
    return Discriminator("untreated", _verdict(licats), inputs)


def _near_peak(
    onset: dt.date | None, expansion: tuple[Expansion, Measurement | None], settings: Flare
) -> Discriminator:
    """Onset within some days of the highest CAR-T value."""
    peak = expansion[1]
    if onset is None or peak is None:
        return Discriminator("near_peak", _verdict(None))
    near = abs((onset - peak.date).days) <= settings.peak_within_days
    return Discriminator("near_peak", _verdict(near), (peak.input,))


def _conditioning(onset: dt.date | None, subject: Subject, protocol: Protocol) -> Discriminator:
    """Onset soon after lymphodepletion, or neutrophils or lymphocytes low at onset; against needs all three."""
    infusion, settings = subject.infusion, protocol.settings.flare
    end = infusion.lymphodepletion_end if infusion else None
    soon = (onset - end).days <= settings.conditioning_days if onset and end else None
    counts = [_nearest(onset, subject, slug, protocol) for slug in ("anc", "lym")]
    low = [below(one, one.lower) if one and one.lower is not None else None for one in counts]
    answers = (soon, *low)
    licats = True if True in answers else None if None in answers else False
    inputs = [subject.cell(infusion.place, "inf_ld_end")] if infusion else []
    return Discriminator("conditioning", _verdict(licats), (*inputs, *(one.input for one in counts if one)))


def _complement(onset: dt.date | None, subject: Subject, protocol: Protocol) -> Discriminator:
    """C3 and C4 near onset not below the share of baseline set; a fall of one is a fall."""
    inputs: list[Input] = []
    kept: list[bool | None] = []
    for slug in ("c3", "c4"):
        base, near = _serology(onset, subject, slug, protocol)
        inputs += [one.input for one in ([base.measurement] if base.measurement else []) + near]
        if not base.measurement or base.measurement.censor or base.measurement.value <= 0 or not near:
            kept.append(None)
            continue
        least = base.measurement.value * exact(protocol.settings.flare.complement_at_least)
        fallen = [below(one, least) for one in near]
        kept.append(False if True in fallen else None if None in fallen else True)
    licats = False if False in kept else None if None in kept else True
    return Discriminator("complement", _verdict(licats if _lupus(subject) else None), tuple(inputs))


def _dsdna(onset: dt.date | None, subject: Subject, protocol: Protocol) -> Discriminator:
    """Anti-dsDNA near onset, in the baseline's assay, not above the share of baseline set, or below its limit."""
    base, near = _serology(onset, subject, "dsdna", protocol)
    first = base.measurement
    answers = [_no_rise(one, first, exact(protocol.settings.flare.dsdna_at_most)) for one in near]
    licats = None if not answers else False if False in answers else None if None in answers else True
    inputs = tuple(one.input for one in ([first] if first else []) + near)
    return Discriminator("dsdna", _verdict(licats if _lupus(subject) else None), inputs)


def _no_rise(one: Measurement, base: Measurement | None, at_most: Fraction) -> bool | None:
    if one.upper is not None and below(one, one.upper):
        return True
    if base is None or base.censor or not same_assay(one, base):
        return None
    risen = above(one, base.value * at_most)
    return None if risen is None else not risen


def _lupus(subject: Subject) -> bool:
    return subject.enrolment is not None and subject.enrolment.diagnosis == "sle"


def _serology(
    onset: dt.date | None, subject: Subject, slug: str, protocol: Protocol
) -> tuple[Baseline, list[Measurement]]:
    values = laboratory_values(subject, protocol.analytes[slug])
    return baseline_of(values, subject.infusion), _near(onset, values, protocol.settings.flare)


def _near(onset: dt.date | None, values: Sequence[Measurement], settings: Flare) -> list[Measurement]:
    """List the values within the days of onset set for serology."""
    days = settings.serology_within_days
    return [one for one in values if onset and abs((one.date - onset).days) <= days]


def _nearest(onset: dt.date | None, subject: Subject, slug: str, protocol: Protocol) -> Measurement | None:
    """Give the value nearest to onset within the days set for serology; of two the earlier."""
    near = _near(onset, laboratory_values(subject, protocol.analytes[slug]), protocol.settings.flare)
    return min(near, key=lambda one: (abs((one.date - onset).days), one.date), default=None) if onset else None
