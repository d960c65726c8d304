"""Filter logic of exports, tested row by row on the whole record.

Source: facts/redcap_api.md 2.17.
"""

from __future__ import annotations

from dataclasses import dataclass

from redcap_licats.definition.logic import Expression, LogicError, is_true, parse, references
from redcap_licats.sandbox.data.context import Context
from redcap_licats.sandbox.data.rows import DataRow
from redcap_licats.sandbox.store.records import Record, rows_of
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User
from redcap_licats.sandbox.wire.reply import ApiError


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A condition that rows must meet."""

    site: Site
    user: User
    condition: Expression

    def kept(self, session: Session, record: Record, rows: list[DataRow]) -> list[DataRow]:
        """Give the rows of a record that meet the condition."""
        if not rows:
            return rows
        everything, now = rows_of(session, record.id), session.clock.stamp()
        return [
            row
            for row in rows
            if is_true(self.condition, Context(self.site, self.user, record, everything, row.key, now).scope())
        ]


def make_filter(site: Site, user: User, logic: str) -> RowFilter | None:
    """Give the filter of an export, None if it has none.

    Raises:
        ApiError: 400 if the logic cannot be read or names a field that does not exist.
    """
    if not logic:
        return None
    try:
        condition = parse(logic)
    except LogicError as error:
        raise ApiError(400, f"The filterLogic is not valid: {error.message} ({error.where})") from error
    unknown = sorted({one.field for one in references(condition)} - site.layout.known_fields)
    if unknown:
        raise ApiError(400, f"The filterLogic is not valid: there is no field {', '.join(unknown)}")
    return RowFilter(site, user, condition)
