"""A patient's chart while it is being filled in: rows of the flat import, form by form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from redcap_licats.synth.profiles import Profile

Row = dict[str, str]
#: what is entered in each field; None and '' leave it blank
Entries = Mapping[str, str | int | None]


@dataclass(slots=True)
class Chart:
    """What a site has entered of one patient.

    Rows hold only what was entered; a ticked box is the column ``field___code`` with ``1``.
    """

    record: str
    group: str
    day_zero: dt.date
    profile: Profile
    rng: Random
    base: Row = field(default_factory=dict)
    forms: dict[str, list[Row]] = field(default_factory=dict)

    def date(self, day: int) -> str:
        """Give the date of a study day; infusion is Day 0."""
        return (self.day_zero + dt.timedelta(days=day)).isoformat()

    def once(self, form: str, values: Entries) -> None:
        """Fill in a form that does not repeat."""
        self.base |= _entered(values) | {f"{form}_complete": "2"}

    def add(self, form: str, values: Entries) -> Row:
        """Fill in the next instance of a repeating form."""
        row = _entered(values) | {f"{form}_complete": "2"}
        self.forms.setdefault(form, []).append(row)
        return row

    def rows(self) -> Iterator[Row]:
        """Give the rows as the API takes them: the record's own row first, then every instance in order."""
        yield {
            "record_id": self.record,
            "redcap_repeat_instrument": "",
            "redcap_repeat_instance": "",
            "redcap_data_access_group": self.group,
            **self.base,
        }
        for form, rows in self.forms.items():
            for instance, row in enumerate(rows, start=1):
                yield {
                    "record_id": self.record,
                    "redcap_repeat_instrument": form,
                    "redcap_repeat_instance": str(instance),
                    **row,
                }


def _entered(values: Entries) -> Row:
    """Keep what was entered, as text."""
    return {name: str(value) for name, value in values.items() if value is not None and value != ""}


def ticks(name: str, codes: Iterable[str]) -> Row:
    """Tick the boxes of a checkbox field."""
    return {f"{name}___{code}": "1" for code in sorted(codes)}
