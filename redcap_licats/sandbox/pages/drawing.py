"""Pages as markup, each with the policy that lets it run nothing but its own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from redcap_licats.pages import STYLE, content_policy
from redcap_licats.sandbox.pages.asked import CSRF, Asked
from redcap_licats.sandbox.pages.menu import form_name
from redcap_licats.sandbox.pages.reply import Shown
from redcap_licats.sandbox.pages.texts import LANGUAGES, Words
from redcap_licats.sandbox.pages.visits import Notice
from redcap_licats.sandbox.store.site import Site

_TEMPLATES = Path(__file__).parent / "templates"


def draw(shown: Shown, asked: Asked, notices: tuple[Notice, ...]) -> HTMLResponse:
    """Give a page as a response."""
    site = shown.member.site if shown.member else None
    words = Words(asked.language)
    style, own = STYLE + _asset("sandbox.css"), _asset("sandbox.js")
    scripts = [shown.script, own] if shown.script else [own]
    facts: dict[str, object] = {
        "shown": shown,
        "asked": asked,
        "member": shown.member,
        "site": site,
        "notices": (*notices, *shown.notices),
        "languages": _languages(site),
        "language": asked.language if asked.language in _languages(site) else "en",
        "words": words,
        "t": lambda key, **facts: _say(words, key, facts, both=shown.own_choice),
        "form_label": lambda form: _form_label(site, form, asked.language) if site else Markup(""),
        "csrf": Markup('<input type="hidden" name="{}" value="{}">').format(CSRF, asked.visit.csrf),
        "style": Markup(style),  # noqa: S704 - the package's own
        "scripts": [Markup(one) for one in scripts],  # noqa: S704 - the package's own, data escaped in it
    }
    body = _environment().get_template(f"{shown.template}.html.j2").render(facts | dict(shown.facts))
    headers = {
        "content-security-policy": f"{content_policy(scripts=scripts, styles=[style])}; frame-ancestors 'none'",
        # not kept from the browser's way back, so that what was typed is still there
        "cache-control": "private, no-cache",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(body, shown.status, headers)


def _languages(site: Site | None) -> dict[str, str]:
    further = {one.key: one.display for one in site.state.languages} if site else {}
    return dict(LANGUAGES) | further


def _say(words: Words, key: str, facts: dict[str, object], *, both: bool) -> Markup:
    """Give a text; where the page's script changes the language, in all languages side by side."""
    if not both:
        return Markup.escape(words(key, **facts))
    return Markup("").join(
        Markup('<span class="t" lang="{}"{}>{}</span>').format(
            language, Markup("") if language == words.spoken else Markup(" hidden"), Words(language)(key, **facts)
        )
        for language in LANGUAGES
    )


def _form_label(site: Site, form: str, language: str) -> Markup:
    """Give the label of a form, which the page's script can change to another language."""
    sides = {key: form_name(site, form, key) for key in ("en", *(one.key for one in site.state.languages))}
    shown = form_name(site, form, language)
    if len(set(sides.values())) == 1:
        return Markup.escape(shown)
    return Markup('<span data-t="{}">{}</span>').format(json.dumps(sides, ensure_ascii=False), shown)


@cache
def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
