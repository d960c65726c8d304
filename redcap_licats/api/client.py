"""The REDCap client: what the project needs of the API, typed and checked.

Everything else that REDCap offers is reached through :attr:`RedcapClient.pycap`, over the same transport.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from redcap_licats.api.calls import OWN_VARIABLES, numbered
from redcap_licats.api.exports import Batches, BatchSize, Row, compare_columns
from redcap_licats.api.ids import agreed_ids, changed_since, refuse_gone
from redcap_licats.api.imports import GROUP, by_records, check_rows, import_payload, import_records
from redcap_licats.api.project import ProjectClient

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


class RedcapClient(ProjectClient):
    """One project on one server, with its records; arguments as of :class:`ProjectClient`."""

    @cached_property
    def batch(self) -> BatchSize:
        """Records per export request; adapted on the way and kept for the client's life."""
        return BatchSize()

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
            size=self.batch,
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
