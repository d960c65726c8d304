"""Reports of a study that lets no values out: what was entered is masked where a report is gathered."""

from __future__ import annotations

import re
from dataclasses import replace

from redcap_licats.journal.model import Entry
from redcap_licats.report.model import QueryLine, Value

#: Stands for a value that is there and not told.
MASK = "•••"

#: Numbers, dates and times; not the digit of a name such as C3, SpO2 or D28.
_NUMBER = re.compile(r"(?<![A-Za-z\d])\d(?:[\d.,:/-]*\d)?")


def mask_numbers(text: str) -> str:
    """Mask the numbers and dates in a text."""
    return _NUMBER.sub(MASK, text)


def mask_value(value: Value | None) -> Value | None:
    """Mask a value; that a cell is blank or gone may be told."""
    return Value(raw="", masked=True) if value and value.raw else value


def mask_query(line: QueryLine) -> QueryLine:
    """Mask what a query tells of values, in comments as well."""
    return replace(
        line,
        value_now=mask_value(line.value_now),
        value_raised=mask_value(line.value_raised) or line.value_raised,
        text=mask_numbers(line.text),
        answer_comment=mask_numbers(line.answer_comment),
        decision_comment=mask_numbers(line.decision_comment),
        remark=mask_numbers(line.remark),
    )


def mask_change(entry: Entry) -> Entry:
    """Mask what a cell held before and after it was written."""
    change = entry.change
    old, new = (MASK if value else "" for value in (change.old, change.new))
    return replace(entry, change=replace(change, old=old, new=new))
