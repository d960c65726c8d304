"""The instruments of the protocol, written out: a form per organ; a field per organ, analyte, cause or slot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import groupby
from operator import attrgetter

from redcap_licats.definition.model import Field, FieldType, format_choices
from redcap_licats.forms.preview import computed
from redcap_licats.forms.standards import analyte_codes, annotation_of
from redcap_licats.protocol import Protocol
from redcap_licats.protocol.models import CRITERION_SLOTS, Analyte, FieldSpec, Instrument, Text

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the project. ``organ`` is the slug of the organ it belongs to, '' if none."""

    name: str
    stem: str
    label: Text
    repeat_label: str
    organ: str
    instrument: Instrument


def expand_forms(protocol: Protocol) -> tuple[Form, ...]:
    """List the forms in the order of the project."""
    forms = []
    for instrument in sorted(protocol.instruments.values(), key=attrgetter("order", "name")):
        for organ in protocol.organs.values() if instrument.each == "organ" else (None,):
            slug = organ.slug if organ else ""
            of = organ.label if organ else Text(en="", ja="")
            label = Text(
                en=instrument.label.en.format_map({"slug": slug, "label": of.en}),
                ja=instrument.label.ja.format_map({"slug": slug, "label": of.ja}),
            )
            stem = instrument.stem.format_map({"slug": slug})
            forms.append(
                Form(
                    name=instrument.name.format_map({"slug": slug}),
                    stem=stem,
                    label=label,
                    repeat_label=instrument.repeat_label.format_map({"slug": slug, "stem": stem}),
                    organ=slug,
                    instrument=instrument,
                )
            )
    return tuple(forms)


def expand_fields(form: Form, protocol: Protocol, language: str) -> Iterator[Field]:
    """Give the fields of a form in order, with texts in one language."""
    instrument = form.instrument
    specs = protocol.instruments[instrument.fields_of].field if instrument.fields_of else instrument.field
    base = {"stem": form.stem, "slug": form.organ}
    if form.organ:
        base["label"] = protocol.organs[form.organ].label[language]
    own = [spec for spec in specs if not spec.organs or form.organ in spec.organs]
    if instrument.top:
        label = instrument.top[language].format_map(base)
        yield Field(f"{form.stem}_top", form.name, FieldType.DESCRIPTIVE, label, annotation=_read_only(instrument))
    header = ""
    for (each, _), run in groupby(own, key=lambda spec: (spec.each, spec.matrix if spec.each else "")):
        block = tuple(run)
        for item in _items(each, form, protocol, language):
            for spec in block:
                field = _field(spec, form, protocol, language, {**base, **item})
                # A header that would say the same again stands once, above all that it heads.
                yield replace(field, section_header="") if field.section_header == header else field
                header = field.section_header or header


def _items(each: str, form: Form, protocol: Protocol, language: str) -> Iterator[Values]:
    """Give what the placeholders stand for in each repetition of a block."""
    match each:
        case "organ":
            for organ in protocol.organs.values():
                yield {"slug": organ.slug, "label": organ.label[language]}
        case "analyte":
            for analyte in protocol.analytes.values():
                group = protocol.analyte_groups[analyte.group].label[language]
                label = analyte.label[language]
                yield {"slug": analyte.slug, "label": label, "group": group, **_measure(analyte)}
        case "cause":
            for cause in protocol.causes_of(form.organ):
                yield {"slug": cause.id, "label": cause.label[language]}
        case "slot":
            for number in range(1, CRITERION_SLOTS + 1):
                yield {"slug": str(number), "label": str(number)}
        case _:
            yield {}


def _measure(analyte: Analyte) -> Values:
    """Give units and absolute limits; they hold in every unit, since the form does not know which one is meant."""
    factors = [unit.factor for unit in analyte.units]
    lower, upper = analyte.minimum, analyte.maximum
    limited = lower is not None and upper is not None and analyte.convertible
    return {
        "limits": f"{lower}–{upper} {analyte.units[0].label}" if limited else "–",
        "units": ", ".join(unit.label for unit in analyte.units),
        "minimum": "" if lower is None else _plain(Fraction(lower) / max(factors), ROUND_FLOOR),
        "maximum": "" if upper is None else _plain(Fraction(upper) / min(factors), ROUND_CEILING),
        **analyte_codes(analyte),
    }


def _plain(number: Fraction, rounding: str) -> str:
    """Write a limit as a plain decimal of at most four places, rounded outwards."""
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{exact.quantize(Decimal('0.0001'), rounding=rounding):f}".rstrip("0").rstrip(".")


def _read_only(instrument: Instrument) -> str:
    return "@READONLY" if instrument.writer == "worker" else ""


def _field(spec: FieldSpec, form: Form, protocol: Protocol, language: str, values: Values) -> Field:
    def text(one: Text | None) -> str:
        return one[language].format_map(values) if one else ""

    name = spec.name.format_map(values)
    readonly = _read_only(form.instrument)
    entered = not (spec.computes or spec.whole_name or spec.type == "descriptive")
    terms = annotation_of(spec.standard or (form.instrument.standard if entered else None), values)
    equation, tag = computed(spec.computes, form.stem, protocol, language) if spec.computes else ("", "")
    return Field(
        name=name if spec.whole_name else f"{form.stem}_{name}",
        form=form.name,
        type=FieldType(spec.type),
        label=text(spec.label),
        section_header=text(spec.section),
        choices_or_calculations=equation or format_choices(_choices(spec, form, protocol, language, values)),
        note=text(spec.note),
        validation=spec.validation,
        minimum=spec.minimum.format_map(values),
        maximum=spec.maximum.format_map(values),
        identifier=spec.identifier,
        branching_logic=spec.show_if.format_map(values),
        required=spec.required,
        matrix_group=spec.matrix.format_map(values),
        annotation=" ".join(part for part in (readonly, tag, spec.annotation, terms) if part),
    )


def _choices(spec: FieldSpec, form: Form, protocol: Protocol, language: str, values: Values) -> dict[str, str]:
    """Give codes and labels: those taken from the protocol, then the field's own."""
    match spec.choices_from:
        case "organs":
            taken = {organ.slug: organ.label[language] for organ in protocol.organs.values()}
        case "criteria":
            taken = {one.id: one.label[language] for one in protocol.organs[form.organ].criterion}
        case "units":
            taken = {unit.code: unit.label for unit in protocol.analytes[values["slug"]].units}
        case "laboratories":
            taken = {one.code: one.label for one in protocol.laboratories.values()}
        case "glucocorticoids":
            taken = {one.code: one.label[language] for one in protocol.glucocorticoids.values()}
        case _:
            taken = {}
    return taken | {choice.code: choice.label[language] for choice in spec.choices}
