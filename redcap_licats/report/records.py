"""The flat export rows of one record, found by place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: One row of a flat raw export; JSON gives the instance as a number.
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecordRows:
    """Rows of one record and an index of them by event, repeating instrument ('' if none) and instance."""

    record: str
    rows: tuple[Row, ...]
    index: Mapping[tuple[str, str, int], Row]

    def row(self, form: str, instance: int = 1, event: str = "") -> Row | None:
        """Find the row that holds an instrument's instance, whether it repeats, its event does, or neither."""
        return self.index.get((event, form, instance)) or self.index.get((event, "", instance))

    def of(self, instrument: str) -> tuple[Row, ...]:
        """Give the rows of a repeating instrument, in order of the export."""
        return tuple(row for row in self.rows if row.get("redcap_repeat_instrument") == instrument)


def by_record(rows: Iterable[Row], record_id_field: str) -> dict[str, RecordRows]:
    """Sort rows to their records, in order of first appearance."""
    sorted_rows: dict[str, list[Row]] = {}
    for row in rows:
        sorted_rows.setdefault(row[record_id_field], []).append(row)
    return {
        record: RecordRows(record, tuple(own), {_place(row): row for row in own})
        for record, own in sorted_rows.items()
    }


def _place(row: Row) -> tuple[str, str, int]:
    return (
        row.get("redcap_event_name", ""),
        row.get("redcap_repeat_instrument", ""),
        int(row.get("redcap_repeat_instance") or 1),
    )
