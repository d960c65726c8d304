"""How queries moved since the last report, and how long those that wait have waited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from redcap_licats.report.model import QueryLine, Report

Group = TypeVar("Group", bound=Hashable)

#: Days open, from and to; the last has no end.
AGE_BANDS: tuple[tuple[int, int | None], ...] = ((0, 7), (8, 14), (15, 30), (31, None))


@dataclass(frozen=True, slots=True)
class Flow:
    """Counts over some queries.

    Attributes:
        new: Opened, or opened again, since the last report, whatever became of them.
        closed: Resolved, closed or cancelled since the last report.
        still_open: Waiting now and opened before the last report.
        changed: Waiting now although cells were changed: the rule still fires.
        open: Waiting now.
        ages: Those by age band.
    """

    new: int
    closed: int
    still_open: int
    changed: int
    open: int
    ages: tuple[int, ...]


def age_band(line: QueryLine) -> int:
    """Give the number of a query's age band; a query that was never opened counts as new."""
    days = line.days_open or 0
    return next(number for number, (_, last) in enumerate(AGE_BANDS) if last is None or days <= last)


def flow_of(waiting: Iterable[QueryLine], done: Iterable[QueryLine], since: dt.date) -> Flow:
    """Count queries that wait and queries that were done since a day, that day included."""
    waiting, done = tuple(waiting), tuple(done)
    fresh = [line for line in waiting if line.opened is None or line.opened >= since]
    ages = [age_band(line) for line in waiting]
    return Flow(
        new=len(fresh) + sum(line.opened is not None and line.opened >= since for line in done),
        closed=len(done),
        still_open=len(waiting) - len(fresh),
        changed=sum(line.changed for line in waiting),
        open=len(waiting),
        ages=tuple(ages.count(band) for band in range(len(AGE_BANDS))),
    )


def flow_by(report: Report, group: Callable[[QueryLine], Group]) -> dict[Group, Flow]:
    """Count by group, in order of first appearance; only groups that have a query."""
    waiting: dict[Group, list[QueryLine]] = {}
    done: dict[Group, list[QueryLine]] = {}
    for lines, sorted_lines in ((report.queries, waiting), (report.closed, done)):
        for line in lines:
            sorted_lines.setdefault(group(line), []).append(line)
    since = report.facts.new_from
    return {one: flow_of(waiting.get(one, ()), done.get(one, ()), since) for one in {**waiting, **done}}


def flow_of_all(report: Report) -> Flow:
    """Count all queries of a report."""
    return flow_of(report.queries, report.closed, report.facts.new_from)
