"""Write a report as one page that needs nothing else: the same report gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from redcap_licats.messages import Language, Texts
from redcap_licats.report.facts import Privacy
from redcap_licats.report.html.gather import PageData
from redcap_licats.report.html.sections import key_figures, notes, run_facts, sections
from redcap_licats.report.html.text import shown
from redcap_licats.report.save import save
from redcap_licats.report.workbook import file_name

TEMPLATES = Path(__file__).parent / "templates"

#: texts that the script needs, by their names there
_SCRIPT_TEXTS = ("search", "all", "count", "sort", "reset")


def page_name(data: PageData) -> str:
    """Give the page's name beside its workbook: ``STUDY_SITE_YYYY-MM-DD_report.html``."""
    before, _, after = Path(file_name(data.report)).stem.rpartition("_queries")
    return f"{before}_report{after}.html"


def write_page(data: PageData, path: Path, language: Language) -> Path:
    """Write the page to a file, whole or not at all, readable only by the user who runs this.

    Args:
        data: What to say.
        path: The file; see :func:`page_name` for its customary name. Its folder must exist.
        language: Of all words that are not data.

    Returns:
        The path.
    """
    save(path, page_html(data, language).encode("utf-8"))
    return path


def page_html(data: PageData, language: Language) -> str:
    """Give the page's content."""
    texts = Texts(language)
    script, style = _asset("page.js"), _asset("page.css")
    confidential = "confidential" if data.report.facts.privacy is Privacy.VALUES else "confidential_no_values"
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            language=language,
            text=texts,
            title=texts("page.title", study=data.report.facts.study),
            confidential=texts(f"page.{confidential}"),
            facts=run_facts(data, texts),
            figures=key_figures(data, texts),
            sections=sections(data, texts),
            notes=notes(data, texts),
            style=Markup(style),  # noqa: S704 - the package's own
            script=Markup(script),  # noqa: S704 - the package's own
            policy=_policy(script, style),
            words={key: _template(key, texts) for key in _SCRIPT_TEXTS},
        )
    )


def _template(key: str, texts: Texts) -> str:
    """Give a text with its placeholders still in it, for the script to fill."""
    holes = {name: f"{{{name}}}" for name in ("shown", "total", "column")}
    return texts(f"page.tools.{key}", **holes)


def _policy(script: str, style: str) -> str:
    """Forbid the page everything but its own script and its own style: no address is ever asked for anything."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "img-src data:",  # the empty icon, so that no browser asks a server for one
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode('utf-8')).digest()).decode()}"


@cache
def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _finalize(value: object) -> object:
    """Make every text that goes into the page fit to be shown; markup is made of such texts already."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
