""":class:`Project` to project XML."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby

from redcap_licats.definition.model import Event, Project, Repeat
from redcap_licats.definition.odm.markup import block, empty, kept, leaf, start
from redcap_licats.definition.odm.names import CLASSIC_EVENT, ODM, REDCAP
from redcap_licats.definition.odm.write_data import data_lines
from redcap_licats.definition.odm.write_items import item_lines

_LAYOUT_OF_VERSION = "14.7.3"
_NO_TIME = "1970-01-01T00:00:00"


def write_project(project: Project, exported: Collection[str] | None = None) -> str:
    """Write a project XML in REDCap's own layout; the same project gives the same text.

    Args:
        project: The project; its cells are the data.
        exported: Fields the data are of, where they are not of all: others have no unchecked options either.

    The XML has no place for the query of an sql field and for choices of fields that take none. Calculated
    values are written as they stand; REDCap computes its own when it loads the file.
    """
    oid = "".join(re.sub(r"[^A-Za-z0-9]", "", word[:1].upper() + word[1:]) for word in project.title.split())
    exported_at = project.exported_at or _NO_TIME
    study = f"Project.{oid}"
    metadata = f"Metadata.{oid}_{exported_at[:16].replace('T', '_').replace(':', '')}"
    metadata_attributes = {
        "OID": metadata,
        "Name": project.title,
        "redcap:RecordIdField": project.dictionary.record_id_field,
    }
    lines = [
        *block("GlobalVariables", {}, _global_lines(project)),
        *block("MetaDataVersion", metadata_attributes, [*_event_lines(project), *item_lines(project)]),
    ]
    parts = ['<?xml version="1.0" encoding="UTF-8" ?>', f"<{_root(project, exported_at)}>"]
    parts += [f'<Study OID="{study}">', *lines, "</Study>"]
    if project.cells:
        parts += block(
            "ClinicalData", {"StudyOID": study, "MetaDataVersionOID": metadata}, data_lines(project, exported)
        )
    return "\n".join([*parts, "</ODM>"])


def _root(project: Project, exported_at: str) -> str:
    attributes = {
        "xmlns": ODM,
        "xmlns:ds": "http://www.w3.org/2000/09/xmldsig#",
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "xmlns:redcap": REDCAP,
        "xsi:schemaLocation": f"{ODM} schema/odm/ODM1-3-1.xsd",
        "ODMVersion": "1.3.1",
        "FileOID": "000-00-0000",
        "FileType": "Snapshot",
        "Description": project.title,
        "AsOfDateTime": exported_at,
        "CreationDateTime": exported_at,
        "SourceSystem": "REDCap",
        "SourceSystemVersion": project.source_version or _LAYOUT_OF_VERSION,
    }
    return start("ODM", attributes)


def _global_lines(project: Project) -> Iterator[str]:
    yield leaf("StudyName", project.title)
    yield leaf(
        "StudyDescription",
        f'This file contains the metadata, events, and data for REDCap project "{project.title}".',
    )
    yield leaf("ProtocolName", project.title)
    for name, value in project.settings.items():
        yield leaf(f"redcap:{name}", value)
    if project.repeats:
        yield from block("redcap:RepeatingInstrumentsAndEvents", {}, _repeat_lines(project.repeats))
    groups = [empty("redcap:DataAccessGroups", {"group_name": group.name}) for group in project.access_groups]
    yield from _group("DataAccessGroups", groups)
    yield from _group("Surveys", (line for survey in project.surveys for line in kept(survey)))
    yield from _group("UserRoles", (empty("redcap:UserRoles", role) for role in project.roles))
    yield from _group("Reports", (empty("redcap:Reports", report) for report in project.reports))
    for other in project.other_groups:
        yield from kept(other)


def _group(name: str, lines: Iterable[str]) -> list[str]:
    """Write a group unless it is empty."""
    content = list(lines)
    return block(f"redcap:{name}Group", {}, content) if content else []


def _repeat_lines(repeats: Iterable[Repeat]) -> Iterator[str]:
    for event, own in groupby(repeats, key=lambda one: one.event):
        forms = [one for one in own if one.form]
        event_name = {"redcap:UniqueEventName": event or CLASSIC_EVENT}
        if not forms:
            yield empty("redcap:RepeatingEvent", event_name)
            continue
        yield from block(
            "redcap:RepeatingInstruments",
            {},
            (
                empty(
                    "redcap:RepeatingInstrument",
                    event_name | {"redcap:RepeatInstrument": one.form, "redcap:CustomLabel": one.custom_label},
                )
                for one in forms
            ),
        )


def _event_lines(project: Project) -> Iterator[str]:
    if not project.longitudinal:
        return
    refs = (
        empty(
            "StudyEventRef",
            {"StudyEventOID": f"Event.{event.unique_name}", "OrderNumber": str(number), "Mandatory": "No"},
        )
        for number, event in enumerate(project.events, start=1)
    )
    yield from block("Protocol", {}, refs)
    arm_names = {arm.number: arm.name for arm in project.arms}
    for event in project.events:
        yield from _event(event, arm_names)


def _event(event: Event, arm_names: Mapping[int, str]) -> list[str]:
    arm_name = arm_names.get(event.arm, f"Arm {event.arm}")
    attributes = {
        "OID": f"Event.{event.unique_name}",
        "Name": f"{event.name} (Arm {event.arm}: {arm_name})" if len(arm_names) > 1 else event.name,
        "Type": "Common",
        "Repeating": "No",
        "redcap:EventName": event.name,
        "redcap:CustomEventLabel": event.custom_label,
        "redcap:UniqueEventName": event.unique_name,
        "redcap:ArmNum": str(event.arm),
        "redcap:ArmName": arm_name,
        "redcap:DayOffset": event.day_offset,
        "redcap:OffsetMin": event.offset_min,
        "redcap:OffsetMax": event.offset_max,
    }
    refs = [
        empty(
            "FormRef",
            {"FormOID": f"Form.{form}", "OrderNumber": str(number), "Mandatory": "No", "redcap:FormName": form},
        )
        for number, form in enumerate(event.forms, start=1)
    ]
    return block("StudyEventDef", attributes, refs)
