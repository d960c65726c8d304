"""Before anything is read or written: is this the right project, is it set up, may we write.

The guards tell what they find. Here the first finding that stands in the way stops the run; ``licats doctor``
names all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import ProjectInfo
from redcap_licats.api.threads import Spot
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.model import DataDictionary
from redcap_licats.mapping.client import names_of
from redcap_licats.mapping.names import Names
from redcap_licats.protocol.models import Protocol
from redcap_licats.sync.approval import refuse_unapproved
from redcap_licats.sync.cut import Cut
from redcap_licats.sync.drift import drift
from redcap_licats.sync.finding import Finding, refuse
from redcap_licats.sync.guards import (
    first_events,
    frozen_study,
    missing_fields,
    no_event,
    other_definitions,
    other_project,
    other_repeats,
    several_events,
    worker_in_group,
)
from redcap_licats.sync.held import Home
from redcap_licats.sync.mapped import mapping_findings
from redcap_licats.sync.needs import Needs, needs_of
from redcap_licats.sync.setup import Setup, read_setup


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a run knows of its project.

    Attributes:
        dictionary: The live data dictionary.
        homes: The worker's instruments by name.
        absent_forms: Optional instruments that the study does not have.
        today: The server's date in the project's time zone, or the data cut where that is earlier.
        access_groups: Whether the project has Data Access Groups.
        cut: Takes away what came after the data cut; None where there is none.
        names: Names in the project where a mapping says that they are not ours; None if they are.
        arms: Arm by unique event name; empty in a classic project.
        live: The project's set-up by its own names; None takes every field to be there.
    """

    dictionary: DataDictionary
    homes: Mapping[str, Home]
    absent_forms: frozenset[str]
    today: dt.date
    access_groups: bool = False
    cut: Cut | None = None
    names: Names | None = None
    arms: Mapping[str, int] = field(default_factory=dict)
    live: Setup | None = None

    def exists(self, spot: Spot) -> bool:
        """Whether the project has such a place for a thread."""
        return self.live is None or self.live.holds(spot)


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
    refuse(other_project(info, settings))
    return info


def examine(client: RedcapClient, setup: Setup, settings: ProjectSettings, protocol: Protocol) -> Preflight:
    """Compare a project's set-up with what the protocol needs; asks the server nothing.

    Raises:
        ConfigError: The project lacks fields or repeats that the protocol needs.
    """
    live, names = setup, names_of(client, protocol, setup.dictionary, setup.events)
    if names:
        refuse(mapping_findings(names, settings))
        setup = setup.in_our_words(names)
    needs = needs_of(protocol, setup.dictionary, names)
    refuse(setup_findings(setup, needs, settings, names))
    homes = {
        name: Home.of(
            name,
            setup.dictionary,
            repeats=needs.forms[name].repeats,
            events=first_events(name, setup.events) if setup.longitudinal else None,
        )
        for name in needs.worker
    }
    cut = Cut(needs.wanted, protocol, settings.data_cut) if settings.data_cut else None
    return Preflight(
        setup.dictionary,
        homes,
        needs.absent,
        today_of(client, settings),
        setup.access_groups,
        cut,
        names,
        {one.unique_name: one.arm for one in setup.events},
        live,
    )


def in_our_words(client: RedcapClient, setup: Setup, protocol: Protocol) -> Setup:
    """Give a project's set-up as it looks through the study's mapping, if it has one; asks the server nothing."""
    names = names_of(client, protocol, setup.dictionary, setup.events)
    return setup.in_our_words(names) if names else setup


def setup_findings(
    setup: Setup, needs: Needs, settings: ProjectSettings, names: Names | None = None
) -> Iterator[Finding]:
    """Run all guards that compare a project's set-up with what the protocol needs.

    With ``names`` the set-up is in our words; findings name forms and fields as the project does.
    """
    for one in _setup_findings(setup, needs, settings):
        yield replace(one, what=names.prefixed(one.what)) if names else one


def _setup_findings(setup: Setup, needs: Needs, settings: ProjectSettings) -> Iterator[Finding]:
    live, worker, longitudinal = setup.dictionary, needs.worker, setup.longitudinal
    yield from missing_fields(live, needs.expected, needs.forms, needs.absent, settings)
    yield from other_definitions(live, needs.wanted, worker, settings)
    yield from other_repeats(setup.repeats, needs.here, settings, longitudinal=longitudinal)
    yield from no_event(worker, setup.events, settings, longitudinal=longitudinal, read=needs.here)
    yield from several_events(setup, needs, settings)
    yield from drift(live, needs, settings)


def refuse_frozen(settings: ProjectSettings) -> None:
    """Never write into a frozen study.

    Raises:
        GuardError: The study is frozen.
    """
    refuse(frozen_study(settings))


def refuse_worker_in_group(row: Mapping[str, str], project: Preflight, settings: ProjectSettings) -> None:
    """Make sure, by a row exported with its group, that the worker sees the records of every site.

    Raises:
        GuardError: It sees those of one site only.
    """
    refuse(worker_in_group(row, settings, access_groups=project.access_groups))


def today_of(client: RedcapClient, settings: ProjectSettings) -> dt.date:
    """Give the date by the server's clock in the project's time zone; the data cut where it is earlier."""
    today = settings.local(client.server_time or dt.datetime.now(dt.UTC)).date()
    return min(today, settings.data_cut) if settings.data_cut else today
