"""Keep runs on different machines from overlapping where they share a PostgreSQL state.

The lock is an advisory one of the session: the server gives it back whatever way the client ends. Who holds it
stands in a table beside it, together with the server's process that serves the holder; so what an earlier holder
left behind is never taken for the present one's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, Engine, bindparam, delete, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from redcap_licats.errors import RUN_LOCKED, ConfigError, GuardError
from redcap_licats.journal.schema import owners

#: the server finds out within two minutes that the holder's machine is gone, and never ends an idle holder itself
_SESSION: Mapping[str, str] = {
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "15",
    "tcp_keepalives_count": "4",
    "idle_session_timeout": "0",
}
_SET = text("SELECT set_config(name, :value, false) FROM pg_settings WHERE name = :name")
_NUMBER = bindparam("number", type_=BigInteger)
_TRY = text("SELECT pg_try_advisory_lock(:number)").bindparams(_NUMBER)
_GIVE_BACK = text("SELECT pg_advisory_unlock(:number)").bindparams(_NUMBER)
_SERVED_BY = text("SELECT pg_backend_pid()")
#: the server's process that serves who holds the lock; one number of 64 bits is kept as two of 32
_HOLDER = text(
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND ((classid::bigint << 32) | objid::bigint) = :number"
).bindparams(_NUMBER)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a lock, and since when."""

    pid: int
    host: str
    since: dt.datetime

    @classmethod
    def here(cls, now: dt.datetime) -> Owner:
        """Give this process."""
        return cls(os.getpid(), socket.gethostname(), now)

    def words(self, now: dt.datetime) -> str:
        """Name it for the message of a run that has to wait."""
        minutes = int((now - self.since).total_seconds() // 60)
        return f"process {self.pid} on {self.host}, for {minutes} minutes"


def locked(owner: Owner | None, now: dt.datetime, where: str) -> GuardError:
    """Give the refusal of a run that finds another one going on.

    Args:
        owner: Who holds the lock; None if it has taken it this very moment and not yet written its name.
        now: The worker's clock.
        where: The lock.
    """
    return GuardError(
        RUN_LOCKED,
        f"Another run is going on: {owner.words(now) if owner else 'it has just begun'}",
        where=where,
        remedy="Wait for it to end. If it hangs, end that process; the lock goes with it.",
    )


class Claim:
    """A lock that is held by a session of the server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def check(self) -> None:
        """Make sure that the session is still there, and with it the lock.

        Raises:
            GuardError: The server has ended the session; another run may have begun.
        """
        try:
            self._connection.execute(_SERVED_BY)
        except SQLAlchemyError as error:
            raise GuardError(
                "RUN-LOCK-LOST",
                "The database of the state ended the session that keeps other runs away; no more is written",
                where="state",
                remedy="Look into its log for the reason; the next run goes on from here.",
            ) from error


@contextmanager
def claim(engine: Engine, name: str, *, now: dt.datetime) -> Iterator[Claim | None]:
    """Hold a lock of a PostgreSQL database; of others do nothing, and give None.

    Args:
        engine: The state's database, with its schema up to date.
        name: Name of the lock, the same for all runs that must not overlap.
        now: Written beside the lock for the message of a run that has to wait.

    Raises:
        GuardError: Another run holds it; says which process, where, and for how long.
        ConfigError: The database cannot be used.
    """
    if engine.dialect.name != "postgresql":
        yield None
        return
    number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
    with _session(engine) as connection:
        try:
            _take(connection, number, name, now)
        except SQLAlchemyError as error:
            raise _unusable(error) from error
        try:
            yield Claim(connection)
        finally:
            # should the session be gone, so is the lock
            with suppress(SQLAlchemyError):
                connection.execute(delete(owners).where(owners.c.name == name))
                connection.execute(_GIVE_BACK, {"number": number})


@contextmanager
def _session(engine: Engine) -> Iterator[Connection]:
    """Give a session of its own, with no transaction open while it waits."""
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except SQLAlchemyError as error:
        raise _unusable(error) from error
    try:
        yield connection
    finally:
        # never back into the pool: whatever it still holds ends with it
        with suppress(SQLAlchemyError):
            connection.invalidate()
        connection.close()


def _take(connection: Connection, number: int, name: str, now: dt.datetime) -> None:
    for setting, value in _SESSION.items():
        connection.execute(_SET, {"name": setting, "value": value})
    if not connection.scalar(_TRY, {"number": number}):
        raise locked(_owner(connection, number, name), now, "state")
    me = Owner.here(now)
    connection.execute(delete(owners).where(owners.c.name == name))
    connection.execute(
        insert(owners).values(
            name=name,
            served_by=connection.scalar(_SERVED_BY),
            pid=me.pid,
            host=me.host,
            since=me.since.isoformat(),
        )
    )


def _owner(connection: Connection, number: int, name: str) -> Owner | None:
    holder = connection.scalar(_HOLDER, {"number": number})
    row = connection.execute(
        select(owners).where(owners.c.name == name, owners.c.served_by == holder)
    ).one_or_none()
    if row is None:
        return None
    values = row._mapping
    since = dt.datetime.fromisoformat(values[owners.c.since])
    return Owner(values[owners.c.pid], values[owners.c.host], since)


def _unusable(error: SQLAlchemyError) -> ConfigError:
    return ConfigError(
        "STATE-OPEN",
        f"The local state cannot be locked ({type(error).__name__})",
        where="state",
        remedy="Check that its database runs and that its user may connect more than once.",
    )
