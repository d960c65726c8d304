"""The queries of one record as lines of a listing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from redcap_licats.api.threads import Thread
from redcap_licats.protocol.models import Protocol, Severity, Text
from redcap_licats.query.ageing import age_of
from redcap_licats.query.burden import Raised, read_raised
from redcap_licats.query.identity import MANUAL
from redcap_licats.query.model import State
from redcap_licats.query.rows import CONFLICT_CODES, STATE_CODES
from redcap_licats.report.binding import stand_of
from redcap_licats.report.facts import Audience, RunFacts
from redcap_licats.report.labels import Labels
from redcap_licats.report.link import place_url
from redcap_licats.report.model import QueryLine, Value
from redcap_licats.report.records import RecordRows
from redcap_licats.subject.model import Place

#: Severities in the order in which queries are listed.
RANK = {severity: rank for rank, severity in enumerate(Severity)}

#: States in which somebody outside the worker has to act.
WAITING = frozenset({State.OPEN, State.ANSWERED, State.SENT_BACK})

#: States in which nobody has to.
DONE = frozenset({State.RESOLVED, State.CLOSED, State.CANCELLED})


def queries_shown(record: RecordRows, audience: Audience, threads: Iterable[Thread] = ()) -> tuple[Raised, ...]:
    """Give the record's queries of any state that the audience may know of, with what was said on them.

    Raises:
        RecordError: A query's row cannot be read.
    """
    raised = read_raised(record.rows, threads)
    return raised if audience is Audience.MONITOR else tuple(one for one in raised if not one.query.medical)


def query_lines(
    record: RecordRows, site: str, raised: tuple[Raised, ...], protocol: Protocol, labels: Labels, facts: RunFacts
) -> Iterator[QueryLine]:
    """Make a line of every query that waits for the site or the monitor, or was done since the last report."""
    for one in raised:
        query = one.query
        if query.state in WAITING or (query.state in DONE and query.since >= facts.new_from):
            yield _line(record, site, one, protocol, labels, facts)


def _line(
    record: RecordRows,
    site: str,
    raised: Raised,
    protocol: Protocol,
    labels: Labels,
    facts: RunFacts,
) -> QueryLine:
    query, answer, decision = raised.query, raised.answer, raised.decision
    stands = Place(query.form, query.instance, query.event)
    place, variable = facts.names.ours_of(stands, query.field) if facts.names else (stands, query.field)
    own = facts.names is not None and query.form not in facts.names.standing
    severity = Severity(query.severity)
    age = age_of(query, protocol.settings.queries.target_days, facts.at.date())
    return QueryLine(
        id=query.id,
        number=query.number,
        record=record.record,
        site=site,
        severity=severity,
        severity_label=labels.severity(severity),
        medical=query.medical,
        form=labels.form(query.form if own else place.form),
        instance=query.instance,
        event=query.event,
        field=query.field,
        label=their_label(query.field, facts) if own else labels.field(variable),
        value_now=_value_now(record, place, variable, labels),
        value_raised=labels.value(variable, query.value),
        text=query.text,
        rule=query.rule,
        state=query.state,
        state_label=labels.choice("qry_state_d", STATE_CODES[query.state]),
        waits_for=age.waits_for,
        opened=query.opened,
        days_open=age.days_open,
        due=age.due,
        overdue=age.overdue,
        answer=labels.value("ans_reason", answer.reason) if answer else None,
        answer_comment=answer.comment if answer else "",
        url=place_url(facts, record.record, query.form, query.instance, query.event),
        since=query.since,
        days_in_state=age.days_in_state,
        changed=query.changed,
        reopened=query.reopened,
        manual=query.kind == MANUAL,
        decision=labels.choice("mdec_action" if query.medical else "dec_action", decision.action)
        if decision and decision.action
        else None,
        decision_comment=decision.comment if decision and decision.action else "",
        conflict=labels.choice("qry_conflict_d", CONFLICT_CODES[query.conflict])
        if query.conflict and facts.audience is Audience.MONITOR
        else None,
        stand=stand_of(query, answer, decision),
        thread=raised.talk.status if raised.talk else None,
        remark=raised.talk.remark if raised.talk else "",
    )


def _value_now(record: RecordRows, place: Place, field: str, labels: Labels) -> Value | None:
    row = record.row(place.form, place.instance, place.event)
    return None if row is None else labels.value(field, labels.stored(field, row))


def their_label(field: str, facts: RunFacts) -> Text:
    """Give the label of a field of the study's own, which has it in one language; its name if there is none."""
    live = facts.names.live.by_name.get(field) if facts.names else None
    return Text(en=live.label, ja=live.label) if live and live.label else Text(en=field, ja=field)


def listing_order(line: QueryLine) -> tuple[int, str, dt.date]:
    """Sort key of the listing: gravest first, then site, then oldest; the rest stays in order of the records."""
    return RANK[line.severity], line.site, line.opened or dt.date.max
