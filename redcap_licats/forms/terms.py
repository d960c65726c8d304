"""Codes of standards that the protocol gives for the fields of the forms."""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.forms.expand import expand_forms
from redcap_licats.protocol import Protocol
from redcap_licats.protocol.models import Analyte


def standard_terms(protocol: Protocol) -> dict[str, tuple[str, ...]]:
    """Give LOINC, CDISC and UCUM codes by variable name: of each analyte's value and of its unit."""
    terms: dict[str, tuple[str, ...]] = {}
    for form in expand_forms(protocol):
        for spec in form.instrument.field:
            if spec.each != "analyte":
                continue
            for analyte in protocol.analytes.values():
                given = tuple(_unit_terms(analyte) if spec.choices_from == "units" else ())
                if spec.name == "{slug}_val":
                    given = tuple(_value_terms(analyte))
                if given:
                    terms[f"{form.stem}_{spec.name.format_map({'slug': analyte.slug})}"] = given
    return terms


def _value_terms(analyte: Analyte) -> Iterator[str]:
    if analyte.loinc:
        yield f"LOINC {analyte.loinc}"
    if analyte.cdisc:
        yield f"CDISC LBTESTCD {analyte.cdisc}"


def _unit_terms(analyte: Analyte) -> Iterator[str]:
    for unit in analyte.units:
        codes = [f"UCUM {unit.ucum}" if unit.ucum else "", f"CDISC {unit.cdisc}" if unit.cdisc else ""]
        if any(codes):
            yield f"{unit.code}: {', '.join(filter(None, codes))}"
