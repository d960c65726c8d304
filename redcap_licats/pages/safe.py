"""Texts of a dictionary made fit for a page: a small subset of HTML, and what is piped in marked as such.

Labels may hold a little HTML in REDCap. What is kept is named here; no attribute is, so that nothing in a text can
run, load, address or style anything.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Container, Mapping
from functools import lru_cache

import nh3
from markupsafe import Markup

from redcap_licats.definition.logic import Reference, SmartVariable
from redcap_licats.definition.piping import pipe_data, pipes, source

#: elements that may stand inside a label, a legend or a heading
_INLINE = frozenset({"b", "strong", "i", "em", "u", "sub", "sup", "small", "code", "span", "br"})
#: elements that a descriptive field may have besides
_BLOCK = _INLINE | {"p", "div", "ul", "ol", "li", "hr", "table", "thead", "tbody", "tr", "th", "td", "pre"}

_TAG = re.compile(r"(<[^>]*>)")
_ENDS_A_LINE = re.compile(r"</(p|div|li|tr|h[1-6])>\s*(?=\S)", re.IGNORECASE)


def inline(text: str, fields: Container[str], links: Mapping[str, str]) -> Markup:
    """Give a text for a label.

    Args:
        text: As the dictionary has it.
        fields: Variables that may be piped in.
        links: Addresses of forms, by name.
    """
    return _safe(_ENDS_A_LINE.sub("<br>", text), _INLINE, fields, links)


def block(text: str, fields: Container[str], links: Mapping[str, str]) -> Markup:
    """Give a text that stands by itself, with paragraphs, lists and tables; arguments as of :func:`inline`."""
    return _safe(text, _BLOCK, fields, links)


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """Give a text without any markup, for options and attributes."""
    return " ".join(html.unescape(nh3.clean(text, tags=set())).split())


def _safe(text: str, tags: frozenset[str], fields: Container[str], links: Mapping[str, str]) -> Markup:
    parts = _TAG.split(_cleaned(text.strip(), tags))
    return Markup("").join(
        Markup(part) if part.startswith("<") else _spoken(part, fields, links)  # noqa: S704 - cleaned above
        for part in parts
    )


@lru_cache(maxsize=16384)
def _cleaned(text: str, tags: frozenset[str]) -> str:
    # without attributes, '<' begins a tag and nothing else
    return nh3.clean(text, tags=set(tags), attributes={}, link_rel=None).replace("\n", "<br>")


def _spoken(part: str, fields: Container[str], links: Mapping[str, str]) -> Markup:
    """Mark what is piped into a piece of text that is escaped already."""
    return Markup("").join(
        Markup(one)  # noqa: S704 - escaped by the cleaner
        if isinstance(one, str)
        else _piped(one, links)
        for one in pipes(part, fields)
    )


def _piped(one: Reference | SmartVariable, links: Mapping[str, str]) -> Markup:
    if isinstance(one, SmartVariable) and one.name == "form-link" and one.parameters:
        return _link(one, links)
    return Markup('<span class="pipe" data-pipe="{}" data-source="{}">______</span>').format(
        json.dumps(pipe_data(one)), source(one)
    )


def _link(one: SmartVariable, links: Mapping[str, str]) -> Markup:
    """Give ``[form-link:form:words]`` of this event and instance; its words alone where no address is given."""
    # the words are escaped already, as all of the text they stand in
    form, words = one.parameters[0], html.unescape(one.parameters[-1])
    here = not one.event and one.instance in ("", "current-instance")
    if here and form in links:
        return Markup('<a href="{}">{}</a>').format(links[form], words)
    return Markup.escape(words)
