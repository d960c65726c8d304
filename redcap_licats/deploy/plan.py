"""What putting our forms into a live project would change, and which records it would hurt. Reads only."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.exports import Row
from redcap_licats.api.imports import GROUP
from redcap_licats.definition.dictionary_check import check_dictionary
from redcap_licats.definition.model import DataDictionary, Project
from redcap_licats.deploy.live import Layout, Live, layout_of, project_of, read_live
from redcap_licats.errors import ConfigError, GuardError
from redcap_licats.forms.at_risk import fields_to_read, touches
from redcap_licats.forms.build import build_dictionary, build_project
from redcap_licats.forms.collide import collisions
from redcap_licats.forms.compare import BY_HAND, MAY_LOSE, Difference, Effect, Judged, Kind, differences, judge
from redcap_licats.forms.expand import expand_forms
from redcap_licats.forms.merge import former_fields, merge
from redcap_licats.forms.place import Placement, Unplaced, place
from redcap_licats.messages import LANGUAGES
from redcap_licats.protocol import Protocol

#: what is proposed where names collide
_PREFIX = "lic_"


@dataclass(frozen=True)
class Plan:
    """What deploying would do.

    Attributes:
        live: The project as it is.
        target: What it would become.
        layout: The rows to write.
        judged: Every difference with its effect; the worst first.
        unplaced: What of ours cannot be in this study as it is meant.
        names: Our name of every form and field to that in the study.
        proposed_prefix: A prefix with which no name collides; '' where none is needed.
    """

    live: Live
    target: Project
    layout: Layout
    judged: tuple[Judged, ...]
    unplaced: tuple[Unplaced, ...]
    names: Mapping[str, str]
    proposed_prefix: str

    @property
    def collisions(self) -> tuple[Judged, ...]:
        """Names that are taken; nothing can be written as long as there are any."""
        return tuple(one for one in self.judged if one.difference.kind is Kind.COLLISION)

    @property
    def by_hand(self) -> tuple[Judged, ...]:
        """Differences that no method of the API changes."""
        return tuple(one for one in self.judged if one.difference.kind in BY_HAND)

    @property
    def to_write(self) -> bool:
        """Whether there is anything that the API can write."""
        return any(one.difference.kind not in BY_HAND for one in self.judged)

    def losses(self, accepted: Collection[str] = ()) -> tuple[Judged, ...]:
        """Give what loses data and is not accepted by the name of its field or form; collisions never are."""
        return tuple(
            one
            for one in self.judged
            if one.effect is Effect.LOSS
            and (one.difference.kind is Kind.COLLISION or not one.difference.names & set(accepted))
        )


def make_plan(client: RedcapClient, protocol: Protocol, placement: Placement) -> Plan:
    """Compare a live project with ours, field by field, and find the records that each difference touches.

    Raises:
        ConfigError: The placement does not fit the study, or the study's dictionary cannot be read.
        GuardError: Data may be lost, and the token's user sees those of one site only.
        ServerError: REDCap refuses or cannot be reached.
    """
    live = read_live(client)
    ours = build_project(protocol)
    # names first: a study that has not said yet which events our forms go into still learns which are taken
    named = place(ours, replace(placement, events={}), replace(live.project, longitudinal=False))
    if clashes := list(collisions(live.project.dictionary, named.project.dictionary)):
        prefix = _free_prefix(live.project.dictionary, ours.dictionary)
        return Plan(
            live, live.project, live.layout, tuple(judge(one, ()) for one in clashes), (), named.names, prefix
        )
    placed = place(ours, placement, live.project) if live.project.longitudinal else named
    former = former_fields(
        live.project.dictionary, placed.project.dictionary, dict(_stems(protocol, placement, live.project))
    )
    target = merge(live.project, placed.project, former)
    _refuse_broken(live.project.dictionary, target.dictionary)
    found = differences(live.project, target, _other_words(protocol, placement))
    judged = _judge(client, found, live.project, target)
    return Plan(
        live,
        target,
        layout_of(target, live),
        tuple(_worst_first(judged)),
        placed.unplaced,
        placed.names,
        "",
    )


def plan_restoring(client: RedcapClient, kept: Layout) -> Plan:
    """Compare a live project with the set-up of a backup, and find the records that each difference touches.

    Raises:
        ConfigError: A dictionary cannot be read.
        GuardError: Data may be lost, and the token's user sees those of one site only.
        ServerError: REDCap refuses or cannot be reached.
    """
    live = read_live(client)
    target = project_of(kept, live)
    found = differences(live.project, target, DataDictionary(()))
    return Plan(live, target, kept, tuple(_worst_first(_judge(client, found, live.project, target))), (), {}, "")


def _worst_first(judged: Iterable[Judged]) -> list[Judged]:
    order = list(Effect)[::-1]
    return sorted(judged, key=lambda one: order.index(one.effect))


def _judge(client: RedcapClient, found: Iterable[Difference], live: Project, target: Project) -> Iterator[Judged]:
    """Class every difference, reading what is held where that decides.

    Raises:
        GuardError: The token's user sees the records of one site only.
    """
    listed = list(found)
    asked = {
        at: touches(one, live, target)
        for at, one in enumerate(listed)
        if one.kind in MAY_LOSE and fields_to_read([one], live)
    }
    hurt: dict[int, dict[str, None]] = {at: {} for at in asked}
    unseen = False
    if asked:
        fields = fields_to_read(listed, live)
        record_id = live.dictionary.record_id_field
        grouped = bool(client.project_definition().access_groups)
        # an empty project, or a user in a group that has no record yet: nobody can tell
        unseen = grouped
        for batch in client.export_batches(fields=fields, groups=grouped):
            unseen = False
            if grouped:
                _refuse_blind(batch, client.url)
            for row in batch:
                for at, question in asked.items():
                    if question(row):
                        hurt[at][row[record_id]] = None
    for at, one in enumerate(listed):
        yield judge(one, tuple(hurt.get(at, ())), unseen=unseen and at in asked)


def _refuse_blind(batch: Sequence[Row], url: str) -> None:
    """Make sure that the rows are those of all sites: REDCap gives the column of the group to users in none only.

    Raises:
        GuardError: They are those of one site.
    """
    if batch and GROUP not in batch[0]:
        raise GuardError(
            "DEPLOY-GROUP",
            "The token's user is in a Data Access Group, so the records at risk at other sites cannot be found",
            where=url,
            remedy="Take the token of a user who is in no group.",
        )


def _stems(protocol: Protocol, placement: Placement, live: Project) -> Iterator[tuple[str, str]]:
    """Give the forms that are ours or once were, with the stem of their fields, by their names in the study."""
    prefix = placement.prefix
    forms = expand_forms(protocol)
    for one in forms:
        if one.name not in placement.left_out:
            yield f"{prefix}{one.name}", f"{prefix}{one.stem}"
    known = {one.name for one in forms}
    for instrument in protocol.instruments.values():
        if instrument.each != "organ":
            continue
        pattern = re.compile(prefix + re.escape(instrument.name).replace(r"\{slug\}", "(?P<slug>[a-z0-9]+)"))
        for form, fields in live.dictionary.forms.items():
            match = pattern.fullmatch(form)
            if not match or form.removeprefix(prefix) in known | placement.left_out:
                continue
            stem = prefix + instrument.stem.format_map({"slug": match["slug"]})
            if all(field.name.startswith(f"{stem}_") for field in fields):
                yield form, stem


def _other_words(protocol: Protocol, placement: Placement) -> DataDictionary:
    """Give our dictionary in the language that the project's is not written in, by the names in the study."""
    language = next(one for one in LANGUAGES if one != protocol.settings.language)
    return DataDictionary(
        tuple(replace(one, name=f"{placement.prefix}{one.name}") for one in build_dictionary(protocol, language))
    )


def _free_prefix(live: DataDictionary, ours: DataDictionary) -> str:
    """Give a prefix with which no name of ours is the study's."""
    taken = {*live.by_name, *live.forms}
    names = {*ours.by_name, *ours.forms}
    number, prefix = 1, _PREFIX
    while any(f"{prefix}{name}" in taken for name in names):
        number += 1
        prefix = f"lic{number}_"
    return prefix


def _refuse_broken(live: DataDictionary, target: DataDictionary) -> None:
    """Refuse to make a dictionary that REDCap would refuse, unless the study's own is already such a one.

    Raises:
        ConfigError: Names the rows, and what is wrong with them.
    """
    try:
        check_dictionary(live)
    except ConfigError:
        return
    check_dictionary(target)
