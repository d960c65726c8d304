"""What an annotated CRF says of a field: its variable, type, limits, logic and the terms of standards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from redcap_licats.definition.model import Field, FieldType
from redcap_licats.pages.model import FormPage
from redcap_licats.pages.wording import Wording


def annotate(page: FormPage, terms: Mapping[str, Sequence[str]]) -> dict[str, Markup]:
    """Give the annotation of every field of a form.

    Args:
        page: The form.
        terms: Codes of standards by variable name, such as ``LOINC 2160-0``.
    """
    wording = Wording(page)
    fields = page.project.dictionary.forms.get(page.form, ())
    return {field.name: Markup("").join(_lines(field, wording, terms.get(field.name, ()))) for field in fields}


def _lines(field: Field, wording: Wording, terms: Sequence[str]) -> Iterator[Markup]:
    marks = [wording.own(key) for key, on in _marks(field) if on]
    about = Markup(", ").join([Markup.escape(_type(field)), *marks])
    yield Markup('<p><code class="variable">{}</code> {}</p>').format(field.name, about)
    if field.branching_logic:
        yield _line(wording.own("shown_if"), field.branching_logic)
    if field.type is FieldType.CALC:
        yield _line(wording.own("computed_by"), field.choices_or_calculations)
    if annotation := _beside(field.annotation, terms):
        yield _line(wording.own("annotation"), annotation)
    if terms:
        yield Markup('<p class="term">{}</p>').format(" · ".join(terms))


def _beside(annotation: str, terms: Sequence[str]) -> str:
    """Give what an annotation says beside the terms, which stand in it as ``LOINC=2160-0``."""
    said = {"=".join(term.split(" ", 1)) for term in terms}
    return (
        annotation
        if said.isdisjoint(words := annotation.split(" "))
        else " ".join(w for w in words if w not in said)
    )


def _marks(field: Field) -> tuple[tuple[str, bool], ...]:
    return ("required_short", field.required), ("identifier", field.identifier)


def _line(name: Markup, code: str) -> Markup:
    return Markup("<p>{}: <code>{}</code></p>").format(name, code)


def _type(field: Field) -> str:
    limits = " – ".join((field.minimum or "…", field.maximum or "…")) if field.minimum or field.maximum else ""
    inside = ", ".join(
        filter(None, (field.validation, limits, field.matrix_group and f"matrix {field.matrix_group}"))
    )
    return f"{field.type.value} ({inside})" if inside else field.type.value
