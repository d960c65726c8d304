"""Tables against recorded tables, cell by cell; a difference is explained only for a listed class.

``recording older than its XML`` needs evidence: the sandbox gives what the project XML itself holds, and the
recording gives something else.
"""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import count

CALCULATED = "calculated values not in a fresh project"
OLDER = "recording older than its XML"

Row = Mapping[str, str]
Key = tuple[str, ...]
Same = Callable[[str, str], bool]


@dataclass(frozen=True)
class Cell:
    """A cell that differs; None where the row or the column is not there at all."""

    key: Key
    column: str
    recorded: str | None
    got: str | None

    def __str__(self) -> str:
        place = ", ".join(self.key)
        return f"[{place}] {self.column}: recorded {_short(self.recorded)}, got {_short(self.got)}"


def _short(value: str | None) -> str:
    return textwrap.shorten(repr(value), 80)


Explain = Callable[[Cell], str]


@dataclass(frozen=True)
class Outcome:
    """How a recording and the sandbox's answer compare.

    Attributes:
        cells: Cells that are the same.
        explained: Cells by class.
        left_out: Cells that belong to the recording server, such as its numbers and clock.
        different: Everything else, one line each.
    """

    cells: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    different: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Name the result in a word."""
        if self.different:
            return "different"
        return "explained" if self.explained else "identical"


def read_table(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    """Read CSV into rows; a reply without records has none."""
    return list(csv.DictReader(io.StringIO(text.strip("\n") and text), delimiter=delimiter, strict=True))


def same_text(recorded: str, got: str) -> bool:
    """Compare the bytes; truth values are what an analysis package made of 0 and 1."""
    return recorded == got or {"TRUE": "1", "FALSE": "0"}.get(recorded) == got


def same_content(recorded: str, got: str) -> bool:
    """Compare what is left after R's readr guessed types: truth values, numbers, times, no outer blanks."""
    one, other = recorded.strip(), got.strip()
    truths = {"TRUE": ("1", "True"), "FALSE": ("0", "False")}
    if one == other or other in truths.get(one, ()) or _time(one) == _time(other) != "":
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _time(text: str) -> str:
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2})?Z?", text)
    return f"{found[1]} {found[2]}" if found else ""


def compare(
    recorded: Sequence[Row],
    got: Sequence[Row],
    *,
    key: Sequence[str],
    explain: Explain,
    same: Same = same_text,
    left_out: Collection[str] = (),
) -> Outcome:
    """Compare two tables; rows belong together by their key (equal keys: in order), columns by name."""
    expected, answered = _keyed(recorded, key), _keyed(got, key)
    total, left, explained = 0, 0, Counter[str]()
    different = _order("rows", [*expected], [*answered])
    columns = list(recorded[0]) if recorded else []
    given = list(got[0]) if got else columns
    if recorded:
        different += _order("columns", columns, given)
    every = [*columns, *(column for column in given if column not in columns)]
    for row_key in [*expected, *(row_key for row_key in answered if row_key not in expected)]:
        for column in every:
            one, other = expected.get(row_key, {}).get(column), answered.get(row_key, {}).get(column)
            if column in left_out:
                left += 1
            elif one is not None and other is not None and same(one, other):
                total += 1
            else:
                cell = Cell(row_key, column, one, other)
                reason = explain(cell)
                if reason:
                    explained[reason] += 1
                else:
                    different.append(str(cell))
    return Outcome(total, explained, left, tuple(different))


def _keyed(rows: Sequence[Row], key: Sequence[str]) -> dict[Key, Row]:
    seen: dict[Key, count[int]] = {}
    keyed: dict[Key, Row] = {}
    for row in rows:
        own = tuple(row.get(name, "") for name in key)
        number = next(seen.setdefault(own, count(1)))
        keyed[own if number == 1 else (*own, f"#{number}")] = row
    return keyed


def _order(what: str, recorded: Sequence[object], got: Sequence[object]) -> list[str]:
    common = set(recorded) & set(got)
    one, other = ([item for item in items if item in common] for items in (recorded, got))
    return [] if one == other else [f"order of {what}: recorded {one}, got {other}"]
