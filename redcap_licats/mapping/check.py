"""What a mapping names that the protocol does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redcap_licats.definition.model import Field, FieldType
from redcap_licats.mapping.model import FormSource, Mapping, Source
from redcap_licats.mapping.ours import Ours, ours_of
from redcap_licats.protocol.models import Protocol
from redcap_licats.protocol.problems import Key, Problem, suggest


def ours_problems(mapping: Mapping, protocol: Protocol) -> Iterator[Problem]:
    """Find what a mapping says of our forms, fields, codes and units that is not so."""
    ours = ours_of(protocol)
    for form in mapping.events:
        if form not in ours.forms:
            yield Problem(("events", form), "We have no such form.", suggest(form, ours.forms))
    codes = protocol.settings.missing_data_codes
    for theirs, code in mapping.missing.items():
        if code and code not in codes:
            yield Problem(("missing", theirs), f"The protocol has no code '{code}'.", suggest(code, codes))
    for form, sources in mapping.form.items():
        if form not in ours.replaceable:
            reason = "This form is always ours." if form in ours.forms else "We have no such form."
            yield Problem(("form", form), reason, suggest(form, ours.replaceable))
            continue
        for number, one in enumerate(sources):
            key = ("form", form) if number == 0 else ("form", form, str(number + 1))
            yield from _form_problems(key, form, one, ours, protocol)


def _form_problems(key: Key, form: str, source: FormSource, ours: Ours, protocol: Protocol) -> Iterator[Problem]:
    columns = ours.columns(form)
    for table, concepts in (("field", source.field), ("constant", source.constant)):
        for concept in concepts:
            if concept not in columns:
                yield Problem(
                    (*key, table, concept), f"Our form {form} has no such field.", suggest(concept, columns)
                )
    for concept in source.field.keys() & source.constant.keys():
        yield Problem((*key, "constant", concept), "It has a field and a constant.", "Take one of them out.")
    for concept, value in source.constant.items():
        if concept in columns and (known := _codes(columns[concept])):
            yield from _code_problems((*key, "constant", concept), [value], known)
    for concept, one in source.field.items():
        if concept in columns:
            yield from _source_problems((*key, "field", concept), concept, one, source, ours, form, protocol)


def _source_problems(
    key: Key, concept: str, source: Source, block: FormSource, ours: Ours, form: str, protocol: Protocol
) -> Iterator[Problem]:
    field = ours.columns(form)[concept]
    if source.codes is not None and "___" not in concept:
        yield from _code_problems((*key, "codes"), source.codes.values(), _codes(field))
    if source.factor is not None and not field.validation.startswith(("number", "integer")):
        yield Problem((*key, "factor"), "Our field holds no number.", "Take the factor out.")
    if source.factor is not None and source.unit:
        yield Problem((*key, "factor"), "A unit has its factor already.", "Take 'factor' or 'unit' out.")
    if not source.unit:
        return
    slug, _, last = concept.rpartition("_")
    analyte = protocol.analytes.get(slug) if last == "val" and form == "labs" else None
    if analyte is None:
        yield Problem((*key, "unit"), "Only values of analytes have a unit.", "Take it out, or give a 'factor'.")
        return
    if analyte.unit(source.unit) is None:
        known = {one.code: one for one in analyte.units}
        yield Problem(
            (*key, "unit"),
            f"The protocol has no factor for the unit '{source.unit}' of {analyte.label.en}.",
            f"{suggest(source.unit, known)} Another unit needs its factor in the protocol's overlay.",
        )
    if f"{slug}_unit" in block.field.keys() | block.constant.keys():
        yield Problem((*key, "unit"), f"'{slug}_unit' has a source of its own.", "Take one of them out.")


def _codes(field: Field) -> list[str]:
    """List the codes that a field may hold; none where it may hold anything."""
    return ["1", "0"] if field.type is FieldType.YESNO else list(field.choices)


def _code_problems(key: Key, codes: Iterable[str], known: list[str]) -> Iterator[Problem]:
    for code in dict.fromkeys(codes):
        if code and known and code not in known:
            yield Problem(key, f"Our field has no code '{code}'.", suggest(code, known))
