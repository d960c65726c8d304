"""What must hold for instruments written as data, so that they can be written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redcap_licats.protocol.models import FieldSpec, Instrument, Protocol
from redcap_licats.protocol.problems import Key, Problem, suggest
from redcap_licats.protocol.rules import fields_in

_OF_ITEM = {
    "": frozenset[str](),
    "organ": frozenset({"slug", "label"}),
    "cause": frozenset({"slug", "label"}),
    "slot": frozenset({"slug", "label"}),
    "analyte": frozenset(
        {
            "slug",
            "label",
            "group",
            "units",
            "limits",
            "minimum",
            "maximum",
            "loinc",
            "test",
            "domain",
            "result",
            "result_unit",
        }
        | {"ucum", "ucum_of_code", "cdisc_of_code"}
    ),
}


#: what a field may compute, and the type that holds it
_COMPUTED_AS = {"onset_day": "calc", "timing": "text"}

#: instruments that the worker writes
WORKER = ("licats_result", "licats_summary", "licats_query", "licats_medical_query")


def instrument_problems(protocol: Protocol) -> Iterator[Problem]:
    """Find every contradiction in the instruments."""
    for name in WORKER:
        if name not in protocol.instruments:
            yield Problem(("instruments", name), "The worker writes it; it cannot be taken out.", "Leave it in.")
    yield from _optional(protocol)
    stems: dict[str, str] = {}
    for one in protocol.instruments.values():
        here: Key = ("instruments", one.name)
        if first := stems.get(one.stem):
            yield Problem((*here, "stem"), f"It is already the stem of {first}.", "Choose another stem.")
        stems.setdefault(one.stem, one.name)
        yield from _frame(one, here)
        specs = one.field
        if one.fields_of:
            lenders = {name: other.field for name, other in protocol.instruments.items() if other.field}
            specs = lenders.get(one.fields_of, ())
            if not specs:
                reason = f"There is no instrument '{one.fields_of}' with fields of its own."
                yield Problem((*here, "fields_of"), reason, suggest(one.fields_of, lenders))
        for spec in specs:
            yield from _field(spec, one, (*here, "field", spec.name), protocol)


def _optional(protocol: Protocol) -> Iterator[Problem]:
    """Look at the list of optional instruments."""
    known = [name for name, one in protocol.instruments.items() if not one.core]
    for name in protocol.settings.optional:
        if name not in known:
            reason = f"There is no optional instrument '{name}'."
            yield Problem(("settings", "optional"), reason, suggest(name, known))


def _frame(instrument: Instrument, here: Key) -> Iterator[Problem]:
    """Look at everything but the fields."""
    if instrument.each and ("{slug}" not in instrument.name or "{slug}" not in instrument.stem):
        yield Problem((*here, "each"), "Name and stem would be the same each time.", "Put {slug} into both.")
    if bool(instrument.field) == bool(instrument.fields_of):
        yield Problem(
            (*here, "field"), "It needs fields of its own or 'fields_of', not both.", "Write one of them."
        )
    of_item = _OF_ITEM[instrument.each]
    names = [("name", instrument.name), ("stem", instrument.stem)]
    yield from _placeholders(names, of_item - {"label"}, here)
    labels = [("label.en", instrument.label.en), ("label.ja", instrument.label.ja)]
    yield from _placeholders(labels, of_item, here)
    top = [("top.en", instrument.top.en), ("top.ja", instrument.top.ja)] if instrument.top else []
    yield from _placeholders(top, of_item | {"stem"}, here)
    yield from _placeholders([("repeat_label", instrument.repeat_label)], of_item - {"label"} | {"stem"}, here)


def _field(spec: FieldSpec, instrument: Instrument, here: Key, protocol: Protocol) -> Iterator[Problem]:
    for organ in spec.organs:
        if organ not in protocol.organs:
            yield Problem((*here, "organs"), f"There is no organ '{organ}'.", suggest(organ, protocol.organs))
    of_organ = instrument.each == "organ"
    if not of_organ and (spec.organs or spec.each == "cause" or spec.choices_from == "criteria" or spec.computes):
        yield Problem(here, "It needs an organ's form.", 'Give the instrument each = "organ".')
    if (spec.type == "calc" or spec.computes) and _COMPUTED_AS.get(spec.computes) != spec.type:
        kinds = " or ".join(f"type = '{kind}' and computes = '{what}'" for what, kind in _COMPUTED_AS.items())
        yield Problem((*here, "computes"), "What is computed and the type do not fit.", f"Write {kinds}.")
    if spec.choices_from == "units" and spec.each != "analyte":
        yield Problem((*here, "choices_from"), "Units are those of an analyte.", 'Add each = "analyte".')
    known = frozenset({"stem"}) | _OF_ITEM[spec.each] | (_OF_ITEM["organ"] if of_organ else frozenset())
    yield from _placeholders(_templates(spec), known, here)


def _placeholders(texts: Iterable[tuple[str, str]], known: frozenset[str], here: Key) -> Iterator[Problem]:
    for key, text in texts:
        try:
            unknown = fields_in(text) - known
        except ValueError as error:
            yield Problem((*here, key), f"A placeholder is broken: {error}.", "Write placeholders as {name}.")
            continue
        for name in sorted(unknown):
            reason = f"There is nothing that {{{name}}} could stand for."
            yield Problem((*here, key), reason, suggest(name, known) if known else "Take it out.")


def _templates(spec: FieldSpec) -> Iterator[tuple[str, str]]:
    """Give every text of a field that may hold placeholders, with its key."""
    for key, text in (("label", spec.label), ("section", spec.section), ("note", spec.note)):
        if text is not None:
            yield f"{key}.en", text.en
            yield f"{key}.ja", text.ja
    yield "name", spec.name
    yield "minimum", spec.minimum
    yield "maximum", spec.maximum
    yield "show_if", spec.show_if
    yield "matrix", spec.matrix
    if spec.standard is not None:
        for key, code in spec.standard.model_dump(exclude={"source"}).items():
            yield f"standard.{key}", code
