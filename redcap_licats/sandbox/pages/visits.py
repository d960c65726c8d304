"""Who is signed in, by an opaque cookie; kept in memory, so that a restart signs everybody out."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

COOKIE = "licats_sandbox"
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell on the next page.

    Attributes:
        key: Its text.
        kind: ``good``, ``warn`` or ``bad``.
        facts: What fills the text's placeholders.
        lines: What is listed below it.
    """

    key: str
    kind: str = "good"
    facts: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser.

    Attributes:
        key: Value of the cookie.
        csrf: What every form has to send back.
        users: Name of the user signed in, by project.
        notices: What the next page has to tell.
    """

    key: str
    csrf: str
    users: Mapping[int, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()


class Visits:
    """All visits; the oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Visit] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, users: Mapping[int, str] | None = None) -> Visit:
        """Open a visit under a new key."""
        visit = Visit(secrets.token_urlsafe(32), secrets.token_urlsafe(32), dict(users or {}))
        with self._lock:
            self._held[visit.key] = visit
            while len(self._held) > _MOST:
                self._held.popitem(last=False)
        return visit

    def find(self, key: str) -> Visit | None:
        """Give a visit by the value of its cookie."""
        with self._lock:
            visit = self._held.get(key)
            if visit is not None:
                self._held.move_to_end(key)
            return visit

    def sign_in(self, visit: Visit, project: int, username: str) -> Visit:
        """Make a visit that of a user; its key and token are new, so that nobody can have planted them."""
        self._forget(visit)
        return self.begin({**visit.users, project: username})

    def sign_out(self, visit: Visit, project: int) -> Visit:
        """End a user's visit to a project."""
        self._forget(visit)
        return self.begin({number: name for number, name in visit.users.items() if number != project})

    def tell(self, visit: Visit, *notices: Notice) -> None:
        """Keep something to be told on the next page."""
        with self._lock:
            held = self._held.get(visit.key)
            if held is not None:
                self._held[visit.key] = replace(held, notices=(*held.notices, *notices))

    def take_notices(self, visit: Visit) -> tuple[Notice, ...]:
        """Give what is to be told, once."""
        with self._lock:
            held = self._held.get(visit.key)
            if held is None:
                return ()
            self._held[visit.key] = replace(held, notices=())
            return held.notices

    def _forget(self, visit: Visit) -> None:
        with self._lock:
            self._held.pop(visit.key, None)
