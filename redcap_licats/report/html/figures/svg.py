"""A drawing by Matplotlib made part of a page: no styles, no names that clash, and marks that say what they are.

The page's security policy allows no style attributes; what they say is said by SVG's own attributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import tostring

from defusedxml.ElementTree import fromstring
from markupsafe import Markup

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NUMBER = re.compile(r"-?\d+\.\d+")
_REFERENCE = re.compile(r"(?<=url\(#)[\w.-]+(?=\))|(?<=^#)[A-Za-z][\w.-]*$")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_NO_TURN = re.compile(r"rotate\(-?0 ")
_DRAWN = ("d", "x", "y", "transform", "viewBox", "points", "width", "height")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says when pointed at, and the layer that it is part of ('' if none)."""

    says: str
    layer: str = ""


def inline(drawing: bytes, name: str, marks: Mapping[str, Mark], title: str, description: str) -> Markup:
    """Turn a drawing into an ``svg`` element with title, description and the marks' titles.

    Args:
        drawing: As Matplotlib writes it.
        name: Of the figure; every id begins with it.
        marks: By the id that the drawing has for them.
        title: Of the figure.
        description: What it shows, for those who cannot see it.
    """
    root: Element = fromstring(drawing)
    referred = {
        found for one in root.iter() for value in one.attrib.values() for found in _REFERENCE.findall(value)
    }
    for element in list(root.iter()):
        element.tag = _local(element.tag)
        element.tail = None if element.tail is None or not element.tail.strip() else element.tail
        if element.text and not element.text.strip():
            element.text = None
        _attributes(element, name, referred, marks)
    _drop_sheet(root)
    box = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update(
        {
            "viewBox": box,
            "role": "img",
            "class": "figure",
            "aria-labelledby": f"{name}-title",
            "aria-describedby": f"{name}-desc",
        }
    )
    root.insert(0, _text(root, "title", title, f"{name}-title"))
    root.insert(1, _text(root, "desc", description, f"{name}-desc"))
    return Markup(tostring(root, encoding="unicode"))  # noqa: S704 - serialised, hence escaped


def _attributes(element: Element, name: str, referred: set[str], marks: Mapping[str, Mark]) -> None:
    attributes = {_local(key): value for key, value in element.attrib.items()}
    own = attributes.pop("id", "")
    for declaration in filter(None, (one.strip() for one in attributes.pop("style", "").split(";"))):
        key, _, value = declaration.partition(":")
        if key.strip() != "font-family":  # the page's own
            attributes[key.strip()] = value.strip()
    for key in _DRAWN:
        if key in attributes:
            attributes[key] = _NUMBER.sub(_rounded, " ".join(attributes[key].split()))
    if _NO_TURN.match(attributes.get("transform", "")):
        del attributes["transform"]
    if own in referred:
        attributes["id"] = f"{name}-{own}"
    if mark := marks.get(own):
        element.insert(0, _text(element, "title", mark.says))
        attributes["class"] = f"mark layer-{mark.layer}" if mark.layer else "mark"
    element.attrib.clear()
    element.attrib.update({key: _renamed(value, name) for key, value in attributes.items()})


def _renamed(value: str, name: str) -> str:
    """Let a reference lead to an id of this figure."""
    return value if _COLOUR.fullmatch(value) else _REFERENCE.sub(lambda found: f"{name}-{found.group()}", value)


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found.group()):.2f}".rstrip("0").rstrip(".")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _text(parent: Element, tag: str, text: str, own: str = "") -> Element:
    element = parent.makeelement(tag, {"id": own} if own else {})
    element.text = text
    return element


def _drop_sheet(root: Element) -> None:
    """Drop the drawing's style sheet, which would be one of the whole page, and the metadata."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in ("style", "metadata"):
                parent.remove(child)
