"""Counts over the lines of a report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from redcap_licats.derive.model import Class
from redcap_licats.protocol.models import Severity, Text
from redcap_licats.report.facts import Audience
from redcap_licats.report.model import EventLine, QueryLine, Report

GRADES = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class QueryTally:
    """Open queries of one site, or of all: by severity, by who must act, overdue, age of the oldest in days."""

    by_severity: Counter[Severity]
    waiting_for: Counter[str]
    total: int
    overdue: int
    oldest: int | None


@dataclass(frozen=True, slots=True)
class SiteTally:
    """Subjects and LICATS of one site, or of all; ``events`` counts those that count as LICATS."""

    subjects: int
    infused: int
    with_licats: int
    events: int
    queries: QueryTally


def severities(report: Report) -> tuple[Severity, ...]:
    """Give the severities that the report's audience sees as queries."""
    hidden = {Severity.INFO} if report.facts.audience is Audience.MONITOR else {Severity.INFO, Severity.MEDICAL}
    return tuple(one for one in Severity if one not in hidden)


def tally_site(report: Report, site: str | None = None) -> SiteTally:
    """Count one site; all sites in scope where none is given."""
    subjects = [one for one in report.subjects if site is None or one.site == site]
    queries = [one for one in report.queries if site is None or one.site == site]
    events = [one for one in report.events if one.counts and (site is None or one.site == site)]
    return SiteTally(
        subjects=len(subjects),
        infused=sum(one.day_zero is not None for one in subjects),
        with_licats=sum(one.any_licats is True for one in subjects),
        events=len(events),
        queries=_tally_queries(queries),
    )


def _tally_queries(queries: list[QueryLine]) -> QueryTally:
    return QueryTally(
        by_severity=Counter(one.severity for one in queries),
        waiting_for=Counter(one.waits_for for one in queries),
        total=len(queries),
        overdue=sum(one.overdue for one in queries),
        oldest=max((one.days_open for one in queries if one.days_open is not None), default=None),
    )


def grades_of_organ(report: Report, organ: Text | None = None) -> Counter[int | None]:
    """Count the events that count as LICATS by final grade (None: none given), of an organ or of all."""
    return Counter(one.grade_final for one in report.events if one.counts and _is(one, organ))


def classes_of_organ(report: Report, organ: Text | None = None) -> Counter[Class | None]:
    """Count all events by final classification, of an organ or of all."""
    return Counter(one.classification for one in report.events if _is(one, organ))


def _is(event: EventLine, organ: Text | None) -> bool:
    return organ is None or event.organ == organ
