"""What REDCap holds on the worker's instruments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from redcap_licats.definition.model import DataDictionary
from redcap_licats.subject.model import Place

Row = Mapping[str, str]
Held = Mapping[Place, Mapping[str, str]]

CLASSIC: Mapping[int, str] = {0: ""}


@dataclass(frozen=True, slots=True)
class Home:
    """Where one of the worker's instruments stands: its columns, whether it repeats, its event in each arm.

    A classic project is one arm, 0, with one event that has no name.
    """

    form: str
    columns: frozenset[str]
    repeats: bool
    events: Mapping[int, str] = field(default_factory=lambda: CLASSIC)

    @classmethod
    def of(
        cls, form: str, dictionary: DataDictionary, *, repeats: bool, events: Mapping[int, str] | None = None
    ) -> Home:
        """Take the columns from the data dictionary; the record id is none of them."""
        columns = {column for field in dictionary.forms[form] for column in field.columns}
        kept = frozenset(columns - {dictionary.record_id_field} | {f"{form}_complete"})
        return cls(form, kept, repeats, events or CLASSIC)


def read_held(rows: Iterable[Row], homes: Iterable[Home]) -> Held:
    """Sort one record's rows into the worker's places; of the other rows nothing is taken."""
    held: dict[Place, Mapping[str, str]] = {}
    for row in rows:
        for home in homes:
            if row.get("redcap_repeat_instrument", "") != (home.form if home.repeats else ""):
                continue
            event = row.get("redcap_event_name", "")
            if event not in home.events.values():
                continue
            place = Place(home.form, int(row.get("redcap_repeat_instance") or 1), event)
            held[place] = {column: row[column] for column in home.columns if column in row}
    return held


def arm_of(rows: Iterable[Row], homes: Iterable[Home], arms: Mapping[str, int]) -> int:
    """Tell which arm a record is in: where the worker's rows stand already, else where its first row is.

    Args:
        rows: The record's rows.
        homes: The worker's instruments.
        arms: Arm by unique event name; empty in a classic project.
    """
    if not arms:
        return 0
    rows, homes = list(rows), list(homes)
    for place, cells in read_held(rows, homes).items():
        if any(cells.values()):
            return arms.get(place.event, 0)
    return next((arms[event] for row in rows if (event := row.get("redcap_event_name", "")) in arms), 0)
