"""Read a long log slice by slice, oldest first, so that neither the server nor this machine holds all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from redcap_licats.api.exports import TOO_MUCH
from redcap_licats.errors import ServerError

#: a line, or what is kept of it
Line = TypeVar("Line", covariant=True)

#: lines that a reply had better not exceed by much
_LINES = 20_000
#: a slice is at most so many times as long as the one before, and never longer than a year
_GROWTH = 8
#: below an hour at most so many times: data that were brought in at once stand in few minutes
_CAREFUL, _HOUR = 2, dt.timedelta(hours=1)
_LONGEST = dt.timedelta(days=365)
#: the log is asked for by the minute, both ends included
_MINUTE = dt.timedelta(minutes=1)


class AskLog(Protocol[Line]):
    """Asks for the log between two moments, newest line first; see :meth:`client.RedcapClient.read_log`."""

    def __call__(self, begin: dt.datetime, end: dt.datetime | None = None, /) -> Sequence[Line]:
        """Ask."""


def slices(
    ask: AskLog[Line], begin: dt.datetime, dense: dt.datetime, now: dt.datetime
) -> Iterator[tuple[dt.datetime, Sequence[Line]]]:
    """Give the log since a moment, slice by slice, each with the minute it begins at; its lines come newest first.

    Slices are as long as their predecessors' number of lines makes it advisable. One that is too much for the
    server is asked for again in shorter ones.

    Args:
        ask: Asks for the log.
        begin: Beginning of the first slice.
        dense: From when on lines are to be expected; the first slice ends there.
        now: The server's wall clock, about. The last slice has no end.

    Raises:
        ServerError: The server refuses, or not even a minute can be had.
    """
    begin, end = (one.replace(second=0, microsecond=0) for one in (begin, max(begin, dense)))
    length = _MINUTE
    while True:
        try:
            lines = ask(begin, end if end < now else None)
        except ServerError as error:
            if error.code not in TOO_MUCH or length == _MINUTE:
                raise
            length = max(_MINUTE, length / _GROWTH)
            end = begin + length - _MINUTE
            continue
        yield begin, lines
        if end >= now:
            return
        growth = _CAREFUL if length < _HOUR else _GROWTH
        wished = length * min(growth, _LINES / (len(lines) + 1))
        length = min(_LONGEST, max(_MINUTE, wished - wished % _MINUTE))
        begin = end + _MINUTE
        end = begin + length - _MINUTE
