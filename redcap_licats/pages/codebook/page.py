"""Write the codebook: the same project gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from redcap_licats.definition.languages import Language
from redcap_licats.definition.model import Project
from redcap_licats.pages.assets import asset, content_policy
from redcap_licats.pages.codebook.entry import Entry, Sides, entries, sides
from redcap_licats.pages.model import ENGLISH
from redcap_licats.pages.texts import page_texts


@dataclass(frozen=True)
class Codebook:
    """What the codebook is of.

    Attributes:
        project: Its forms are listed in their order.
        version: Of the protocol; '' for none.
        languages: Those in which labels are told, the dictionary's own first.
        language: Key of the language of the page's own words; '' for the first.
        writers: Form name to who writes it: ``site``, ``monitor``, ``adjudicator`` or ``worker``.
        terms: Codes of standards by variable name, such as ``LOINC 2160-0``.
    """

    project: Project
    version: str = ""
    languages: tuple[Language, ...] = (ENGLISH,)
    language: str = ""
    writers: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Form:
    name: str
    label: Sides
    facts: tuple[str, ...]
    entries: tuple[Entry, ...]


def codebook_html(codebook: Codebook) -> str:
    """Give the page's content: it holds all it needs and asks no server for anything."""
    language = codebook.language or codebook.languages[0].key
    texts = page_texts(language)
    style, script = asset("codebook.css"), asset("codebook.js")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("codebook.html.j2").render(
        language=language,
        text=texts,
        title=texts["codebook_title"].format(study=codebook.project.title),
        version=texts["protocol"].format(version=codebook.version) if codebook.version else "",
        size=texts["codebook_size"].format(
            forms=len(codebook.project.dictionary.forms), fields=len(codebook.project.dictionary)
        ),
        missing=[_missing(codebook, code) for code in codebook.project.missing_data_codes],
        forms=[_form(codebook, form, texts) for form in codebook.project.dictionary.forms],
        style=Markup(style),  # noqa: S704 - the package's own
        script=Markup(script),  # noqa: S704 - as above
        policy=content_policy(scripts=[script], styles=[style], form_action="'none'"),
    )


def _missing(codebook: Codebook, code: str) -> tuple[str, Sides]:
    label = codebook.project.missing_data_codes[code]
    return code, sides(codebook.languages, lambda language: language.missing_codes.get(code) or label)


def _form(codebook: Codebook, form: str, texts: Mapping[str, str]) -> _Form:
    project = codebook.project
    label = project.form_labels.get(form, form)
    writer = codebook.writers.get(form, "")
    repeats = any(repeat.form == form for repeat in project.repeats)
    facts = (texts[f"written_by_{writer}"] if writer else "", texts["repeats"] if repeats else "")
    return _Form(
        name=form,
        label=sides(codebook.languages, lambda language: language.forms.get(form) or label),
        facts=tuple(fact for fact in facts if fact),
        entries=tuple(entries(project.dictionary, form, codebook.languages, codebook.terms)),
    )
