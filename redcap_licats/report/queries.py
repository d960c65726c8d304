"""The queries of one record as lines of a listing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from redcap_licats.protocol.models import Protocol, Severity
from redcap_licats.query.lifecycle import waits_for
from redcap_licats.query.model import Answer, Decision, Query, State
from redcap_licats.query.rows import STATE_CODES, read_answers, read_decisions, read_queries
from redcap_licats.report.binding import stand_of
from redcap_licats.report.labels import Labels
from redcap_licats.report.link import form_url
from redcap_licats.report.model import Audience, QueryLine, RunFacts, Value
from redcap_licats.report.records import RecordRows

#: Severities in the order in which queries are listed.
RANK = {severity: rank for rank, severity in enumerate(Severity)}

#: States in which somebody outside the worker has to act.
WAITING = frozenset({State.OPEN, State.ANSWERED, State.SENT_BACK})


def queries_shown(record: RecordRows, audience: Audience) -> tuple[Query, ...]:
    """Give the record's queries of any state that the audience may know of.

    Raises:
        RecordError: A query's row cannot be read.
    """
    stored = read_queries(record.rows)
    return stored if audience is Audience.MONITOR else tuple(one for one in stored if not one.medical)


def query_lines(
    record: RecordRows, site: str, queries: tuple[Query, ...], protocol: Protocol, labels: Labels, facts: RunFacts
) -> Iterator[QueryLine]:
    """Make a line of every query that waits for the site or the monitor."""
    answers = {one.number: one for one in read_answers(record.rows)}
    decisions = {(one.medical, one.number): one for one in read_decisions(record.rows)}
    for query in queries:
        if query.state in WAITING:
            answer = None if query.medical else answers.get(query.number)
            decision = decisions.get((query.medical, query.number))
            yield _line(record, site, query, answer, decision, protocol, labels, facts)


def _line(
    record: RecordRows,
    site: str,
    query: Query,
    answer: Answer | None,
    decision: Decision | None,
    protocol: Protocol,
    labels: Labels,
    facts: RunFacts,
) -> QueryLine:
    severity = Severity(query.severity)
    today = facts.at.date()
    target = protocol.settings.queries.target_days.get(query.severity)
    due = query.opened + dt.timedelta(days=target) if query.opened and target is not None else None
    return QueryLine(
        id=query.id,
        number=query.number,
        record=record.record,
        site=site,
        severity=severity,
        severity_label=labels.severity(severity),
        medical=query.medical,
        form=labels.form(query.form),
        instance=query.instance,
        field=query.field,
        label=labels.field(query.field),
        value_now=_value_now(record, query, labels),
        value_raised=labels.value(query.field, query.value),
        text=query.text,
        rule=query.rule,
        state=query.state,
        state_label=labels.choice("qry_state_d", STATE_CODES[query.state]),
        waits_for=waits_for(query),
        opened=query.opened,
        days_open=(today - query.opened).days if query.opened else None,
        due=due,
        overdue=due is not None and due < today,
        answer=labels.value("ans_reason", answer.reason) if answer else None,
        answer_comment=answer.comment if answer else "",
        url=form_url(facts, record.record, query.form, query.instance, query.event),
        stand=stand_of(query, answer, decision),
    )


def _value_now(record: RecordRows, query: Query, labels: Labels) -> Value | None:
    row = record.row(query.form, query.instance, query.event)
    return None if row is None else labels.value(query.field, labels.stored(query.field, row))


def listing_order(line: QueryLine) -> tuple[int, str, dt.date]:
    """Sort key of the listing: gravest first, then site, then oldest; the rest stays in order of the records."""
    return RANK[line.severity], line.site, line.opened or dt.date.max
