"""The ``Study`` element: settings, groups, arms, events and repeating set-up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from redcap_licats.definition.events import unique_event_name
from redcap_licats.definition.groups import unique_group_name
from redcap_licats.definition.model import AccessGroup, Arm, Attributes, Event, Project, Repeat
from redcap_licats.definition.odm.kept import keep
from redcap_licats.definition.odm.names import CLASSIC_EVENT, odm, redcap
from redcap_licats.definition.odm.read_items import form_name, read_forms, read_items
from redcap_licats.errors import ConfigError

_STUDY_TEXTS = ("StudyName", "StudyDescription", "ProtocolName")


@dataclass
class _Globals:
    """The parts of ``GlobalVariables``."""

    settings: dict[str, str] = field(default_factory=dict)
    repeats: tuple[Repeat, ...] = ()
    access_groups: tuple[AccessGroup, ...] = ()
    surveys: tuple[Attributes, ...] = ()
    flat: dict[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    others: list[Attributes] = field(default_factory=list)


def read_study(study: Element, root: Element) -> Project:
    """Read everything but the data. ``root`` is the ODM element."""
    metadata = study.find(odm("MetaDataVersion"))
    if metadata is None:
        raise ConfigError(
            "ODM-INVALID", "Study has no MetaDataVersion", remedy="export the project as REDCap project XML"
        )
    variables = study.find(odm("GlobalVariables"))
    title = "" if variables is None else variables.findtext(odm("StudyName"), "")
    event_definitions = metadata.findall(odm("StudyEventDef"))
    parts = _globals(variables, longitudinal=bool(event_definitions))
    form_labels = read_forms(metadata)
    dictionary, extras = read_items(metadata)
    if event_definitions:
        events = tuple(_event(one) for one in event_definitions)
        arm_names = {
            _number(one.get(redcap("ArmNum"), "1"), one): one.get(redcap("ArmName"), "")
            for one in event_definitions
        }
        arms = tuple(Arm(number, name) for number, name in arm_names.items())
    else:
        events = (Event("Event 1", 1, CLASSIC_EVENT, forms=tuple(form_labels)),)
        arms = (Arm(1, "Arm 1"),)
    return Project(
        title=title or root.get("Description", ""),
        dictionary=dictionary,
        form_labels=form_labels,
        settings=parts.settings,
        arms=arms,
        events=events,
        longitudinal=bool(event_definitions),
        repeats=parts.repeats,
        access_groups=parts.access_groups,
        roles=parts.flat.get("UserRoles", ()),
        reports=parts.flat.get("Reports", ()),
        surveys=parts.surveys,
        other_groups=tuple(parts.others),
        field_extras=extras,
        source_version=root.get("SourceSystemVersion", ""),
        exported_at=root.get("AsOfDateTime", ""),
    )


def _globals(variables: Element | None, *, longitudinal: bool) -> _Globals:
    parts = _Globals()
    for element in () if variables is None else variables:
        name = element.tag.rpartition("}")[2]
        if name in _STUDY_TEXTS:
            continue
        if len(element) == 0 and not element.attrib:
            parts.settings[name] = element.text or ""
        elif name == "RepeatingInstrumentsAndEvents":
            parts.repeats = tuple(_repeats(element, longitudinal=longitudinal))
        elif name == "DataAccessGroupsGroup":
            labels = [one.get("group_name", "") for one in element]
            parts.access_groups = tuple(AccessGroup(label, unique_group_name(label)) for label in labels)
        elif name == "SurveysGroup":
            parts.surveys = tuple(keep(one) for one in element)
        elif name in ("UserRolesGroup", "ReportsGroup") and all(len(one) == 0 for one in element):
            parts.flat[name.removesuffix("Group")] = tuple(dict(one.attrib) for one in element)
        else:
            parts.others.append(keep(element))
    return parts


def _repeats(group: Element, *, longitudinal: bool) -> Iterator[Repeat]:
    for element in group.iter():
        event = element.get(redcap("UniqueEventName"), "") if longitudinal else ""
        if element.tag == redcap("RepeatingInstrument"):
            form = element.get(redcap("RepeatInstrument"), "")
            yield Repeat(form, event, element.get(redcap("CustomLabel"), ""))
        elif element.tag == redcap("RepeatingEvent"):
            yield Repeat("", event)


def _event(element: Element) -> Event:
    name = element.get(redcap("EventName"), element.get("Name", ""))
    arm = _number(element.get(redcap("ArmNum"), "1"), element)
    return Event(
        name=name,
        arm=arm,
        unique_name=element.get(redcap("UniqueEventName")) or unique_event_name(name, arm),
        custom_label=element.get(redcap("CustomEventLabel"), ""),
        day_offset=element.get(redcap("DayOffset"), ""),
        offset_min=element.get(redcap("OffsetMin"), ""),
        offset_max=element.get(redcap("OffsetMax"), ""),
        forms=tuple(form_name(ref) for ref in element.findall(odm("FormRef"))),
    )


def _number(text: str, element: Element) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise ConfigError(
            "ODM-INVALID",
            f"{text!r} is not an arm number",
            where=element.get("OID", ""),
            remedy="number arms from 1",
        )
    return int(text)
