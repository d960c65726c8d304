"""A form as markup."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from redcap_licats.pages.items import sections
from redcap_licats.pages.model import FormPage
from redcap_licats.pages.wording import Wording

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_form(page: FormPage) -> Markup:
    """Give the fields of a form, to stand inside a <form> with ``page_script`` at the end of the page."""
    wording = Wording(page)
    template = _ENVIRONMENT.get_template("form.html.j2")
    return Markup(  # noqa: S704 - escaped by the template
        template.render(
            page=page,
            wording=wording,
            sections=tuple(sections(page, wording)),
            status=page.values.get(page.status_column, ""),
        )
    )
