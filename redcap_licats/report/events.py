"""The organ events of one record as lines, read from the worker's own instrument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redcap_licats.derive.model import Class
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.model import Query
from redcap_licats.report.facts import RunFacts
from redcap_licats.report.labels import Labels
from redcap_licats.report.link import form_url
from redcap_licats.report.model import EventLine, SubjectLine
from redcap_licats.report.queries import WAITING
from redcap_licats.report.records import RecordRows, Row
from redcap_licats.report.withheld import GRADES, grade_withheld
from redcap_licats.subject.values import read_date, read_integer

#: code in ``res_class_d`` -> classification
CLASS_OF_CODE = {
    "undet": Class.UNDETERMINED,
    "not": Class.NOT_LICATS,
    "pending": Class.PENDING,
    "probable": Class.PROBABLE,
    "confirmed": Class.CONFIRMED,
}


def _yes(text: str) -> bool | None:
    return {"1": True, "0": False}.get(text)


def event_lines(
    record: RecordRows, site: str, queries: Iterable[Query], protocol: Protocol, labels: Labels, facts: RunFacts
) -> Iterator[EventLine]:
    """Make a line of every event that the worker has a result for and the protocol an organ."""
    prefix = facts.names.prefix if facts.names else ""
    waiting = [(one.form, one.instance, one.event) for one in queries if one.state in WAITING]
    for row in record.of("licats_result"):
        organ, instance = row.get("res_organ_d", ""), read_integer(row.get("res_event_inst_d", ""))
        if organ in protocol.organs and instance is not None:
            form = f"licats_{organ}"
            # the key ends in the REDCap event of a longitudinal project
            event = row.get("res_key_d", "").removeprefix(f"{organ}-{instance}").removeprefix("-")
            entered = record.row(form, instance, event) or {}
            url = form_url(facts, record.record, form, instance, event)
            if grade_withheld(record, row, protocol, facts):
                row = {**row, **dict.fromkeys(GRADES, "")}
            open_queries = waiting.count((f"{prefix}{form}", instance, event))
            yield _line(record.record, site, protocol, labels, row, entered, organ, instance, open_queries, url)


def _line(
    record: str,
    site: str,
    protocol: Protocol,
    labels: Labels,
    row: Row,
    entered: Row,
    organ: str,
    instance: int,
    open_queries: int,
    url: str,
) -> EventLine:
    def cell(concept: str) -> str:
        return row.get(f"res_{concept}_d", "")

    class_code = cell("fin_class") or cell("class")
    return EventLine(
        key=cell("key"),
        record=record,
        site=site,
        organ=protocol.organs[organ].label,
        instance=instance,
        onset=read_date(cell("onset")),
        onset_day=read_integer(cell("onset_day")),
        timing=labels.choice("res_timing_d", cell("timing")) if cell("timing") else None,
        duration=read_integer(cell("dur")),
        grade_investigator=read_integer(entered.get(f"{organ}_inv_grade", "")),
        grade_derived=read_integer(cell("grade")),
        grade_final=read_integer(cell("fin_grade")),
        provisional=_yes(cell("prov")) is True,
        fatal=_yes(cell("fatal")) is True,
        classification=CLASS_OF_CODE.get(class_code),
        class_label=labels.choice("res_class_d", class_code),
        adjudicated=_yes(cell("adj")) is True,
        reasons=tuple(cell("reasons").split()),
        glucocorticoid=_yes(cell("gc")),
        glucocorticoid_peak=cell("gc_peak"),
        glucocorticoid_days=read_integer(cell("gc_days")),
        stay=labels.choice("res_stay_d", cell("stay")) if cell("stay") not in ("", "none") else None,
        icu=_yes(cell("icu")) is True,
        open_queries=open_queries,
        url=url,
    )


def subject_line(record: RecordRows, site: str) -> SubjectLine:
    """Make the subject's line from the worker's summary."""
    # whether there is any LICATS may be left open; how many events count never is
    summary = next((row for row in record.rows if row.get("sum_n_d")), {})
    return SubjectLine(
        record.record, site, read_date(summary.get("sum_day0_d", "")), _yes(summary.get("sum_any_d", ""))
    )
