"""The set-up of a live project as the API tells it, and writing it back: dictionary, events of forms, repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import ProjectInfo
from redcap_licats.definition.compare import compare_fields
from redcap_licats.definition.dictionary import field_as_row, fields_from_rows
from redcap_licats.definition.model import Arm, Project

Rows = tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Layout:
    """What the API can write of a project's set-up, as the rows that it takes.

    Attributes:
        fields: Rows of the data dictionary.
        mapping: ``arm_num, unique_event_name, form``; empty in a classic project.
        repeats: ``event_name, form_name, custom_form_label``.
    """

    fields: Rows
    mapping: Rows
    repeats: Rows


@dataclass(frozen=True)
class Live:
    """A live project.

    Attributes:
        info: Its own description.
        project: Its definition as far as the API tells: no roles, reports or surveys.
        layout: The rows it was read from.
    """

    info: ProjectInfo
    project: Project
    layout: Layout


def read_live(client: RedcapClient) -> Live:
    """Read the set-up of a project afresh.

    Raises:
        ConfigError: The dictionary cannot be read; names rows and columns.
        ServerError: REDCap refuses or cannot be reached.
    """
    info = client.project_info()
    rows = tuple(dict(row) for row in client.metadata_rows())
    events = client.events()
    labels = {row["instrument_name"]: row["instrument_label"] for row in client.pycap.export_instruments()}
    project = Project(
        title=info.title,
        dictionary=fields_from_rows(rows),
        form_labels=labels,
        settings={"MissingDataCodes": info.missing_data_codes},
        arms=tuple(Arm(number, "") for number in sorted({event.arm for event in events})),
        events=events,
        longitudinal=info.longitudinal,
        repeats=client.repeating(),
    )
    return Live(info, project, Layout(rows, _mapping(project), _repeats(project)))


def layout_of(target: Project, live: Live) -> Layout:
    """Give the rows by which a project becomes the target; those of fields that stay are the server's own."""
    own = {row["field_name"].strip(): row for row in live.layout.fields}
    was = live.project.dictionary.by_name
    fields = tuple(
        own[one.name] if one.name in was and not any(compare_fields(was[one.name], one)) else field_as_row(one)
        for one in target.dictionary
    )
    return Layout(fields, _mapping(target), _repeats(target))


def write_fields(client: RedcapClient, fields: Rows) -> None:
    """Replace the data dictionary."""
    client.pycap.import_metadata(list(fields))


def write_mapping(client: RedcapClient, mapping: Rows) -> None:
    """Replace the mapping of forms to events."""
    client.pycap.import_instrument_event_mappings(list(mapping))


def write_repeats(client: RedcapClient, repeats: Rows) -> None:
    """Replace the repeating set-up."""
    client.pycap.import_repeating_instruments_events(list(repeats))


def _mapping(project: Project) -> Rows:
    if not project.longitudinal:
        return ()
    return tuple(
        {"arm_num": str(event.arm), "unique_event_name": event.unique_name, "form": form}
        for event in project.events
        for form in event.forms
    )


def _repeats(project: Project) -> Rows:
    rows: Sequence[dict[str, str]] = [
        {"event_name": one.event, "form_name": one.form, "custom_form_label": one.custom_label}
        for one in project.repeats
    ]
    if project.longitudinal:
        return tuple(rows)
    return tuple({key: value for key, value in row.items() if key != "event_name"} for row in rows)
