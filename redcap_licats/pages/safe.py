"""Texts of a dictionary made fit for a page: a small subset of HTML, and what is piped in marked as such.

Labels may hold a little HTML in REDCap. What is kept is named here; no attribute is, so that nothing in a text can
run, load, address or style anything.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Container, Iterator
from functools import lru_cache

import nh3
from markupsafe import Markup, escape

from redcap_licats.definition.logic import Expression, Reference, SmartVariable
from redcap_licats.definition.logic.brackets import read_brackets

#: elements that may stand inside a label, a legend or a heading
_INLINE = frozenset({"b", "strong", "i", "em", "u", "sub", "sup", "small", "code", "span", "br"})
#: elements that a descriptive field may have besides
_BLOCK = _INLINE | {"p", "div", "ul", "ol", "li", "hr", "table", "thead", "tbody", "tr", "th", "td", "pre"}

_TAG = re.compile(r"(<[^>]*>)")
_BRACKETS = re.compile(r"(?:\[[^\[\]<>]+\])+")
_ENDS_A_LINE = re.compile(r"</(p|div|li|tr|h[1-6])>\s*(?=\S)", re.IGNORECASE)


def inline(text: str, fields: Container[str]) -> Markup:
    """Give a text for a label; ``fields`` are the variables that may be piped in."""
    return _safe(_ENDS_A_LINE.sub("<br>", text), _INLINE, fields)


def block(text: str, fields: Container[str]) -> Markup:
    """Give a text that stands by itself, with paragraphs, lists and tables."""
    return _safe(text, _BLOCK, fields)


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """Give a text without any markup, for options and attributes."""
    return " ".join(html.unescape(nh3.clean(text, tags=set())).split())


def pipes(text: str, fields: Container[str]) -> Iterator[str | Reference | SmartVariable]:
    """Split a text into what is said as it is and what is piped in."""
    at = 0
    for found in _BRACKETS.finditer(text):
        expression = _piped(found.group(), fields)
        if expression is not None:
            if found.start() > at:
                yield text[at : found.start()]
            yield expression
            at = found.end()
    if at < len(text):
        yield text[at:]


def pipe_data(expression: Reference | SmartVariable) -> dict[str, str]:
    """Give what the script needs to pipe a value in."""
    if isinstance(expression, SmartVariable):
        named = {"smart": expression.name, "event": expression.event, "instance": expression.instance}
    else:
        named = {
            "field": expression.field,
            "event": expression.event,
            "instance": expression.instance,
            "code": expression.code,
            "option": expression.option,
        }
    return {key: value for key, value in named.items() if value}


def _safe(text: str, tags: frozenset[str], fields: Container[str]) -> Markup:
    parts = _TAG.split(_cleaned(text.strip(), tags))
    return Markup("").join(
        Markup(part) if part.startswith("<") else _spoken(part, fields)  # noqa: S704 - cleaned above
        for part in parts
    )


@lru_cache(maxsize=16384)
def _cleaned(text: str, tags: frozenset[str]) -> str:
    # without attributes, '<' begins a tag and nothing else
    return nh3.clean(text, tags=set(tags), attributes={}, link_rel=None).replace("\n", "<br>")


def _spoken(part: str, fields: Container[str]) -> Markup:
    """Mark what is piped into a piece of text that is escaped already."""
    return Markup("").join(
        Markup(one)  # noqa: S704 - escaped by the cleaner
        if isinstance(one, str)
        else Markup('<span class="pipe" data-pipe="{}" data-source="{}">______</span>').format(
            json.dumps(pipe_data(one)), source(one)
        )
        for one in pipes(part, fields)
    )


def source(expression: Reference | SmartVariable) -> str:
    """Write what is piped in as it stands in a dictionary."""
    event = f"[{expression.event}]" if expression.event else ""
    instance = f"[{expression.instance}]" if expression.instance else ""
    if isinstance(expression, SmartVariable):
        return f"{event}[{':'.join((expression.name, *expression.parameters))}]{instance}"
    code = f"({expression.code})" if expression.code else ""
    option = f":{expression.option}" if expression.option else ""
    return f"{event}[{expression.field}{code}{option}]{instance}"


def _piped(text: str, fields: Container[str]) -> Reference | SmartVariable | None:
    expression: Expression | None = read_brackets(html.unescape(text))
    if isinstance(expression, SmartVariable):
        return expression
    if isinstance(expression, Reference) and expression.field in fields:
        return expression
    return None


def attribute(text: object) -> Markup:
    """Escape a text for an attribute."""
    return escape(text)
