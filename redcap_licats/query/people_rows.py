"""What people wrote outside REDCap, as rows of the instruments that people write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Cells that one instance of an instrument of people is to hold; all cells it does not name stay.

    Attributes:
        record, form, number: The instance.
        cells: Field to value; '' blanks.
    """

    record: str
    form: str
    number: int
    cells: Mapping[str, str]
