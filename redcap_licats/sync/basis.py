"""What the protocol says behind a rule: wording, source, settings in force. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from redcap_licats.derive.model import Reason
from redcap_licats.protocol.models import Glucocorticoid, Protocol, Sourced

#: fields of an entry that name it, say where it comes from, or belong to forms only
_NAMES = frozenset({"wording", "source", "id", "slug", "code", "label", "kind", "order", "salts"})


@dataclass(frozen=True, slots=True)
class Basis:
    """One entry of the protocol that a rule goes by.

    Attributes:
        entry: Where it stands in the protocol, such as ``organs.kidney.criterion.crea``.
        wording: Wording of the publication, or of the setting; '' if none.
        source: Source tag.
        published: Whether it is published; if not it is a study setting.
        settings: The values in force.
    """

    entry: str
    wording: str
    source: str
    published: bool
    settings: Mapping[str, str]


def basis_of(name: str, reason: Reason, organ: str, protocol: Protocol) -> tuple[Basis, ...]:
    """Give the entries of the protocol behind a derived value.

    Args:
        name: Key of the value in the trace.
        reason: Its reason.
        organ: Organ of the event; '' for a value of the subject.
        protocol: The protocol.
    """
    return tuple(_basis(entry, sourced, protocol) for entry, sourced in _entries(name, reason, organ, protocol))


def _entries(name: str, reason: Reason, organ: str, protocol: Protocol) -> Iterator[tuple[str, Sourced]]:
    settings, toxicity = protocol.settings, protocol.toxicity
    if name.startswith("criterion."):
        criterion = protocol.organs[organ].find(name.removeprefix("criterion."))
        if criterion:
            yield f"organs.{organ}.criterion.{criterion.id}", criterion
    match reason.rule:
        case "timing_class":
            yield "settings.timing", settings.timing
        case "lab_rise" | "lab_above" | "spo2_fall":
            yield "settings.baseline", settings.baseline
            yield "settings.window", settings.window
        case "b_cells_before":
            yield "settings.baseline", settings.baseline
        case "exposure":
            yield from _glucocorticoids(reason, protocol)
        case "aplasia":
            yield "settings.aplasia", settings.aplasia
        case "astct_crs" | "astct_icans":
            scale: Sourced = toxicity.crs if reason.rule == "astct_crs" else toxicity.icans
            yield f"toxicity.{reason.rule.removeprefix('astct_')}", scale
            yield "toxicity.regrading", toxicity.regrading
        case "blood_count":
            yield f"toxicity.{name}", toxicity.counts[name]
        case "ctcae":
            yield from _ctcae(name.removeprefix("ctcae"), organ, protocol)
        case "flare_differential":
            yield "settings.flare", settings.flare
        case "grade":
            yield "settings.grading", settings.grading
            yield "settings.grading_gaps", settings.grading_gaps
            yield f"organs.{organ}", protocol.organs[organ]
        case "classification":
            yield "settings.classification", settings.classification


def _ctcae(version: str, organ: str, protocol: Protocol) -> Iterable[tuple[str, Sourced]]:
    """Give the version's terms for the organ's criteria."""
    return [
        (f"ctcae.{one.id}", one) for one in protocol.ctcae.values() if (one.version, one.organ) == (version, organ)
    ]


def _glucocorticoids(reason: Reason, protocol: Protocol) -> Iterable[tuple[str, Sourced]]:
    """Give the table's entries of the drugs among the cells used."""
    used = dict.fromkeys(one.value for one in reason.inputs if one.field == "gc_drug")
    return [
        (f"glucocorticoids.{code}", protocol.glucocorticoids[code])
        for code in used & protocol.glucocorticoids.keys()
    ]


def _basis(entry: str, sourced: Sourced, protocol: Protocol) -> Basis:
    values = {name: getattr(sourced, name) for name in type(sourced).model_fields if name not in _NAMES}
    plain = {
        name: _plain(value)
        for name, value in values.items()
        if value not in (None, "") and not isinstance(value, tuple)
    }
    if isinstance(sourced, Glucocorticoid):
        plain["table"] = protocol.glucocorticoid_table
    return Basis(entry, sourced.wording, sourced.source, sourced.published, plain)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {one}" for name, one in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
