"""What REDCap holds on the worker's instruments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redcap_licats.definition.model import DataDictionary
from redcap_licats.subject.model import Place

Row = Mapping[str, str]
Held = Mapping[Place, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Home:
    """Where one of the worker's instruments stands: its columns, whether it repeats, its event ('' if classic)."""

    form: str
    columns: frozenset[str]
    repeats: bool
    event: str = ""

    @classmethod
    def of(cls, form: str, dictionary: DataDictionary, *, repeats: bool, event: str = "") -> Home:
        """Take the columns from the data dictionary; the record id is none of them."""
        columns = {column for field in dictionary.forms[form] for column in field.columns}
        return cls(form, frozenset(columns - {dictionary.record_id_field} | {f"{form}_complete"}), repeats, event)


def read_held(rows: Iterable[Row], homes: Iterable[Home]) -> Held:
    """Sort one record's rows into the worker's places; of the other rows nothing is taken."""
    held: dict[Place, Mapping[str, str]] = {}
    for row in rows:
        for home in homes:
            if row.get("redcap_repeat_instrument", "") != (home.form if home.repeats else ""):
                continue
            if row.get("redcap_event_name", "") != home.event:
                continue
            place = Place(home.form, int(row.get("redcap_repeat_instance") or 1), home.event)
            held[place] = {column: row[column] for column in home.columns if column in row}
    return held
