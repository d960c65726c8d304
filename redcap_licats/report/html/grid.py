"""A table of the page: texts only, with what sorting and filtering need to know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redcap_licats.cohort.table import Table


@dataclass(frozen=True, slots=True)
class Column:
    """A column: numbers stand right and sort as such; one with ``choices`` can be filtered by its values."""

    head: str
    number: bool = False
    choices: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, and an address where it is a link."""

    text: str
    url: str = ""


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes:
        key: Its name in the page, unique there.
        title: What stands above it.
        columns: Its columns; the first one names the row.
        rows: Its rows.
        total: Rows below, which sorting leaves where they are.
        tools: Whether rows can be looked for.
        folded: Whether it is so long that it is folded up at first where the page can do that.
        note: What has to be said about it.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: tuple[Row, ...] = ()
    tools: bool = False
    folded: bool = False
    note: str = ""


def cells(values: Iterable[object]) -> Row:
    """Make a row of plain values; None is a blank cell."""
    return tuple(Cell("" if value is None else str(value)) for value in values)


def counted(
    key: str, title: str, head: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]], total: str
) -> Grid:
    """Make a table of counts with its sums on both sides."""
    sums = [sum(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
    return Grid(
        key,
        title,
        (Column(head), *(Column(one, number=True) for one in columns), Column(total, number=True)),
        tuple(cells((label, *numbers, sum(numbers))) for label, numbers in rows),
        (cells((total, *sums, sum(sums))),) if rows else (),
    )


def of_cohort(key: str, table: Table, *, text_columns: Iterable[int] = (), last_is_total: bool = False) -> Grid:
    """Take over a table of the cohort; columns after the first hold numbers unless they are named."""
    words = {0, *text_columns}
    rows = tuple(cells(row) for row in table.rows)
    split = len(rows) - last_is_total
    return Grid(
        key,
        table.title,
        tuple(Column(head, number=place not in words) for place, head in enumerate(table.columns)),
        rows[:split],
        rows[split:],
    )
