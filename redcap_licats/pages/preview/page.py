"""Write the preview: the same project gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from redcap_licats.definition.languages import Language
from redcap_licats.definition.model import Project
from redcap_licats.pages.assets import STYLE, asset, content_policy
from redcap_licats.pages.model import ENGLISH, FormPage, Place
from redcap_licats.pages.preview.annotate import annotate
from redcap_licats.pages.render import render_form
from redcap_licats.pages.script import page_script
from redcap_licats.pages.texts import page_texts
from redcap_licats.pages.wording import Wording


@dataclass(frozen=True)
class Preview:
    """What the preview shows.

    Attributes:
        project: Its forms are shown in their order.
        version: Of the protocol, as printed in the header of each page; '' for none.
        languages: Those of the page, the dictionary's own first.
        language: Key of the one to begin with; '' for the first.
        terms: Codes of standards by variable name, for the annotated CRF.
    """

    project: Project
    version: str = ""
    languages: tuple[Language, ...] = (ENGLISH,)
    language: str = ""
    terms: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Form:
    name: str
    label: Markup
    repeats: bool
    body: Markup


def preview_html(preview: Preview) -> str:
    """Give the page's content."""
    pages = tuple(_page(preview, form) for form in preview.project.dictionary.forms)
    style = f"{STYLE}\n{asset('preview.css')}"
    script = f"{page_script(pages)}\n{asset('preview.js')}"
    wording = Wording(pages[0])
    repeating = {repeat.form for repeat in preview.project.repeats}
    texts = page_texts(pages[0].shown_language)
    template = _environment().get_template("preview.html.j2")
    return template.render(
        language=pages[0].shown_language,
        title=texts["preview_title"].format(study=preview.project.title),
        study=preview.project.title,
        version=wording.own("protocol").format(version=preview.version) if preview.version else "",
        wording=wording,
        forms=[
            _Form(page.form, Wording(page).form(), page.form in repeating, render_form(page)) for page in pages
        ],
        style=Markup(style),  # noqa: S704 - the package's own
        script=Markup(script),  # noqa: S704 - what it holds of the dictionary is escaped
        policy=content_policy(scripts=[script], styles=[style], form_action="'none'"),
    )


def _page(preview: Preview, form: str) -> FormPage:
    """Give a form in the first event that has it."""
    project = preview.project
    events = [one.unique_name for one in project.events if form in one.forms] if project.longitudinal else []
    page = FormPage(
        project,
        form,
        place=Place(event=events[0] if events else ""),
        languages=preview.languages,
        language=preview.language,
    )
    return replace(page, remarks=annotate(page, preview.terms))


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
