"""Before anything is read or written: is this the right project, is it set up, may we write.

Each guard is a small function; :func:`preflight` runs them in order and the first that refuses stops the run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.imports import GROUP
from redcap_licats.api.model import ProjectInfo
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.model import DataDictionary, Event, Repeat
from redcap_licats.errors import ConfigError, GuardError
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol.models import Instrument, Protocol
from redcap_licats.sync.approval import refuse_unapproved
from redcap_licats.sync.held import Home
from redcap_licats.sync.setup import Setup, read_setup

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a run knows of its project.

    Attributes:
        dictionary: The live data dictionary.
        homes: The worker's instruments by name.
        absent_forms: Optional instruments that the study does not have.
        today: The server's date in the project's time zone, or the data cut where that is earlier.
    """

    dictionary: DataDictionary
    homes: Mapping[str, Home]
    absent_forms: frozenset[str]
    today: dt.date
    access_groups: bool = False


def preflight(client: RedcapClient, settings: ProjectSettings, protocol: Protocol, *, dry_run: bool) -> Preflight:
    """Run every guard and gather what the run needs.

    Raises:
        GuardError: The study is frozen, the token belongs to another project, or the protocol is not approved.
        ConfigError: The project lacks fields or repeats that the protocol needs.
        ServerError: REDCap refuses or cannot be reached.
    """
    info = identify(client, settings, dry_run=dry_run)
    project = examine(client, read_setup(client, info), settings, protocol)
    if not dry_run:
        refuse_unapproved(client, settings, protocol)
    return project


def identify(client: RedcapClient, settings: ProjectSettings, *, dry_run: bool) -> ProjectInfo:
    """Make sure, with one request, that this is the right project and may be written to.

    Raises:
        GuardError: The study is frozen, or the token belongs to another project.
    """
    if not dry_run:
        refuse_frozen(settings)
    info = client.project_info()
    refuse_other_project(info, settings)
    return info


def examine(client: RedcapClient, setup: Setup, settings: ProjectSettings, protocol: Protocol) -> Preflight:
    """Compare a project's set-up with what the protocol needs; asks the server nothing.

    Raises:
        ConfigError: The project lacks fields or repeats that the protocol needs.
    """
    dictionary = setup.dictionary
    wanted = build_dictionary(protocol, protocol.settings.language)
    forms = _instruments(protocol, wanted)
    absent = frozenset(name for name, one in forms.items() if not one.core and name not in dictionary.forms)
    refuse_missing_fields(dictionary, wanted, absent, settings)
    worker = [name for name, one in forms.items() if one.writer == "worker"]
    refuse_other_definitions(dictionary, wanted, worker, settings)
    here = {name: one for name, one in forms.items() if name not in absent}
    refuse_other_repeats(setup.repeats, here, settings, longitudinal=setup.longitudinal)
    homes = {
        name: Home.of(
            name,
            dictionary,
            repeats=forms[name].repeats,
            event=event_of(name, setup.events, settings, longitudinal=setup.longitudinal),
        )
        for name in worker
    }
    return Preflight(dictionary, homes, absent, _today(client, settings), setup.access_groups)


def refuse_frozen(settings: ProjectSettings) -> None:
    """Never write into a frozen study."""
    if settings.frozen:
        raise GuardError(
            "STUDY-FROZEN",
            "The study is frozen; nothing is written any more",
            where=f"project '{settings.name}'",
            remedy="Use --dry-run, or take 'frozen' out of the configuration.",
        )


def refuse_other_project(info: ProjectInfo, settings: ProjectSettings) -> None:
    """Make sure that the token belongs to the project that the configuration names."""
    if info.project_id != settings.project_id:
        raise GuardError(
            "GUARD-PROJECT",
            f"The token belongs to project {info.project_id}, not to project {settings.project_id}",
            where=f"project '{settings.name}'",
            remedy="Correct 'project_id', or give the token of the right project.",
        )


def refuse_missing_fields(
    live: DataDictionary, wanted: DataDictionary, absent: Collection[str], settings: ProjectSettings
) -> None:
    """Name the instruments and fields of the protocol that the project does not have.

    The record id is the project's own first field, whatever its name.
    """
    lacking = [form for form in wanted.forms if form not in live.forms and form not in absent]
    if lacking:
        raise ConfigError(
            "SETUP-FORMS",
            f"The project lacks {len(lacking)} instruments: {_some(lacking)}",
            where=f"project '{settings.name}'",
            remedy="Upload their zips, which 'licats instruments build' writes, in REDCap's Online Designer.",
        )
    missing = [
        field.name
        for field in wanted
        if field.form not in absent and field.name not in live and field.name != wanted.record_id_field
    ]
    if missing:
        raise ConfigError(
            "SETUP-FIELDS",
            f"The project lacks {len(missing)} fields: {_some(missing)}",
            where=f"project '{settings.name}'",
            remedy="Add them as they stand in the data dictionary that 'licats instruments build' writes.",
        )


def refuse_other_definitions(
    live: DataDictionary, wanted: DataDictionary, worker: Collection[str], settings: ProjectSettings
) -> None:
    """Make sure that the worker's own fields take the worker's values."""
    wrong = [
        field.name
        for form in worker
        for field in wanted.forms[form]
        if (live[field.name].form, live[field.name].type, live[field.name].validation)
        != (form, field.type, field.validation)
        or not field.choices.keys() <= live[field.name].choices.keys()
    ]
    if wrong:
        raise ConfigError(
            "SETUP-DEFINITION",
            f"{len(wrong)} of the worker's fields are defined otherwise than in the protocol: {_some(wrong)}",
            where=f"project '{settings.name}'",
            remedy="Give them form, type, validation and choices of the dictionary by 'licats instruments build'.",
        )


def refuse_other_repeats(
    repeats: Sequence[Repeat], forms: Mapping[str, Instrument], settings: ProjectSettings, *, longitudinal: bool
) -> None:
    """Make sure that exactly those of our instruments repeat that the protocol lets repeat."""
    repeating = {one.form for one in repeats}
    wrong = [
        f"{name} must repeat" if one.repeats else f"{name} must not repeat"
        for name, one in forms.items()
        if one.repeats != (name in repeating)
        # in a longitudinal study a site's form may repeat with its events instead
        and not (longitudinal and one.writer != "worker")
    ]
    if wrong:
        raise ConfigError(
            "SETUP-REPEATS",
            f"The repeating set-up differs from the protocol: {_some(wrong)}",
            where=f"project '{settings.name}'",
            remedy="Correct 'Repeating instruments and events' on the project's set-up page.",
        )


def refuse_worker_in_group(row: Mapping[str, str], project: Preflight, settings: ProjectSettings) -> None:
    """Make sure that the worker sees the records of every site.

    Asked for Data Access Groups, REDCap gives their column only to users that are in none; where it is missing,
    the project must have no groups.
    """
    if GROUP not in row and project.access_groups:
        raise GuardError(
            "GUARD-GROUP",
            "The token's user is in a Data Access Group and sees the records of one site only",
            where=f"project '{settings.name}'",
            remedy="Take the worker's user out of the group on the page 'Data Access Groups'.",
        )


def event_of(form: str, events: Sequence[Event], settings: ProjectSettings, *, longitudinal: bool) -> str:
    """Give the first event that an instrument is designated to; '' in a classic project."""
    if not longitudinal:
        return ""
    for event in events:
        if form in event.forms:
            return event.unique_name
    raise ConfigError(
        "SETUP-EVENTS",
        f"The instrument '{form}' is designated to no event",
        where=f"project '{settings.name}'",
        remedy="Designate it to one event on the page 'Designate Instruments for My Events'.",
    )


def _instruments(protocol: Protocol, wanted: DataDictionary) -> Mapping[str, Instrument]:
    """Give the instrument behind every form."""
    by_name = {
        one.name.format_map({"slug": slug}): one
        for one in protocol.instruments.values()
        for slug in (protocol.organs if one.each else ("",))
    }
    return {form: by_name[form] for form in wanted.forms}


def _today(client: RedcapClient, settings: ProjectSettings) -> dt.date:
    """Give the date by the server's clock in the project's time zone; the data cut where it is earlier."""
    today = settings.local(client.server_time or dt.datetime.now(dt.UTC)).date()
    return min(today, settings.data_cut) if settings.data_cut else today


def _some(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
