"""One cell of the study's own as cells of ours. Exact: a number is converted as a fraction, never as a float."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from redcap_licats.mapping.model import Source
from redcap_licats.subject.values import read_number

Row = Mapping[str, str]

#: digits of the longest product of a number as laboratories print it and a factor
_DIGITS = 80


@dataclass(frozen=True, slots=True)
class Translation:
    """How one concept is read.

    Attributes:
        column: Our column.
        source: Where it comes from.
        unit_column: Our column of its unit; '' if it has none.
        ticks: Whether ours is a checkbox as a whole, of which the codes are ticked.
        options: Columns of a checkbox of theirs, by code; empty where theirs is none.
        missing: Their missing-data codes to the protocol's.
    """

    column: str
    source: Source
    unit_column: str
    ticks: bool
    options: Mapping[str, str]
    missing: Mapping[str, str]

    def read(self, row: Row) -> Iterator[tuple[str, str]]:
        """Give our columns and what they hold; nothing for a blank cell."""
        entered = self._ticked(row) if self.options else [row.get(self.source.field, "").strip()]
        values = [value for one in entered if one and (value := self._value(one))]
        if not values:
            return
        if self.ticks:
            yield from ((f"{self.column}___{value.lower()}", "1") for value in values)
        else:
            yield self.column, " ".join(values)
        if self.unit_column:
            yield self.unit_column, self.source.unit

    def begun(self, row: Row) -> bool:
        """Say whether anything was entered; REDCap gives 0 for every box of a form that nobody opened."""
        columns = self.options.values() or [self.source.field]
        return any(row.get(one, "").strip() not in ("", "0" if "___" in one else "") for one in columns)

    def _ticked(self, row: Row) -> list[str]:
        return [code for code, column in self.options.items() if row.get(column) == "1"]

    def _value(self, entered: str) -> str:
        """Translate what was entered; what has no translation stays, so that it shows as unreadable."""
        if self.source.codes is not None and entered in self.source.codes:
            return self.source.codes[entered]
        if "___" in self.source.field and entered == "0":
            return ""
        if entered in self.missing:
            return self.missing[entered]
        if self.source.take:
            date, _, time = entered.partition(" ")
            return date if self.source.take == "date" else time[:5]
        return multiplied(entered, self.source.factor) if self.source.factor else entered


def multiplied(entered: str, factor: Decimal) -> str:
    """Multiply a number exactly; give back what is no number."""
    number = read_number(entered)
    if number is None:
        return entered
    product = number * Fraction(factor)
    with localcontext(prec=_DIGITS):
        return f"{(Decimal(product.numerator) / Decimal(product.denominator)).normalize():f}"
