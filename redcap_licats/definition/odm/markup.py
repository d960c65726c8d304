"""Writing XML text the way REDCap does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from redcap_licats.definition.model import Attributes

# Characters that XML 1.0 cannot carry in any form.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#039;", "\r": "&#13;"})
_ATTRIBUTE = _TEXT | {ord("\n"): "&#10;", ord("\t"): "&#9;"}


def escape(text: str) -> str:
    """Escape element text; characters that XML cannot carry are left out."""
    return _FORBIDDEN.sub("", text).translate(_TEXT)


def start(tag: str, attributes: Mapping[str, str]) -> str:
    """Give the inside of a start tag: name and attributes, line ends as references."""
    values = (f' {name}="{_FORBIDDEN.sub("", value).translate(_ATTRIBUTE)}"' for name, value in attributes.items())
    return tag + "".join(values)


def empty(tag: str, attributes: Mapping[str, str]) -> str:
    """Write an element without content."""
    return f"<{start(tag, attributes)}/>"


def leaf(tag: str, text: str) -> str:
    """Write an element that holds text only."""
    return f"<{tag}>{escape(text)}</{tag}>"


def block(tag: str, attributes: Mapping[str, str], lines: Iterable[str]) -> list[str]:
    """Write an element around lines, which are indented by one tab."""
    return [f"<{start(tag, attributes)}>", *(f"\t{line}" for line in lines), f"</{tag}>"]


def kept(element: Attributes) -> list[str]:
    """Write an element that was kept whole."""
    if element.children:
        return block(element.tag, element.attributes, (line for child in element.children for line in kept(child)))
    if element.text or not element.attributes:
        return [f"<{start(element.tag, element.attributes)}>{escape(element.text)}</{element.tag}>"]
    return [empty(element.tag, element.attributes)]
