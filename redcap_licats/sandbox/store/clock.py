"""The server's clock: wall-clock time without zone, as REDCap writes it, and shiftable for rehearsals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

STAMP = "%Y-%m-%d %H:%M:%S"


class Clock:
    """Gives the server's time.

    Attributes:
        ahead: How far the server's clock goes ahead of this machine's.
    """

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def instant(self) -> datetime:
        """Give the present, aware of its zone."""
        return datetime.now(UTC) + self.ahead

    def stamp(self) -> str:
        """Give the present as the server's local ``YYYY-MM-DD HH:MM:SS``."""
        return self.instant().astimezone().strftime(STAMP)

    def today(self) -> str:
        """Give the server's day as ``YYYY-MM-DD``."""
        return self.stamp()[:10]
