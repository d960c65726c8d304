"""Gather what the page shows beyond the workbook: the cohort and each subject's course. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from redcap_licats.api.threads import Thread
from redcap_licats.check.model import Skipped
from redcap_licats.cohort.model import Cohort, CohortSubject
from redcap_licats.cohort.read import read_cohort
from redcap_licats.errors import RecordError
from redcap_licats.protocol.models import Protocol
from redcap_licats.report.facts import RunFacts
from redcap_licats.report.gather import gather
from redcap_licats.report.labels import labels_of
from redcap_licats.report.model import EventLine, Report
from redcap_licats.report.records import Row, by_record
from redcap_licats.report.timeline import Timeline, timeline
from redcap_licats.report.withheld import GRADES, grade_withheld


@dataclass(frozen=True, slots=True)
class PageData:
    """Everything one page says.

    Attributes:
        report: As in the workbook, without the changes written.
        cohort: The treated subjects, from derived values only.
        timelines: The same subjects' courses.
        protocol: The protocol.
        until: Last day that counts.
        withheld: Events whose grade a site is not told, because the investigator has not graded them.
    """

    report: Report
    cohort: Cohort
    timelines: tuple[Timeline, ...]
    protocol: Protocol
    until: dt.date
    withheld: int


def gather_page(
    rows: Iterable[Row],
    protocol: Protocol,
    facts: RunFacts,
    *,
    groups: Mapping[str, str],
    skipped: Iterable[Skipped] = (),
    record_id_field: str = "record_id",
    threads: Mapping[str, Sequence[Thread]] = MappingProxyType({}),
) -> PageData:
    """Gather a page.

    Args:
        rows: Flat raw export rows of all instruments, of any number of records.
        protocol: The protocol.
        facts: The run, and whom the page is for; what it leaves out of the report is left out here as well.
        groups: Record to unique name of its Data Access Group.
        skipped: Checks that were not run in this study.
        record_id_field: Name of the project's first field.
        threads: By record, where queries are answered in them.

    Records whose rows cannot be read are left out and named in the report's coverage.
    """
    told, withheld = _told(rows, protocol, facts, groups, record_id_field)
    report = gather(
        told,
        protocol,
        (),
        facts,
        groups=groups,
        skipped=skipped,
        record_id_field=record_id_field,
        threads=threads,
    )
    until = facts.until
    labels = labels_of(protocol)
    events: dict[str, list[EventLine]] = defaultdict(list)
    for event in report.events:
        if event.counts:
            events[event.record].append(event)
    of = by_record(told, record_id_field)
    subjects: list[CohortSubject] = []
    timelines: list[Timeline] = []
    unreadable: dict[str, str] = {}
    for one in report.subjects:
        own = of[one.record]
        try:
            read = read_cohort(own.rows, record_id_field=record_id_field).subjects
            course = timeline(
                own, one.site, events[one.record], protocol, labels, until, record_id_field=record_id_field
            )
        except RecordError as error:
            unreadable[one.record] = str(error)
            continue
        subjects.extend(read)
        timelines.extend([course] if course else [])
    return PageData(
        _leave_out(report, unreadable), Cohort(tuple(subjects)), tuple(timelines), protocol, until, withheld
    )


def _told(
    rows: Iterable[Row], protocol: Protocol, facts: RunFacts, groups: Mapping[str, str], record_id_field: str
) -> tuple[Sequence[Row], int]:
    """Take the rows in scope, for a site without the grades that its investigator has yet to give."""
    mine = [row for row in rows if not facts.site or groups.get(row[record_id_field]) == facts.site]
    told: list[Row] = []
    withheld = 0
    for record in by_record(mine, record_id_field).values():
        for row in record.rows:
            if row.get("redcap_repeat_instrument") == "licats_result" and grade_withheld(
                record, row, protocol, facts
            ):
                withheld += any(row.get(name) for name in GRADES)
                row = {**row, **dict.fromkeys(GRADES, "")}
            told.append(row)
    return told, withheld


def _leave_out(report: Report, unreadable: Mapping[str, str]) -> Report:
    coverage = report.facts.coverage
    facts = replace(report.facts, coverage=replace(coverage, left_out={**coverage.left_out, **unreadable}))
    return replace(report, facts=facts)
