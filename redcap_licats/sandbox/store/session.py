"""One transaction: projects, users, numbers and settings. Records, log and files have modules of their own."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from redcap_licats.definition.model import Project
from redcap_licats.sandbox.store.clock import Clock
from redcap_licats.sandbox.store.site import DEFINITION, STATE, USER, Site, State
from redcap_licats.sandbox.store.users import User

#: of SQLite's integers
_LARGEST = (1 << 63) - 1


class Numbered(StrEnum):
    """Kinds of things that have a number beside their name."""

    EVENT = "event"
    GROUP = "access group"
    REPORT = "report"
    ROLE = "role"


class Session:
    """What can be read and written within one transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        clock: Clock,
        cache: dict[int, tuple[int, Site]],
        lock: threading.Lock,
    ) -> None:
        self.connection = connection
        self.clock = clock
        self._cache = cache
        self._lock = lock

    # Projects

    def add_site(self, definition: Project, state: State) -> Site:
        """Store a new project without its data."""
        bare = replace(definition, cells=(), record_groups={})
        cursor = self.connection.execute(
            "INSERT INTO projects (revision, definition, state) VALUES (1, ?, ?)",
            (DEFINITION.dump_json(bare).decode(), STATE.dump_json(state).decode()),
        )
        return Site(_new_id(cursor), bare, state)

    def site(self, project: int) -> Site | None:
        """Give a project, parsed once per revision; none has a number that the database cannot hold."""
        if project > _LARGEST:
            return None
        found = self.connection.execute("SELECT revision FROM projects WHERE id = ?", (project,)).fetchone()
        if found is None:
            return None
        revision: int = found[0]
        with self._lock:
            cached = self._cache.get(project)
        if cached is not None and cached[0] == revision:
            return cached[1]
        definition, state = self.connection.execute(
            "SELECT definition, state FROM projects WHERE id = ?", (project,)
        ).fetchone()
        site = Site(project, DEFINITION.validate_json(definition), STATE.validate_json(state))
        with self._lock:
            self._cache[project] = (revision, site)
        return site

    def sites(self) -> list[Site]:
        """Give all projects."""
        numbers = [number for (number,) in self.connection.execute("SELECT id FROM projects ORDER BY id")]
        return [site for number in numbers if (site := self.site(number)) is not None]

    def save_site(self, site: Site) -> None:
        """Store a changed definition or state."""
        self.connection.execute(
            "UPDATE projects SET revision = revision + 1, definition = ?, state = ? WHERE id = ?",
            (DEFINITION.dump_json(site.definition).decode(), STATE.dump_json(site.state).decode(), site.id),
        )

    def number(self, project: int, kind: Numbered, name: str) -> int:
        """Give the number of a named thing such as an event; the same every time, new on first asking."""
        key = (project, kind, name)
        found = self.connection.execute(
            "SELECT id FROM numbers WHERE project = ? AND kind = ? AND name = ?", key
        ).fetchone()
        if found is not None:
            return int(found[0])
        return _new_id(self.connection.execute("INSERT INTO numbers (project, kind, name) VALUES (?, ?, ?)", key))

    def numbered(self, project: int, kind: Numbered, number: int) -> str | None:
        """Give the name of the thing with a number."""
        found = self.connection.execute(
            "SELECT name FROM numbers WHERE project = ? AND kind = ? AND id = ?", (project, kind, number)
        ).fetchone()
        return None if found is None else str(found[0])

    def rename_number(self, project: int, kind: Numbered, old: str, new: str) -> None:
        """Let a thing keep its number under another name."""
        self.connection.execute(
            "UPDATE numbers SET name = ? WHERE project = ? AND kind = ? AND name = ?", (new, project, kind, old)
        )

    # Users

    def save_user(self, project: int, user: User) -> None:
        """Add or change a user."""
        self.connection.execute(
            "INSERT INTO users (project, username, token, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (project, username) DO UPDATE SET token = excluded.token, body = excluded.body",
            (project, user.username, user.token or None, USER.dump_json(user).decode()),
        )

    def delete_user(self, project: int, username: str) -> None:
        """Remove a user and with it its token."""
        self.connection.execute("DELETE FROM users WHERE project = ? AND username = ?", (project, username))

    def users(self, project: int) -> Iterator[User]:
        """Give all users of a project by name."""
        found = self.connection.execute("SELECT body FROM users WHERE project = ? ORDER BY username", (project,))
        return (USER.validate_json(body) for (body,) in found)

    def user(self, project: int, username: str) -> User | None:
        """Give a user of a project by name."""
        found = self.connection.execute(
            "SELECT body FROM users WHERE project = ? AND username = ?", (project, username)
        ).fetchone()
        return None if found is None else USER.validate_json(found[0])

    def holder(self, token: str) -> tuple[int, User] | None:
        """Give project and user of a token."""
        found = self.connection.execute("SELECT project, body FROM users WHERE token = ?", (token,)).fetchone()
        return None if found is None else (found[0], USER.validate_json(found[1]))


def new_token() -> str:
    """Make a project token: 32 hexadecimal characters."""
    return secrets.token_hex(16).upper()


def _new_id(cursor: sqlite3.Cursor) -> int:
    if cursor.lastrowid is None:
        raise sqlite3.ProgrammingError("the insert gave no row id")
    return cursor.lastrowid
