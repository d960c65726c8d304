"""The cells of one row, read by concept; what does not fit its field is noted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from fractions import Fraction
from typing import TypeVar

from redcap_licats.subject.model import Input, PartialDate, Place
from redcap_licats.subject.values import read_date, read_integer, read_month, read_number

T = TypeVar("T")
S = TypeVar("S", bound=str)

_YES_NO = {"1": True, "0": False}


class Cells:
    """One instance of an instrument, read by concept (the variable is ``<stem>_<concept>``).

    Attributes:
        place: Where the row stands.
        row: Its non-blank cells by column name, as entered.
        asked: Every variable that was asked for, blank or not.
        unreadable: Cells whose value does not fit their field.
    """

    def __init__(self, place: Place, stem: str, row: Mapping[str, str], missing: Iterable[str]) -> None:
        self.place = place
        self.row = row
        self.asked: set[str] = set()
        self.unreadable: list[Input] = []
        self._stem = stem
        self._missing = frozenset(missing)

    def variable(self, concept: str) -> str:
        """Name the variable of a concept."""
        return f"{self._stem}_{concept}"

    def entered(self, concept: str) -> str:
        """Give a cell as entered; '' if blank."""
        variable = f"{self._stem}_{concept}"
        self.asked.add(variable)
        return self.row.get(variable, "")

    def text(self, concept: str) -> str:
        """Give a cell's text; '' if blank or a missing-data code."""
        variable = f"{self._stem}_{concept}"
        self.asked.add(variable)
        value = self.row.get(variable)
        return "" if not value or (value := value.strip()) in self._missing else value

    def touched(self, groups: Iterable[str], concepts: Collection[str]) -> dict[str, Collection[str]]:
        """Give the groups of concepts of which a cell may be filled, each with the concepts that may be.

        The variable of a concept in a group is ``<stem>_<group>_<concept>``. Of a row without any cell every one
        may be filled.
        """
        if not self.row:
            return dict.fromkeys(groups, concepts)
        start = len(self._stem) + 1
        filled: dict[str, list[str]] = {}
        for column in self.row:
            group, _, concept = column[start:].partition("_")
            filled.setdefault(group, []).append(concept)
        return {group: filled[group] for group in groups if group in filled}

    def refuse(self, concept: str) -> None:
        """Note that the value of a filled cell does not fit its field."""
        variable = self.variable(concept)
        self.unreadable.append(Input(self.place, variable, self.row[variable]))

    def _read(self, concept: str, reader: Callable[[str], T | None]) -> T | None:
        # as in text(), whose call would cost as much as what it does: nearly all cells are blank
        variable = f"{self._stem}_{concept}"
        self.asked.add(variable)
        value = self.row.get(variable)
        if not value or not (value := value.strip()) or value in self._missing:
            return None
        result = reader(value)
        if result is None:
            self.refuse(concept)
        return result

    def number(self, concept: str) -> Fraction | None:
        """Read an exact number."""
        return self._read(concept, read_number)

    def integer(self, concept: str) -> int | None:
        """Read a whole number."""
        return self._read(concept, read_integer)

    def date(self, concept: str) -> dt.date | None:
        """Read a date."""
        return self._read(concept, read_date)

    def month(self, concept: str) -> PartialDate | None:
        """Read a date of which the day is not known."""
        return self._read(concept, read_month)

    def yes_no(self, concept: str) -> bool | None:
        """Read a yes/no field."""
        return self._read(concept, _YES_NO.get)

    def meaning(self, concept: str, meanings: Mapping[str, T]) -> T | None:
        """Read a choice as what its codes mean."""
        return self._read(concept, meanings.get)

    def code(self, concept: str, known: Iterable[S]) -> S | None:
        """Read a choice whose codes speak for themselves."""
        value = self.text(concept)
        if not value:
            return None
        for one in known:
            if one == value:
                return one
        self.refuse(concept)
        return None

    def ticked(self, concept: str, known: Iterable[str]) -> frozenset[str]:
        """Read the ticked codes of a checkbox; its columns are ``<variable>___<code>``, in lower case."""
        variable = self.variable(concept)
        self.asked.add(variable)
        mark = f"{variable}___"
        ticked = [column.removeprefix(mark) for column in self.row if column.startswith(mark)]
        if not ticked:
            return frozenset()
        codes = {one.lower(): one for one in known}
        passed = {one.lower() for one in self._missing}
        result = set()
        for code in ticked:
            if code in codes:
                result.add(codes[code])
            elif code not in passed:
                self.unreadable.append(Input(self.place, variable, code))
        return frozenset(result)
