"""What is remembered of one project between its runs. All of it may be lost: the next full pass finds it anew."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, delete, func, insert, or_, select, update

from redcap_licats.journal.engine import transaction
from redcap_licats.journal.model import Hold, Known, Remembered, Standing
from redcap_licats.journal.schema import holds, logged, projects, records, reports
from redcap_licats.journal.shelf import Shelf

#: values in one statement, below the limit of every database
_CHUNK = 500


class Memory:
    """The memory of one project. Every method is one transaction.

    Args:
        engine: The state's database.
        project: Key of the project, which no other project has: its server and number.
    """

    def __init__(self, engine: Engine, project: str) -> None:
        self._engine = engine
        self._project = project

    # --- the project ----------------------------------------------------------------------------------

    def known(self) -> Known | None:
        """Give what the last finished run left; None if there was none."""
        with transaction(self._engine) as connection:
            row = connection.execute(select(projects).where(projects.c.project == self._project)).one_or_none()
        if row is None:
            return None
        values = row._mapping
        return Known(
            watermark=dt.datetime.fromisoformat(values[projects.c.watermark]),
            offset=dt.timedelta(seconds=values[projects.c.offset_seconds]),
            seen=frozenset(json.loads(values[projects.c.seen])),
            conditions=values[projects.c.conditions],
            setup=values[projects.c.setup],
            full_pass=dt.datetime.fromisoformat(values[projects.c.full_pass]),
            logged=dt.datetime.fromisoformat(mark) if (mark := values[projects.c.logged]) else None,
            heard=values[projects.c.heard],
            heard_since=frozenset(json.loads(values[projects.c.heard_since])),
        )

    def learn(self, known: Known) -> None:
        """Take over what a finished run leaves."""
        with transaction(self._engine) as connection:
            connection.execute(delete(projects).where(projects.c.project == self._project))
            connection.execute(
                insert(projects).values(
                    project=self._project,
                    watermark=known.watermark.isoformat(),
                    offset_seconds=known.offset // dt.timedelta(seconds=1),
                    seen=json.dumps(sorted(known.seen)),
                    conditions=known.conditions,
                    setup=known.setup,
                    full_pass=known.full_pass.isoformat(),
                    logged=known.logged.isoformat() if known.logged else None,
                    heard=known.heard,
                    heard_since=json.dumps(sorted(known.heard_since)),
                )
            )

    def held(self) -> Hold | None:
        """Say since when and after the undoing of which run nothing may be written; None if all is free."""
        with transaction(self._engine) as connection:
            row = connection.execute(select(holds).where(holds.c.project == self._project)).one_or_none()
        if row is None:
            return None
        return Hold(row._mapping[holds.c.run_id], dt.datetime.fromisoformat(row._mapping[holds.c.since]))

    def hold(self, hold: Hold) -> None:
        """Let nothing be written any more."""
        with transaction(self._engine) as connection:
            connection.execute(delete(holds).where(holds.c.project == self._project))
            connection.execute(
                insert(holds).values(project=self._project, run_id=hold.run_id, since=hold.since.isoformat())
            )

    def resume(self) -> None:
        """Let runs write again."""
        with transaction(self._engine) as connection:
            connection.execute(delete(holds).where(holds.c.project == self._project))

    def shelf(self) -> Shelf:
        """Give what REDCap's log tells of its records."""
        return Shelf(self._engine, self._project)

    # --- its reports ----------------------------------------------------------------------------------

    def last_report(self, audience: str, site: str, before: dt.date) -> dt.date | None:
        """Give the last day before another on which a report was made; None if there was none.

        The day itself does not count, so that a report made anew on the same day says the same.
        """
        mine = (reports.c.project == self._project) & (reports.c.audience == audience) & (reports.c.site == site)
        statement = select(func.max(reports.c.made)).where(mine, reports.c.made < before.isoformat())
        with transaction(self._engine) as connection:
            made = connection.scalar(statement)
        return dt.date.fromisoformat(made) if made else None

    def reported(self, audience: str, site: str, on: dt.date) -> None:
        """Take over that a report was made on a day."""
        row = {"project": self._project, "audience": audience, "site": site, "made": on.isoformat()}
        with transaction(self._engine) as connection:
            connection.execute(delete(reports).where(*(reports.c[name] == value for name, value in row.items())))
            connection.execute(insert(reports).values(row))

    # --- its records ----------------------------------------------------------------------------------

    def of(self, wanted: Collection[str]) -> Mapping[str, Remembered]:
        """Give what is remembered of some records; of those not remembered, nothing."""
        with transaction(self._engine) as connection:
            return {
                one.record: one
                for some in _chunks(wanted)
                for one in map(
                    _remembered, connection.execute(select(records).where(self._mine, records.c.record.in_(some)))
                )
            }

    def waiting(self, today: dt.date) -> tuple[str, ...]:
        """Give the records to work out although nothing changed: due by time, or unsettled and not frozen."""
        unsettled = (records.c.digest == "") & (records.c.standing != Standing.FROZEN.value)
        statement = select(records.c.record).where(
            self._mine, or_(unsettled, records.c.next_due <= today.isoformat())
        )
        return self._names(statement.order_by(records.c.record))

    def frozen(self) -> tuple[str, ...]:
        """Give the records that are locked as a whole."""
        frozen = records.c.standing == Standing.FROZEN.value
        return self._names(select(records.c.record).where(self._mine, frozen).order_by(records.c.record))

    def left_out(self) -> tuple[Remembered, ...]:
        """Give the records that could not be processed, each with its reason."""
        statement = select(records).where(self._mine, records.c.standing == Standing.LEFT_OUT.value)
        with transaction(self._engine) as connection:
            return tuple(_remembered(row) for row in connection.execute(statement.order_by(records.c.record)))

    def queries(self) -> tuple[int, int]:
        """Count the queries of all records that are held, and that are open."""
        statement = select(
            func.coalesce(func.sum(records.c.queries_held), 0), func.coalesce(func.sum(records.c.queries_open), 0)
        ).where(self._mine)
        with transaction(self._engine) as connection:
            held, open_ = connection.execute(statement).one()
        return int(held), int(open_)

    def remember(self, some: Iterable[Remembered]) -> None:
        """Take over how records came out of a run."""
        rows = [
            {
                "project": self._project,
                "record": one.record,
                "digest": one.digest,
                "next_due": one.next_due.isoformat() if one.next_due else None,
                "standing": one.standing.value,
                "reason": one.reason,
                "queries_held": one.queries_held,
                "queries_open": one.queries_open,
            }
            for one in some
        ]
        with transaction(self._engine) as connection:
            self._delete(connection, [str(row["record"]) for row in rows])
            if rows:
                connection.execute(insert(records), rows)

    def unsettle(self, some: Collection[str]) -> None:
        """Have records worked out again by the next run."""
        with transaction(self._engine) as connection:
            for chunk in _chunks(some):
                mine = self._mine & records.c.record.in_(chunk)
                connection.execute(update(records).where(mine).values(digest=""))

    def forget(self, some: Collection[str]) -> None:
        """Remember nothing of records any more."""
        with transaction(self._engine) as connection:
            self._delete(connection, some)
            for chunk in _chunks(some):
                its = (logged.c.project == self._project) & logged.c.record.in_(chunk)
                connection.execute(delete(logged).where(its))

    def keep_only(self, existing: Collection[str]) -> None:
        """Forget all records but those that exist."""
        kept = frozenset(existing)
        self.forget(self.names() - kept)

    def names(self) -> frozenset[str]:
        """Give all records that are remembered."""
        return frozenset(self._names(select(records.c.record).where(self._mine)))

    @property
    def _mine(self) -> ColumnElement[bool]:
        return records.c.project == self._project

    def _names(self, statement: Select[tuple[str]]) -> tuple[str, ...]:
        with transaction(self._engine) as connection:
            return tuple(connection.scalars(statement))

    def _delete(self, connection: Connection, some: Collection[str]) -> None:
        for chunk in _chunks(some):
            connection.execute(delete(records).where(self._mine, records.c.record.in_(chunk)))


def _chunks(names: Collection[str]) -> Iterator[list[str]]:
    listed = list(names)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]


def _remembered(row: Row[tuple[object, ...]]) -> Remembered:
    values = row._mapping
    due = values[records.c.next_due]
    return Remembered(
        record=values[records.c.record],
        digest=values[records.c.digest],
        next_due=dt.date.fromisoformat(due) if due else None,
        standing=Standing(values[records.c.standing]),
        reason=values[records.c.reason],
        queries_held=values[records.c.queries_held],
        queries_open=values[records.c.queries_open],
    )
