"""Project XML to :class:`Project`.

The file is read as a stream: the study definition as one tree, then one subject after the other, each forgotten
once its values are taken.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import iterparse

from redcap_licats.definition.model import Cell, Project
from redcap_licats.definition.odm.names import odm
from redcap_licats.definition.odm.newlines import keep_line_ends
from redcap_licats.definition.odm.read_data import Layout, read_subject
from redcap_licats.definition.odm.read_study import read_study
from redcap_licats.errors import ConfigError

_DEEPEST = 100
_EXPORT_AGAIN = "export the project from REDCap as project XML"


def read_project(xml: bytes) -> Project:
    """Read a project XML with everything it holds; calculated values are taken as they stand.

    Raises:
        ConfigError: Not XML (or XML with a DTD), not a REDCap project, or a part of it has no meaning.
    """
    return _checked(xml, None)


def read_data(xml: bytes, project: Project) -> Project:
    """Give a project with the data of an ODM file in place of its own; definitions in the file are passed over.

    Raises:
        ConfigError: As :func:`read_project`.
    """
    return _checked(xml, replace(project, cells=(), record_groups={}))


def _checked(xml: bytes, known: Project | None) -> Project:
    try:
        return _read(keep_line_ends(xml), known)
    except (ParseError, ValueError, LookupError) as error:
        # what defusedxml forbids is a ValueError, an encoding nobody knows a LookupError
        raise ConfigError("ODM-XML", f"the file is not readable XML: {error}", remedy=_EXPORT_AGAIN) from error


def _read(xml: bytes, known: Project | None) -> Project:
    project = known
    layout = None if known is None else Layout.of(known)
    cells: list[Cell] = []
    record_groups: dict[str, str] = {}
    for element, parent in _elements(xml):
        if parent is None:
            continue
        if element.tag == odm("Study") and project is None:
            project = read_study(element, parent)
            layout = Layout.of(project)
        elif element.tag == odm("SubjectData"):
            if layout is None:
                raise ConfigError("ODM-INVALID", "data come before the project definition", remedy=_EXPORT_AGAIN)
            subject_cells, group = read_subject(element, layout)
            cells += subject_cells
            if group:
                record_groups[element.get("SubjectKey", "")] = group
            del parent[:]
    if project is None:
        raise ConfigError("ODM-INVALID", "the file holds no project definition (ODM/Study)", remedy=_EXPORT_AGAIN)
    return replace(project, cells=tuple(cells), record_groups=record_groups)


def _elements(xml: bytes) -> Iterator[tuple[Element, Element | None]]:
    """Yield each element with its parent as soon as it is complete."""
    open_elements: list[Element] = []
    for event, element in iterparse(io.BytesIO(xml), events=("start", "end"), forbid_dtd=True):
        if event == "start":
            open_elements.append(element)
            if len(open_elements) > _DEEPEST:
                raise ConfigError(
                    "ODM-INVALID", f"elements are nested deeper than {_DEEPEST}", remedy=_EXPORT_AGAIN
                )
        else:
            open_elements.pop()
            yield element, open_elements[-1] if open_elements else None
