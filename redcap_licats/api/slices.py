"""Read a long log slice by slice, oldest first, so that neither the server nor this machine holds all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TypeVar

from redcap_licats.api.exports import TOO_MUCH
from redcap_licats.api.model import LogRange, LogType
from redcap_licats.errors import ServerError

#: a line, or what is kept of it
Line = TypeVar("Line")

#: size of a reply that is read at once; the log of one minute is, and what came since the last, however large
_MOST_BYTES = 1 << 25
#: lines that a reply had better not exceed by much; where they are long, fewer, but not fewer than these
_LINES, _FEWEST_LINES = 20_000, 2_000
#: a slice is at most so many times as long as the one before, and never longer than a year
_GROWTH = 8
_LONGEST = dt.timedelta(days=365)
#: the code of a reply that is larger than is taken
_LARGE = "API-LARGE"
#: the log is asked for by the minute, both ends included
_MINUTE = dt.timedelta(minutes=1)


def slices(
    ask: Callable[[LogRange], list[Line]],
    begin: dt.datetime,
    first: dt.datetime,
    now: dt.datetime,
    kind: LogType = "",
) -> Iterator[tuple[dt.datetime, list[Line]]]:
    """Give the log since a moment, slice by slice, each with the minute it begins at; its lines come newest first.

    Slices are as long as their predecessors' number of lines makes it advisable. One that is too much for the
    server, or for this machine, is asked for again in shorter ones.

    Args:
        ask: Asks for a part of the log, which comes newest line first; see :meth:`client.RedcapClient.read_log`.
        begin: Beginning of the first slice.
        first: Where the first slice ends: all is tried at once if that is not before ``now``.
        now: The server's wall clock, about. The last slice has no end.
        kind: Kind of lines; '' for all.

    Raises:
        ServerError: The server refuses, or not even a minute can be had.
    """
    begin, end, now = (one.replace(second=0, microsecond=0) for one in (begin, max(begin, first), now))
    length, wanted = _MINUTE, _LINES
    # where a slice ended that was too much: until it is behind, slices go half way there at most
    too_much = begin
    # what else fails at first does not fail for its length
    curable = frozenset({_LARGE})
    while True:
        span, last = end - begin + _MINUTE, end >= now
        try:
            most = None if span == _MINUTE else _MOST_BYTES
            lines = ask(LogRange(begin, None if last else end, kind, most=most))
        except ServerError as error:
            if error.code not in curable or span == _MINUTE:
                raise
            if error.code == _LARGE:
                wanted = max(_FEWEST_LINES, wanted // 2)
            curable = TOO_MUCH
            too_much, length = end, _whole(span / _GROWTH)
            end = begin + length - _MINUTE
            continue
        count = len(lines)
        yield begin, lines
        if last:
            return
        curable = TOO_MUCH
        length = min(_LONGEST, length * min(_GROWTH, wanted / (count + 1)))
        length = _whole(min(length, (too_much - end) / 2) if too_much > end else length)
        begin = end + _MINUTE
        end = begin + length - _MINUTE


def _whole(length: dt.timedelta) -> dt.timedelta:
    """Round down to minutes, but not to none."""
    return max(_MINUTE, length - length % _MINUTE)
