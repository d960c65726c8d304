"""The built dictionary has exactly the variables of the catalogue, which was written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from redcap_licats.definition.model import DataDictionary, Field
from redcap_licats.forms import build_project
from redcap_licats.protocol import load_protocol

ORGANS = ["kidney", "skin", "muscle", "joint", "heart", "lung", "gi", "other"]

#: analyte: codes of its units, limits that hold in any of them
ANALYTES = {
    "crea": ("mgdl umoll", "0.1..1768"),
    "upcr": ("gg mgg mgmmol", "0..50000"),
    "uacr": ("mgg mgmmol", "0..50000"),
    "ck": ("ul ukatl", "0.0166..200000"),
    "tni": ("ngl pgml ngml ugl", "0..1000000"),
    "tnt": ("ngl pgml ngml", "0..1000000"),
    "c3": ("gl mgdl", "0..500"),
    "c4": ("gl mgdl", "0..500"),
    "dsdna": ("iuml uml", "0..100000"),
    "crp": ("mgl mgdl", "0..1000"),
    "ferr": ("ugl ngml", "0..200000"),
    "fib": ("gl mgdl", "0..2000"),
    "alt": ("ul ukatl", "0..50000"),
    "ast": ("ul ukatl", "0..50000"),
    "anc": ("gl ul", "0..200000"),
    "lym": ("gl ul", "0..200000"),
    "plt": ("gl ul", "0..3000"),
    "bcell": ("ul gl", "0..10000"),
    "cart": ("ul cpug pct", "0..100000000"),
}
KINDS = {
    "date": ("text", "date_ymd"),
    "time": ("text", "time"),
    "integer": ("text", "integer"),
    "number": ("text", "number"),
}
FORMS = [
    "enrolment",
    "prior_therapy",
    "infusion",
    "labs",
    "assessment",
    "crs_icans",
    "iec_hs",
    "glucocorticoid",
    "conmed",
    "hospital_stay",
    "microbiology",
    "imaging",
    "biopsy",
    "activity",
    *(f"licats_{organ}" for organ in ORGANS),
    "adverse_event",
    "disposition",
    "licats_query_answer",
    "licats_query_decision",
    "licats_medical_decision",
    "licats_adjudication",
    "licats_result",
    "licats_summary",
    "licats_query",
    "licats_medical_query",
]


def written_out(line: str) -> Iterator[str]:
    """Write out a line of the catalogue for each organ, analyte or slot."""
    if "<organ>" in line:
        yield from (line.replace("<organ>", organ) for organ in ORGANS)
    elif "<slot>" in line:
        yield from (line.replace("<slot>", slot) for slot in "1234")
    elif "<analyte>" in line:
        for analyte, (units, limits) in ANALYTES.items():
            yield line.replace("<analyte>", analyte).replace("@units", units).replace("@limits", limits)
    else:
        yield line


def catalogue() -> dict[str, dict[str, str]]:
    forms: dict[str, dict[str, str]] = {}
    for block in Path(__file__).with_name("catalogue.txt").read_text(encoding="utf-8").split("\n\n")[1:]:
        title, *lines = block.strip().splitlines()
        for form in written_out(title):
            organ = form.removeprefix("licats_")
            for line in lines:
                own = line.replace("<organ>", organ) if "<organ>" in title else line
                for one in written_out(own.replace("@organs", " ".join(ORGANS))):
                    variable, _, rest = one.partition(" ")
                    forms.setdefault(form, {})[variable] = rest
    return forms


def described(field: Field) -> str:
    """Describe a field the way the catalogue does."""
    shapes = {shape: kind for kind, shape in KINDS.items()}
    kind = shapes.get((field.type.value, field.validation), field.type.value)
    limits = f"{field.minimum}..{field.maximum}" if field.minimum or field.maximum else ""
    codes = " ".join(field.choices) if kind != "yesno" else ""
    return " ".join(part for part in (kind, limits, codes) if part)


@pytest.fixture(scope="module")
def dictionary() -> DataDictionary:
    return build_project(load_protocol()).dictionary


def test_the_forms_stand_in_the_order_of_a_visit(dictionary: DataDictionary) -> None:
    assert list(dictionary.forms) == FORMS


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_the_variables_of_the_catalogue(dictionary: DataDictionary, form: str) -> None:
    assert {one.name: described(one) for one in dictionary.forms[form]} == catalogue()[form]


def test_the_record_id_comes_first(dictionary: DataDictionary) -> None:
    assert dictionary.record_id_field == "record_id"
