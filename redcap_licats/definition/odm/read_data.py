"""``ClinicalData``: one subject of a project XML to cells."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self
from xml.etree.ElementTree import Element

from redcap_licats.definition.model import Cell, FieldType, Project, StoredFile, export_code
from redcap_licats.definition.odm.names import GROUP_ITEM, odm, redcap
from redcap_licats.definition.odm.read_items import form_name
from redcap_licats.errors import ConfigError

_ITEM, _FILE = odm("ItemData"), odm("ItemDataBase64Binary")
_MOST_INSTANCE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Layout:
    """What one must know of a project to understand its data.

    Attributes:
        longitudinal: Whether events are named.
        repeats: Repeating (form, event).
        options: Export column of each checkbox option, missing-data codes included, to field and code.
    """

    longitudinal: bool
    repeats: frozenset[tuple[str, str]]
    options: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, project: Project) -> Self:
        """Take the layout of a project."""
        checkboxes = [one for one in project.dictionary if one.type is FieldType.CHECKBOX]
        options = {
            f"{field.name}___{export_code(code)}": (field.name, code)
            for field in checkboxes
            for code in (*project.missing_data_codes, *field.choices)
        }
        repeats = frozenset((one.form, one.event) for one in project.repeats)
        return cls(project.longitudinal, repeats, options)


def read_subject(subject: Element, layout: Layout) -> tuple[list[Cell], str]:
    """Give the cells of a ``SubjectData`` and the unique name of its Data Access Group ('' if none)."""
    record = subject.get("SubjectKey", "")
    if not record:
        raise ConfigError("ODM-INVALID", "a SubjectData has no SubjectKey", remedy="name the record")
    cells: list[Cell] = []
    group = ""
    for place, form_data in _forms_of(subject, record, layout):
        for item in form_data.iter():
            name = item.get("ItemOID", "")
            if item.tag == _FILE:
                cells.append(_file_cell(place, name, item))
            elif item.tag == _ITEM and (value := item.get("Value", "")):
                if name == GROUP_ITEM:
                    group = value
                elif name not in layout.options:
                    cells.append(replace(place, field=name, value=value))
                elif value == "1":
                    field, code = layout.options[name]
                    cells.append(replace(place, field=field, value=code))
    return cells, group


def _forms_of(subject: Element, record: str, layout: Layout) -> Iterator[tuple[Cell, Element]]:
    """Yield each ``FormData`` with a blank cell at its place. Classic projects have no event around it."""
    for child in subject:
        if child.tag == odm("FormData"):
            yield _place(record, "", 1, child, layout), child
        elif child.tag == odm("StudyEventData"):
            oid = child.get("StudyEventOID", "").removeprefix("Event.")
            event = (child.get(redcap("UniqueEventName")) or oid) if layout.longitudinal else ""
            event_instance = _instance(child.get("StudyEventRepeatKey", "1"), record)
            for form_data in child.findall(odm("FormData")):
                yield _place(record, event, event_instance, form_data, layout), form_data


def _place(record: str, event: str, event_instance: int, form_data: Element, layout: Layout) -> Cell:
    form = form_name(form_data)
    instance = _instance(form_data.get("FormRepeatKey", "1"), record)
    if ("", event) in layout.repeats:
        # an event that repeats as a whole has one instance, whichever of the two keys counts it
        return Cell(record, "", "", event, "", max(event_instance, instance))
    if instance > 1 or (form, event) in layout.repeats:
        return Cell(record, "", "", event, form, instance)
    return Cell(record, "", "", event, "", event_instance)


def _instance(text: str, record: str) -> int:
    if not text.isdecimal() or len(text) > _MOST_INSTANCE_DIGITS or int(text) < 1:
        raise ConfigError(
            "ODM-INVALID",
            f"{text!r} is not a repeat instance",
            where=f"record {record}",
            remedy="number instances from 1",
        )
    return int(text)


def _file_cell(place: Cell, field: str, item: Element) -> Cell:
    try:
        content = base64.b64decode(item.text or "", validate=False)
    except binascii.Error as error:
        raise ConfigError(
            "ODM-INVALID",
            f"a file is not in base64: {error}",
            where=f"record {place.record}, field {field}",
            remedy="export the project again, with files",
        ) from error
    name = item.get(redcap("DocName"), "")
    file = StoredFile(name, item.get(redcap("MimeType"), ""), content)
    return replace(place, field=field, value=name, file=file)
