"""Records that somebody said were saved, from then until they were worked off, whatever happens to the process.

A hint says that a record is to be looked at, and nothing else. A record waits once, however often hinted at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from redcap_licats.journal.engine import transaction
from redcap_licats.journal.schema import hints


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a record waits for further saves: after the last one, and after the first one at most."""

    after_last: dt.timedelta
    at_most: dt.timedelta


#: for what comes in batches anyway
NONE = Patience(dt.timedelta(0), dt.timedelta(0))


@dataclass(frozen=True, slots=True)
class Hint:
    """A record to look at, how often it was hinted at (``number``), and how often work on it failed."""

    record: str
    number: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many records wait, and since when the oldest does."""

    count: int
    since: dt.datetime | None


class HintQueue:
    """The hints of one project. Every method is one transaction.

    Args:
        engine: The state's database.
        project: Key of the project.
    """

    def __init__(self, engine: Engine, project: str) -> None:
        self._engine = engine
        self._project = project
        self._mine = hints.c.project == project

    def put(self, records: Collection[str], at: dt.datetime, patience: Patience) -> None:
        """Have records looked at; they are on the disk when this returns."""
        put_hints(self._engine, {(self._project, record) for record in records}, at, patience)

    def take(self, at: dt.datetime, limit: int) -> tuple[Hint, ...]:
        """Give what is due, the longest due first. It stays in the queue until settled."""
        statement = select(hints.c.record, hints.c.number, hints.c.attempts).where(
            self._mine, hints.c.due <= _text(at)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(statement.order_by(hints.c.due, hints.c.record).limit(limit))
            return tuple(Hint(*row) for row in rows)

    def settle(self, done: Sequence[Hint], at: dt.datetime, patience: Patience) -> None:
        """Remove what was worked off; what was hinted at again meanwhile waits anew."""
        if not done:
            return
        one = self._mine & (hints.c.record == bindparam("name"))
        seen = hints.c.number == bindparam("seen")
        again = update(hints).where(one).values({"attempts": 0, **_times(at, patience)})
        names = [{"name": hint.record, "seen": hint.number} for hint in done]
        with transaction(self._engine) as connection:
            connection.execute(delete(hints).where(one, seen), names)
            connection.execute(again, [{"name": hint.record} for hint in done])

    def delay(self, failed: Sequence[Hint], until: dt.datetime) -> None:
        """Try again later what could not be worked off."""
        some = [hint.record for hint in failed]
        later = {"due": _text(until), "attempts": hints.c.attempts + 1}
        with transaction(self._engine) as connection:
            connection.execute(update(hints).where(self._mine, hints.c.record.in_(some)).values(later))

    def forget(self, record: str) -> None:
        """Remove a record, worked off or not."""
        with transaction(self._engine) as connection:
            connection.execute(delete(hints).where(self._mine, hints.c.record == record))

    def next_due(self) -> dt.datetime | None:
        """Say when something is due next; None if nothing waits."""
        with transaction(self._engine) as connection:
            due = connection.scalar(select(func.min(hints.c.due)).where(self._mine))
        return dt.datetime.fromisoformat(due) if due else None

    def waiting(self) -> Waiting:
        """Count what waits."""
        with transaction(self._engine) as connection:
            count, first = connection.execute(
                select(func.count(), func.min(hints.c.first)).where(self._mine)
            ).one()
        return Waiting(int(count), dt.datetime.fromisoformat(first) if first else None)


def put_hints(engine: Engine, told: Collection[tuple[str, str]], at: dt.datetime, patience: Patience) -> None:
    """Put hints of several projects into one state in one transaction.

    Args:
        engine: The state's database.
        told: Keys of projects, each with a record.
        at: Now, in UTC.
        patience: How long to wait for further saves.

    Raises:
        ConfigError: The state cannot be written; nothing was.
    """
    times = _times(at, patience)
    rows = [
        {"project": project, "record": record, "number": 1, "attempts": 0, **times}
        for project, record in sorted(told)
    ]
    if not rows:
        return
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    new = insert(hints)
    due = case(
        # what failed waits for its turn, or a stream of saves would drive the worker against a wall
        (hints.c.attempts > 0, hints.c.due),
        (hints.c.latest < new.excluded.due, hints.c.latest),
        else_=new.excluded.due,
    )
    with transaction(engine) as connection:
        connection.execute(
            new.on_conflict_do_update(
                index_elements=[hints.c.project, hints.c.record],
                set_={"due": due, "number": hints.c.number + 1},
            ),
            rows,
        )


def _times(at: dt.datetime, patience: Patience) -> dict[str, str]:
    latest = _text(at + patience.at_most)
    return {"first": _text(at), "latest": latest, "due": min(_text(at + patience.after_last), latest)}


def _text(time: dt.datetime) -> str:
    """Write a moment so that its text sorts as it does."""
    return time.isoformat(timespec="microseconds")
