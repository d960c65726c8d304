"""What must hold for instruments written as data, so that they can be written out."""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.protocol.models import FieldSpec, Instrument, Protocol
from redcap_licats.protocol.problems import Key, Problem, suggest
from redcap_licats.protocol.rules import fields_in

_OF_ITEM = {
    "": frozenset[str](),
    "organ": frozenset({"slug", "label"}),
    "cause": frozenset({"slug", "label"}),
    "slot": frozenset({"slug", "label"}),
    "analyte": frozenset({"slug", "label", "units", "minimum", "maximum"}),
}


def instrument_problems(protocol: Protocol) -> Iterator[Problem]:
    """Find every contradiction in the instruments."""
    stems: dict[str, str] = {}
    for one in protocol.instruments.values():
        here: Key = ("instruments", one.name)
        if first := stems.get(one.stem):
            yield Problem((*here, "stem"), f"It is already the stem of {first}.", "Choose another stem.")
        stems.setdefault(one.stem, one.name)
        if one.each and ("{slug}" not in one.name or "{slug}" not in one.stem):
            yield Problem((*here, "each"), "Name and stem would be the same each time.", "Put {slug} into both.")
        if bool(one.field) == bool(one.fields_of):
            yield Problem(
                (*here, "field"), "It needs its own fields or 'fields_of', not both.", "Write one of them."
            )
        if one.fields_of and one.fields_of not in protocol.instruments:
            yield Problem(
                (*here, "fields_of"),
                f"There is no instrument '{one.fields_of}'.",
                suggest(one.fields_of, protocol.instruments),
            )
        for spec in one.field:
            yield from _field(spec, one, (*here, "field", spec.name), protocol)


def _field(spec: FieldSpec, instrument: Instrument, here: Key, protocol: Protocol) -> Iterator[Problem]:
    for organ in spec.organs:
        if organ not in protocol.organs:
            yield Problem((*here, "organs"), f"There is no organ '{organ}'.", suggest(organ, protocol.organs))
    of_organ = instrument.each == "organ"
    if not of_organ and (spec.organs or spec.each == "cause" or spec.choices_from == "criteria"):
        yield Problem(here, "It needs an organ's form.", 'Give the instrument each = "organ".')
    if spec.choices_from == "units" and spec.each != "analyte":
        yield Problem((*here, "choices_from"), "Units are those of an analyte.", 'Add each = "analyte".')
    known = {"stem"} | _OF_ITEM[spec.each] | ({"slug", "label"} if of_organ else set())
    for key, text in _templates(spec):
        try:
            unknown = fields_in(text) - known
        except ValueError as error:
            yield Problem((*here, key), f"A placeholder is broken: {error}.", "Write placeholders as {name}.")
            continue
        for name in sorted(unknown):
            yield Problem(
                (*here, key), f"There is nothing that '{{{name}}}' could stand for.", suggest(name, known)
            )


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
