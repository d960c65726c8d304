"""A project's set-up as REDCap gives it, and as the journal keeps it between runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import ProjectInfo
from redcap_licats.api.threads import Spot
from redcap_licats.definition.dictionary import field_as_row, fields_from_rows
from redcap_licats.definition.model import DataDictionary, Event, Repeat
from redcap_licats.mapping.names import Names


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run needs to know of a project beside its records.

    Attributes:
        longitudinal: Whether the project has events.
        access_groups: Whether it has Data Access Groups.
    """

    longitudinal: bool
    dictionary: DataDictionary
    repeats: tuple[Repeat, ...]
    events: tuple[Event, ...]
    access_groups: bool

    def in_our_words(self, names: Names) -> Setup:
        """Give the part of the set-up that is ours, by our names."""
        return replace(
            self,
            dictionary=names.dictionary(),
            repeats=names.repeats_of(self.repeats),
            events=names.events_of(),
        )

    def has(self, form: str, field: str) -> bool:
        """Whether the project has a form, and the field on it if one is named."""
        fields = {one.name for one in self.dictionary.forms.get(form, ())}
        return bool(fields) and field in ("", f"{form}_complete", *fields)

    def holds(self, spot: Spot) -> bool:
        """Whether a record may have such a cell: its form stands in the event, and repeats if it has to."""
        stands = any(one.unique_name == spot.event and spot.form in one.forms for one in self.events)
        repeats = any(one.event == spot.event and one.form in ("", spot.form) for one in self.repeats)
        there = stands if self.longitudinal else not spot.event
        return there and self.has(spot.form, spot.field) and (spot.instance == 1 or repeats)

    def as_text(self) -> str:
        """Give it as JSON, the same for the same set-up."""
        return json.dumps(
            {
                "longitudinal": self.longitudinal,
                "fields": [field_as_row(one) for one in self.dictionary],
                "repeats": [asdict(one) for one in self.repeats],
                "events": [asdict(one) for one in self.events],
                "access_groups": self.access_groups,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_text(cls, text: str) -> Setup:
        """Read it back."""
        kept = json.loads(text)
        return cls(
            longitudinal=kept["longitudinal"],
            dictionary=fields_from_rows(kept["fields"]),
            repeats=tuple(Repeat(**one) for one in kept["repeats"]),
            events=tuple(Event(**one | {"forms": tuple(one["forms"])}) for one in kept["events"]),
            access_groups=kept["access_groups"],
        )


def read_setup(client: RedcapClient, info: ProjectInfo) -> Setup:
    """Read the set-up afresh.

    Raises:
        ServerError: REDCap refuses or cannot be reached.
    """
    return Setup(
        longitudinal=info.longitudinal,
        dictionary=client.metadata(),
        repeats=client.repeating(),
        events=client.events(),
        access_groups=bool(client.project_definition().access_groups),
    )
