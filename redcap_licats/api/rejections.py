"""Read the per-value error block of a refused import.

Source: facts/redcap_api.md 3.4. The block has four quoted columns (record, field, value, message), three in some
replies. The value is patient data: it is dropped here and appears in no message.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from redcap_licats.errors import RecordError

#: words by which REDCap says that a record or form is locked
LOCKED = "locked"
#: words by which REDCap says that there is no such record, to a user who may not create one
NOT_THERE = "create new records"


@dataclass(frozen=True, slots=True)
class Rejection:
    """One value that REDCap did not take: where it was meant to go and why it was refused."""

    record: str
    field: str
    message: str

    @property
    def locked(self) -> bool:
        """Whether the record or its form is locked, so that the value itself is not at fault."""
        return LOCKED in self.message.lower()

    @property
    def gone(self) -> bool:
        """Whether the record was deleted or renamed since it was read."""
        return NOT_THERE in self.message.lower()


class ImportRejected(RecordError):
    """REDCap refused an import because of single values. Nothing of the request was saved.

    Attributes:
        rejections: Every refused value, in REDCap's order.
    """

    def __init__(self, rejections: Sequence[Rejection], *, where: str = "") -> None:
        self.rejections = tuple(rejections)
        first = self.rejections[0]
        more = len(self.rejections) - 1
        super().__init__(
            "API-VALUE",
            f"REDCap refused field '{first.field}' of record '{first.record}': {first.message}"
            + (f" (and {more} more values)" if more else ""),
            where=where,
            remedy="Unlock the record, or compare the field's definition in REDCap with ours.",
        )

    def of(self, record: str) -> tuple[Rejection, ...]:
        """Give the refused values of one record."""
        return tuple(one for one in self.rejections if one.record == record)


def parse_rejections(message: str) -> tuple[Rejection, ...]:
    """Read an error block; empty if the text is anything else."""
    try:
        lines = [line for line in csv.reader(io.StringIO(message), strict=True) if line]
    except csv.Error:
        return ()
    if not message.lstrip().startswith('"') or any(len(line) not in (3, 4) for line in lines):
        return ()
    return tuple(_rejection(line) for line in lines)


def _rejection(line: list[str]) -> Rejection:
    record, field, *value, message = line
    for secret in filter(None, value):
        message = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "…", message)
    return Rejection(record, field, message)
