"""Open the database of the local state, and turn its failures into errors with a remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from redcap_licats.errors import ConfigError
from redcap_licats.journal.migrations import migrate

FILE = "journal.sqlite"
#: databases of which is known how runs are kept apart
_KNOWN = ("postgresql", "sqlite")


def open_engine(state: str) -> Engine:
    """Open the state and bring its schema up to date.

    Args:
        state: A folder (created with mode 0700, its file with 0600) or an SQLAlchemy URL.

    Raises:
        ConfigError: It cannot be opened.
    """
    try:
        engine = _engine(state)
        with engine.begin() as connection:
            migrate(connection)
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise ConfigError(
            "STATE-OPEN",
            f"The local state cannot be opened ({type(error).__name__})",
            where=state if "://" not in state else "state",
            remedy="Check the key 'state', its driver, and that the worker's user may write there.",
        ) from error
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Do everything within the block, or nothing.

    Raises:
        ConfigError: The state cannot be read or written.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise ConfigError(
            "STATE-WRITE",
            f"The local state cannot be read or written ({type(error).__name__})",
            where="state",
            remedy="Check that its disk is not full and its database runs; then run again.",
        ) from error


def _engine(state: str) -> Engine:
    if "://" in state:
        kind = make_url(state).get_backend_name()
        if kind not in _KNOWN:
            raise ConfigError(
                "STATE-OPEN",
                f"The local state cannot be kept in a database of the kind '{kind}'",
                where="state",
                remedy="Give a folder, or an address such as postgresql+psycopg://user@server/database",
            )
        return create_engine(state)
    folder = Path(state)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / FILE
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    file.chmod(0o600)
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _lock_from_the_start)
    return engine


def _prepare(connection: SqliteConnection, _record: object) -> None:
    # the driver would otherwise begin late and commit before DDL, and a migration could end half done
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA foreign_keys = ON")
    # what is forgotten must not linger in the file
    connection.execute("PRAGMA secure_delete = ON")


def _lock_from_the_start(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
