"""The columns of the query sheets: the one definition, by whose heads filled-in sheets are read as well."""

from __future__ import annotations

from redcap_licats.messages import Texts
from redcap_licats.protocol.models import Severity, Text
from redcap_licats.query.model import State
from redcap_licats.report.cell import CellValue, typed
from redcap_licats.report.facts import Audience, RunFacts
from redcap_licats.report.model import QueryLine, Value
from redcap_licats.report.phrase import halves
from redcap_licats.report.privacy import MASK
from redcap_licats.report.queries import RANK
from redcap_licats.report.styles import Format, Tone
from redcap_licats.report.table import Column

Columns = tuple[Column[QueryLine], ...]

SEVERITY_TONES = {
    Severity.HARD: Tone.RED,
    Severity.QUERY: Tone.AMBER,
    Severity.SOFT: Tone.BLUE,
    Severity.MEDICAL: Tone.PURPLE,
    Severity.INFO: Tone.GREY,
}
STATE_TONES = {
    State.ANSWERED: Tone.GREEN,
    State.SENT_BACK: Tone.AMBER,
    State.RESOLVED: Tone.GREEN,
    State.CLOSED: Tone.GREEN,
    State.CANCELLED: Tone.GREY,
}
#: statuses of a thread that there are words for
STATUSES = ("OPEN", "CLOSED", "VERIFIED", "DEVERIFIED")


def shown(value: Value | None, texts: Texts) -> CellValue:
    """Word a value: label and code of an answer, number and date as such, what is blank or gone said so."""
    if value is None:
        return texts("report.value.gone")
    if value.masked:
        return MASK
    if not value.raw:
        return texts("report.value.blank")
    if value.labels:
        return f"{', '.join(one[texts.language] for one in value.labels)} ({value.raw})"
    return typed(value.raw)


def priority(severity: Severity, label: Text, texts: Texts) -> str:
    """Word a severity so that it sorts by weight."""
    return f"{RANK[severity] + 1} {label[texts.language]}"


def _state(line: QueryLine, texts: Texts) -> str:
    """Word a state, and below it what else there is to know of the query's course."""
    notes = (
        texts("report.value.changed") if line.changed else "",
        texts("report.value.reopened", times=line.reopened) if line.reopened else "",
        texts("report.value.conflict", what=line.conflict[texts.language]) if line.conflict else "",
    )
    return "\n".join([line.state_label[texts.language], *filter(None, notes)])


def _rule(line: QueryLine, texts: Texts) -> str:
    return texts("report.value.manual") if line.manual else line.rule


def _answer(line: QueryLine, texts: Texts) -> CellValue:
    if line.answer is None:
        return None
    label = ", ".join(one[texts.language] for one in line.answer.labels) or line.answer.raw
    return "\n".join(part for part in (label, line.answer_comment) if part)


def _decided(line: QueryLine, texts: Texts) -> CellValue:
    if line.decision is None:
        return None
    return "\n".join(part for part in (line.decision[texts.language], line.decision_comment) if part)


def _empty(_line: QueryLine, _texts: Texts) -> CellValue:
    return None


_WHERE: Columns = (
    Column("query_id", 14, lambda line, _: line.id, Format.CODE),
    Column(
        "priority",
        13,
        lambda line, texts: priority(line.severity, line.severity_label, texts),
        tone=lambda line: SEVERITY_TONES[line.severity],
    ),
    Column("site", 13, lambda line, _: line.site),
    Column("subject", 9, lambda line, _: typed(line.record)),
)
#: in a longitudinal project, where a form may stand in several events
_EVENT: Columns = (Column("redcap_event", 15, lambda line, _: line.event),)
_PLACE: Columns = (
    Column("form", 16, lambda line, texts: line.form[texts.language]),
    Column("instance", 9, lambda line, _: line.instance, Format.NUMBER),
    Column("field", 14, lambda line, _: line.field, Format.CODE),
    Column("label", 19, lambda line, texts: line.label[texts.language]),
    Column("value_now", 16, lambda line, texts: shown(line.value_now, texts)),
    Column("value_raised", 16, lambda line, texts: shown(line.value_raised, texts)),
    Column("disagrees", 38, lambda line, _: halves(line.text)[0]),
)
_CHECK: Columns = (Column("what_to_check", 25, lambda line, _: halves(line.text)[1]),)
_RULE: Columns = (
    Column("rule", 8, _rule),
    Column("state", 13, _state, tone=lambda line: STATE_TONES.get(line.state)),
    Column("opened", 11, lambda line, _: line.opened, Format.DATE),
)
_WAITING: Columns = (
    Column("days_open", 8, lambda line, _: line.days_open, Format.NUMBER),
    Column(
        "overdue",
        9,
        lambda line, texts: texts("report.value.overdue") if line.overdue else None,
        tone=lambda line: Tone.RED if line.overdue else None,
    ),
)
_ANSWER: Columns = (Column("answer", 20, _answer),)
_DECIDED: Columns = (Column("decided", 20, _decided),)
_LINK: Columns = (Column("link", 9, lambda line, _: line.url, Format.LINK),)


def in_thread(line: QueryLine) -> bool:
    """Tell whether a query is answered and decided in its thread in REDCap, and nowhere else."""
    return line.thread is not None


def _where_form(line: QueryLine, texts: Texts) -> str:
    return _where(line, texts, "report.value.on_form")


def _where_here(line: QueryLine, texts: Texts) -> str:
    return _where(line, texts, "report.value.here")


def _where(line: QueryLine, texts: Texts, otherwise: str) -> str:
    """Say where a query is answered; of its thread also how it stands, and what was last said there."""
    if line.thread is None:
        return texts(otherwise)
    status = texts(f"report.thread.{line.thread.lower()}") if line.thread in STATUSES else line.thread
    told = texts("report.value.in_thread", status=status)
    return "\n".join(filter(None, (told, line.remark)))


#: Where a query is answered and decided, in a study in which that may be a thread: on a form, or in this workbook.
_ON_FORM: Columns = (Column("answered_where", 22, _where_form),)
_HERE: Columns = (Column("answered_where", 22, _where_here),)

#: What a monitor fills in.
DECISION: Columns = (
    Column("decision", 15, _empty, Format.INPUT, barred=in_thread),
    Column("comment", 24, _empty, Format.INPUT, barred=in_thread),
)
#: What a site fills in, where its study takes answers from workbooks.
REASON: Columns = (
    Column("reason", 18, _empty, Format.INPUT, barred=in_thread),
    Column("comment", 26, _empty, Format.INPUT, barred=in_thread),
)


def open_columns(facts: RunFacts) -> Columns:
    """Give the columns of the queries that wait for the site, and medical ones for the monitor."""
    if facts.audience is Audience.MONITOR:
        filled_in: Columns = DECISION
    else:
        filled_in = REASON if facts.site_answers else ()
    waits = (*_CHECK, *_RULE, *_WAITING, *_ANSWER, *_DECIDED, *_LINK)
    return (*_where_it_stands(facts), *waits, *_answered_where(facts, filled_in))


def answered_columns(facts: RunFacts) -> Columns:
    """Give the columns of the queries that the site answered and the monitor has to review."""
    waiting: Columns = (Column("days_in_state", 9, lambda line, _: line.days_in_state, Format.NUMBER),)
    filled_in: Columns = DECISION if facts.audience is Audience.MONITOR else ()
    waits = (*_CHECK, *_RULE, *_WAITING, *waiting, *_ANSWER, *_LINK)
    return (*_where_it_stands(facts), *waits, *_answered_where(facts, filled_in))


def _where_it_stands(facts: RunFacts) -> Columns:
    return (*_WHERE, *(_EVENT if facts.event_ids else ()), *_PLACE)


def _answered_where(facts: RunFacts, filled_in: Columns) -> Columns:
    """Put before what is filled in where else to answer, if that differs from line to line."""
    if not facts.in_threads:
        return filled_in
    return (*(_HERE if filled_in else _ON_FORM), *filled_in)


def closed_columns(facts: RunFacts) -> Columns:
    """Give the columns of the queries that nobody has to act on any more; nothing is filled in."""
    done: Columns = (
        Column("done", 11, lambda line, _: line.since, Format.DATE),
        Column("days_taken", 8, lambda line, _: line.days_open, Format.NUMBER),
    )
    return (*_where_it_stands(facts), *_RULE, *done, *_ANSWER, *_DECIDED, *_LINK)
