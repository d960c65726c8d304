"""The REDCap client: what the project needs of the API, typed and checked.

Everything else that REDCap offers is reached through :attr:`RedcapClient.pycap`, over the same transport.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from types import TracebackType
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from redcap_licats.api.calls import OWN_VARIABLES, Calls, numbered
from redcap_licats.api.exports import Batches, BatchSize, Row, compare_columns
from redcap_licats.api.ids import agreed_ids, changed_since, refuse_gone
from redcap_licats.api.imports import GROUP, by_records, check_rows, import_payload, import_records
from redcap_licats.api.limit import Limiter, limiter_for
from redcap_licats.api.model import LogEntry, ProjectInfo, read_events, read_repeats
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

LogType = Literal[
    "", "export", "manage", "user", "record", "record_add", "record_edit", "record_delete", "lock_record"
]

#: columns that REDCap adds by itself and refuses when asked for (E7)
PSEUDO_FIELDS = frozenset(
    {
        "redcap_event_name",
        "redcap_repeat_instrument",
        "redcap_repeat_instance",
        "redcap_data_access_group",
        "redcap_survey_identifier",
    }
)


class RedcapClient:
    """One project on one server.

    Args:
        url: Address of the API; https unless it is this machine.
        token: The project's token; never part of a message.
        rate_per_minute: Requests per minute and server; 0 switches the limit off.
        connect_timeout, read_timeout: Seconds.
        retry: Tries and pauses of calls that may be repeated.
        limiter: The server's limiter; by default the one this process shares per server.
        batch: Records per export request; adapted on the way and kept for the client's life.
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
        batch: BatchSize | None = None,
    ) -> None:
        self.retry = retry or Retry()
        self._batch = batch or BatchSize()
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

    def __enter__(self) -> RedcapClient:
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

    # --- the project ----------------------------------------------------------------------------------

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

    def log(
        self, begin: dt.datetime, end: dt.datetime | None = None, *, kind: LogType = "", record: str = ""
    ) -> tuple[LogEntry, ...]:
        """Give the log, newest first. ``begin`` and ``end`` are the server's wall clock, precise to the minute."""
        return tuple(self.read_log(lambda entry: entry, begin, end, kind=kind, record=record))

    def read_log(
        self,
        read: Callable[[LogEntry], T],
        begin: dt.datetime,
        end: dt.datetime | None = None,
        *,
        kind: LogType = "",
        record: str = "",
    ) -> list[T]:
        """Read the log as :meth:`log` gives it, line by line, so that no more is kept of it than is needed."""
        payload = {"content": "log", "logtype": kind, "record": record, "beginTime": f"{begin:%Y-%m-%d %H:%M}"}
        if end:
            payload["endTime"] = f"{end:%Y-%m-%d %H:%M}"
        asked = {key: value for key, value in payload.items() if value}
        return self._calls.each(asked, lambda row: read(LogEntry.from_row(row)))

    # --- records --------------------------------------------------------------------------------------

    def record_ids(self) -> list[str]:
        """Give all record ids the token may see, in the project's order.

        Raises:
            ServerError: REDCap refuses, gives up, or gives another list each time.
        """
        return self.retry.call(lambda: agreed_ids(self._calls, self.dictionary.record_id_field, self.url))

    def changed_since(self, begin: dt.datetime) -> list[Row]:
        """Give record ids and access groups of what changed after a moment; see :func:`ids.changed_since`."""
        return self.retry.call(lambda: changed_since(self._calls, self.dictionary.record_id_field, begin))

    def export_batches(
        self,
        records: Sequence[str] | None = None,
        *,
        fields: Sequence[str] = (),
        forms: Sequence[str] = (),
        groups: bool = False,
    ) -> Iterator[list[Row]]:
        """Export whole records, flat and raw, batch by batch.

        Args:
            records: Record ids; None for all.
            fields: Fields wanted; the record id always comes along.
            forms: Forms wanted whole. With ``fields`` empty too, everything comes.
            groups: Whether to add the column ``redcap_data_access_group``.

        Returns:
            Rows as strings, instance numbers included; '' for a form not started.

        Raises:
            ServerError: REDCap refuses, gives up, leaves out columns or hides record ids.
        """
        return self._batches(records, fields=fields, forms=forms, groups=groups)

    def _batches(
        self, records: Sequence[str] | None, *, fields: Sequence[str], forms: Sequence[str], groups: bool
    ) -> Iterator[list[Row]]:
        id_field = self.dictionary.record_id_field
        wanted = [name for name in fields if name not in PSEUDO_FIELDS]
        payload: dict[str, object] = {"content": "record", "type": "flat", "exportBlankForGrayFormStatus": "true"}
        if wanted or forms:
            payload |= numbered("fields", list(dict.fromkeys([id_field, *wanted]))) | numbered("forms", forms)
        if groups:
            payload["exportDataAccessGroups"] = "true"

        reader = Batches(
            fetch=lambda batch: self._calls.records_once(payload | numbered("records", batch)),
            check_columns=lambda rows: compare_columns(
                rows, self.dictionary, forms=forms, fields=wanted, where=self.url
            ),
            all_ids=self.record_ids,
            id_field=id_field,
            size=self._batch,
            retry=self.retry,
            variables=len(payload) + OWN_VARIABLES,
        )
        return reader.read(self.record_ids() if records is None else records)

    def export_rows(
        self,
        records: Sequence[str] | None = None,
        *,
        fields: Sequence[str] = (),
        forms: Sequence[str] = (),
        groups: bool = False,
    ) -> list[Row]:
        """Export whole records at once; see :meth:`export_batches`."""
        batches = self.export_batches(records, fields=fields, forms=forms, groups=groups)
        return [row for batch in batches for row in batch]

    def import_rows(self, rows: Sequence[Row], *, overwrite: bool = False, batch: int = 100) -> int:
        """Import flat rows of raw values in requests of at most ``batch`` records; give the number saved.

        Args:
            rows: Every row with its record id, every repeating row with its instance number.
            overwrite: Whether blanks erase; else they are ignored.
            batch: Records per request. Each request is saved whole or not at all.

        Raises:
            ImportRejected: Single values were refused; nothing of that request was saved.
            ServerError: REDCap refuses or does not succeed.
        """
        return self._import(rows, overwrite=overwrite, batch=batch, send=self._send)

    def update_rows(self, rows: Sequence[Row], *, overwrite: bool = False, batch: int = 100) -> int:
        """Import rows as :meth:`import_rows` does, but only into records that exist; see :func:`ids.refuse_gone`.

        Raises:
            ImportRejected: Records are gone, or single values were refused; nothing of that request was saved.
            ServerError: As there.
        """

        def send(some: Sequence[Row], overwrite: bool) -> list[str]:
            refuse_gone(self._calls, self.dictionary.record_id_field, some)
            return self._send(some, overwrite)

        return self._import(rows, overwrite=overwrite, batch=batch, send=send)

    def _send(self, rows: Sequence[Row], overwrite: bool) -> list[str]:
        return self._calls.list_once(import_payload(rows, overwrite=overwrite))

    def _import(
        self, rows: Sequence[Row], *, overwrite: bool, batch: int, send: Callable[[Sequence[Row], bool], list[str]]
    ) -> int:
        id_field = self.dictionary.record_id_field
        check_rows(rows, id_field)

        def read_back(records: Sequence[str], columns: Sequence[str]) -> list[Row]:
            fields = dict.fromkeys([id_field, *(column.partition("___")[0] for column in columns)])
            batches = self._batches(records, fields=list(fields), forms=(), groups=GROUP in columns)
            return [row for batch in batches for row in batch]

        return sum(
            import_records(
                some,
                id_field=id_field,
                send=lambda part: send(part, overwrite),
                read_back=read_back,
                blanks_count=overwrite,
                retry=self.retry,
            )
            for some in by_records(rows, id_field, batch)
        )
