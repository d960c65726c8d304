"""The server's file: connections, the super token, the version cache of projects."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from redcap_licats.sandbox.store.clock import Clock
from redcap_licats.sandbox.store.schema import SCHEMA
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site

_WAIT_SECONDS = 60.0
SUPER_TOKEN = "super_token"  # noqa: S105 - the name of the setting, not its value


class Server:
    """All projects of one server, in one SQLite file.

    Every request has a connection and a transaction of its own: writers queue, readers see a snapshot.
    """

    def __init__(self, path: Path, *, version: str = "16.0.8") -> None:
        self.path = path
        self.version = version
        self.clock = Clock()
        self._sites: dict[int, tuple[int, Site]] = {}
        self._lock = threading.Lock()
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)
            connection.execute(
                "INSERT OR IGNORE INTO server (name, value) VALUES (?, ?)",
                (SUPER_TOKEN, secrets.token_hex(32).upper()),
            )
            found = connection.execute("SELECT value FROM server WHERE name = ?", (SUPER_TOKEN,)).fetchone()
        self.super_token: str = found[0]
        # While one connection is open, closing the others does not write the log back into the file each time.
        self._kept = self._connect()

    def is_super_token(self, token: str) -> bool:
        """Say whether a token is the super token."""
        return secrets.compare_digest(token.encode(), self.super_token.encode())

    def _connect(self) -> sqlite3.Connection:
        # The pool that runs a streamed reply may change threads between its pieces.
        connection = sqlite3.connect(
            self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a transaction that writes; it is kept if the block ends well and undone if it raises."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield Session(connection, self.clock, self._sites, self._lock)

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Open a transaction that only reads and sees the data as they are now, however long it lasts."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield Session(connection, self.clock, self._sites, self._lock)
