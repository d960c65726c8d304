"""What REDCap's log tells of a project's records, kept so that it need not be read again for each of them.

Only what checks follow is kept: on which days an organ event was saved, and the changes of its grade and of the
organ's involvement. All of it may be lost: REDCap's log has it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Engine, delete, insert, select

from redcap_licats.journal.engine import transaction
from redcap_licats.journal.model import Logged
from redcap_licats.journal.schema import logged

#: the columns of a :class:`Logged`, in the order of its attributes
_LOGGED = (
    logged.c.record,
    logged.c.at,
    logged.c.form,
    logged.c.instance,
    logged.c.field,
    logged.c.value,
)


class Shelf:
    """The shelf of one project. Every method is one transaction.

    Args:
        engine: The state's database.
        project: Key of the project.
    """

    def __init__(self, engine: Engine, project: str) -> None:
        self._engine = engine
        self._mine = logged.c.project == project
        self._project = project

    def of(self, records: Collection[str]) -> dict[str, list[Logged]]:
        """Give what is kept of each of some records, oldest first."""
        kept: dict[str, list[Logged]] = {record: [] for record in records}
        # by record first, as the primary key has them: else a database may go through all that is kept
        statement = select(*_LOGGED).where(self._mine, logged.c.record.in_(kept))
        ordered = statement.order_by(logged.c.record, logged.c.at, logged.c.number)
        with transaction(self._engine) as connection:
            for record, at, *rest in connection.execute(ordered):
                kept[record].append(Logged(record, dt.datetime.fromisoformat(at), *rest))
        return kept

    def rewrite(self, since: dt.datetime, told: Iterable[Logged]) -> None:
        """Put what the log tells since a moment, oldest first, in the place of what is kept since then."""
        self._replace(logged.c.at >= since.isoformat(), (one for one in told if one.at >= since))

    def replace(self, record: str, told: Iterable[Logged]) -> None:
        """Put what the log tells of a record, oldest first, in the place of what is kept of it."""
        self._replace(logged.c.record == record, told)

    def _replace(self, which: ColumnElement[bool], told: Iterable[Logged]) -> None:
        rows = [
            {
                "project": self._project,
                "record": one.record,
                "at": one.at.isoformat(),
                "number": number,
                "form": one.form,
                "instance": one.instance,
                "field": one.field,
                "value": one.value,
            }
            for number, one in enumerate(told)
        ]
        with transaction(self._engine) as connection:
            connection.execute(delete(logged).where(self._mine, which))
            if rows:
                connection.execute(insert(logged), rows)
