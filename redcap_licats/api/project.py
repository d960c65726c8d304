"""What the project is and what happened in it, as the API tells; its records are read by :mod:`client`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

from redcap_licats.api.calls import Calls
from redcap_licats.api.exports import Row
from redcap_licats.api.limit import Limiter, limiter_for
from redcap_licats.api.model import LogEntry, LogRange, ProjectInfo, read_events, read_repeats
from redcap_licats.api.module import ModuleClient
from redcap_licats.api.pycap import CheckedProject
from redcap_licats.api.reply import Expected
from redcap_licats.api.retry import Retry
from redcap_licats.api.transport import Transport
from redcap_licats.definition.dictionary import fields_from_rows
from redcap_licats.definition.model import DataDictionary, Event, Project, Repeat
from redcap_licats.definition.odm import read_project
from redcap_licats.errors import ServerError

T = TypeVar("T")


class ProjectClient:
    """One project on one server, all but its records.

    Args:
        url: Address of the API; https unless it is this machine.
        token: The project's token; never part of a message.
        rate_per_minute: Requests per minute and server; 0 switches the limit off.
        connect_timeout, read_timeout: Seconds.
        retry: Tries and pauses of calls that may be repeated.
        limiter: The server's limiter; by default the one this process shares per server.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        rate_per_minute: int = 120,
        connect_timeout: float = 10.0,
        read_timeout: float = 300.0,
        retry: Retry | None = None,
        limiter: Limiter | None = None,
    ) -> None:
        self.retry = retry or Retry()
        self._transport = Transport(
            url,
            token,
            limiter=limiter or limiter_for(urlsplit(url).netloc.lower(), rate_per_minute),
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
        )
        self._calls = Calls(self._transport, self.retry)
        self.pycap = CheckedProject(self._transport, self.retry)
        self.module = ModuleClient(self._transport, self.retry)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server."""
        self._transport.close()

    @property
    def url(self) -> str:
        """Address of the API."""
        return self._transport.url

    @property
    def requests(self) -> int:
        """Requests made so far, failed ones included."""
        return self._transport.requests

    @property
    def server_time(self) -> dt.datetime | None:
        """The server's clock at its last reply, in UTC; None before the first."""
        return self._transport.server_time

    def version(self) -> str:
        """Give REDCap's version, such as ``15.2.1``."""
        reply = self.retry.call(lambda: self._transport.send({"content": "version"}, Expected.TEXT))
        return reply.text.strip()

    def project_info(self) -> ProjectInfo:
        """Give the project's own description."""
        return ProjectInfo.from_row(self._calls.table({"content": "project"}))

    def metadata(self) -> DataDictionary:
        """Read the data dictionary afresh."""
        self.__dict__.pop("dictionary", None)
        return self.dictionary

    def metadata_rows(self) -> list[Row]:
        """Read the rows of the data dictionary afresh, cell by cell as the server gives them."""
        return self._calls.rows({"content": "metadata"})

    @cached_property
    def dictionary(self) -> DataDictionary:
        """The data dictionary as it was when first asked for."""
        return fields_from_rows(self.metadata_rows())

    def repeating(self) -> tuple[Repeat, ...]:
        """Give the repeating set-up; empty if nothing repeats (asked for then, REDCap answers with an error).

        The method for it wants the right to design the project. A worker should not have that right; without it
        the set-up is read from the project XML, for which the right to export is enough.
        """
        if not self.project_info().repeating:
            return ()
        try:
            return read_repeats(self._calls.rows({"content": "repeatingFormsEvents"}))
        except ServerError as error:
            if error.code != "API-RIGHT":
                raise
            return self.project_definition().repeats

    def project_definition(self) -> Project:
        """Read the project XML without data."""
        return read_project(self.project_xml(data=False))

    def project_xml(self, *, data: bool) -> bytes:
        """Give the project XML as it comes, with all data the token's user may export or with none."""
        payload = {"content": "project_xml", "returnMetadataOnly": str(not data).lower(), "returnFormat": "json"}
        if data:
            payload["exportDataAccessGroups"] = "true"
        return self.retry.call(lambda: self._transport.send(payload, Expected.XML)).body

    def events(self) -> tuple[Event, ...]:
        """Give the events with their forms; empty in a classic project."""
        if not self.project_info().longitudinal:
            return ()
        return read_events(
            self._calls.rows({"content": "event"}), self._calls.rows({"content": "formEventMapping"})
        )

    def event_ids(self) -> dict[str, int]:
        """Give the ids by which addresses of pages name events, by unique name; empty in a classic project."""
        if not self.project_info().longitudinal:
            return {}
        rows = self._calls.rows({"content": "event"})
        # older versions do not tell
        return {row["unique_event_name"]: int(row["event_id"]) for row in rows if row.get("event_id")}

    def read_log(self, read: Callable[[LogEntry], T], asked: LogRange) -> list[T]:
        """Read a part of the log, newest line first, line by line: no more is kept of it than ``read`` gives.

        Raises:
            ServerError: REDCap refuses, or gives more than is taken (``API-LARGE``).
        """
        return self._calls.each(
            {"content": "log", **asked.as_payload()}, lambda row: read(LogEntry.from_row(row)), most=asked.most
        )
