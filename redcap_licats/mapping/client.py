"""The client of a study with a mapping: it gives and takes rows of our forms, whatever the project calls them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.exports import Row
from redcap_licats.api.model import LogEntry, LogRange
from redcap_licats.definition.model import DataDictionary, Event
from redcap_licats.mapping.door import Door
from redcap_licats.mapping.model import Mapping
from redcap_licats.mapping.names import Names
from redcap_licats.mapping.ours import ours_of
from redcap_licats.protocol.models import Protocol

T = TypeVar("T")


class MappedClient(RedcapClient):
    """A :class:`RedcapClient` whose rows and log are in our words; data dictionary and set-up stay the project's.

    Args:
        url, token, rate_per_minute: As there.
        mapping: The study's mapping.
        protocol: The protocol, which tells what is ours.
    """

    def __init__(
        self, url: str, token: str, *, rate_per_minute: int = 120, mapping: Mapping, protocol: Protocol
    ) -> None:
        super().__init__(url, token, rate_per_minute=rate_per_minute)
        self.mapping = mapping
        self.protocol = protocol

    @cached_property
    def door(self) -> Door:
        """Translates rows; asks for data dictionary and events where nobody gave it any."""
        return Door(Names(self.mapping, ours_of(self.protocol), self.dictionary, self.events()))

    def export_batches(
        self,
        records: Sequence[str] | None = None,
        *,
        fields: Sequence[str] = (),
        forms: Sequence[str] = (),
        groups: bool = False,
    ) -> Iterator[list[Row]]:
        """Export as :meth:`RedcapClient.export_batches`, forms, fields and rows being ours."""
        forms, fields = self.door.columns_of(forms, fields)
        for batch in self._batches(records, fields=fields, forms=forms, groups=groups):
            yield self.door.inward(batch)

    def import_rows(self, rows: Sequence[Row], *, overwrite: bool = False, batch: int = 100) -> int:
        """Import rows of our own forms as :meth:`RedcapClient.import_rows`."""
        return super().import_rows(self.door.outward(rows), overwrite=overwrite, batch=batch)

    def update_rows(self, rows: Sequence[Row], *, overwrite: bool = False, batch: int = 100) -> int:
        """Import rows of our own forms as :meth:`RedcapClient.update_rows`."""
        return super().update_rows(self.door.outward(rows), overwrite=overwrite, batch=batch)

    def read_log(self, read: Callable[[LogEntry], T], asked: LogRange) -> list[T]:
        """Read the log as :meth:`RedcapClient.read_log`, with our names of our fields."""
        named = re.compile(rf"(^|[,\]]\s*){re.escape(self.mapping.prefix)}(?=\w+(?:\([^)]*\))? = )")

        def ours(entry: LogEntry) -> T:
            return read(replace(entry, details=named.sub(r"\1", entry.details)))

        return super().read_log(ours if self.mapping.prefix else read, asked)


def names_of(
    client: RedcapClient, protocol: Protocol, dictionary: DataDictionary, events: Sequence[Event]
) -> Names | None:
    """Give the names in a client's project, and let the client go by them; None without a mapping."""
    if not isinstance(client, MappedClient):
        return None
    names = Names(client.mapping, ours_of(protocol), dictionary, events)
    client.door = Door(names)
    return names
