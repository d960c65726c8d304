"""What all typed forms share: places, cells, dates of which the day may be unknown."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, NamedTuple

Tri = Literal["yes", "no", "unknown"]


class Place(NamedTuple):
    """Where a row stands: our instrument's name, instance (1 where it does not repeat), event ('' if classic).

    A tuple, as :class:`Input` is: of both there are hundreds in every record, sorted, hashed and compared.
    """

    form: str
    instance: int = 1
    event: str = ""


class Input(NamedTuple):
    """One cell that a result was computed from: place, our variable, value as entered, unit."""

    place: Place
    field: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day may be unknown; the day is never imputed."""

    year: int
    month: int
    day: int | None = None

    @property
    def exact(self) -> dt.date | None:
        """The date if the day is known."""
        return dt.date(self.year, self.month, self.day) if self.day else None

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}" + (f"-{self.day:02}" if self.day else "")
