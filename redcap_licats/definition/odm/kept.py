"""Elements that are kept whole."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from redcap_licats.definition.model import Attributes
from redcap_licats.definition.odm.names import short_name


def keep(element: Element) -> Attributes:
    """Keep an element with all it holds; text beside children is layout and is dropped."""
    return Attributes(
        tag=short_name(element.tag),
        attributes={short_name(name): value for name, value in element.attrib.items()},
        text="" if len(element) else element.text or "",
        children=tuple(keep(child) for child in element),
    )
