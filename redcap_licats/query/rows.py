"""Queries, answers and decisions as flat REDCap rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import compress

from redcap_licats.errors import RecordError
from redcap_licats.query.model import Answer, ConflictCode, Decision, Query, State
from redcap_licats.subject.model import Place, Subject
from redcap_licats.subject.values import read_date, read_integer

Row = Mapping[str, str] | Mapping[str, str | int]

QUERY_FORM, MEDICAL_FORM = "licats_query", "licats_medical_query"
ANSWER_FORM, DECISION_FORM, MEDICAL_DECISION_FORM = (
    "licats_query_answer",
    "licats_query_decision",
    "licats_medical_decision",
)
PEOPLES_FORMS = (ANSWER_FORM, DECISION_FORM, MEDICAL_DECISION_FORM)
STEMS = {
    QUERY_FORM: "qry",
    MEDICAL_FORM: "mqry",
    ANSWER_FORM: "ans",
    DECISION_FORM: "dec",
    MEDICAL_DECISION_FORM: "mdec",
}
STATE_CODES = {state: "back" if state is State.SENT_BACK else state.value for state in State}
"""State -> code of the answer in ``<stem>_state_d``."""

CONFLICT_CODES = {
    ConflictCode.LATE_ANSWER: "lateanswer",
    ConflictCode.LATE_DECISION: "latedecision",
    ConflictCode.EARLY_DECISION: "early",
    ConflictCode.CROSSED: "crossed",
    ConflictCode.UNKNOWN_DECISION: "unknown",
    ConflictCode.NO_TEXT: "notext",
    ConflictCode.NO_FIELD: "nofield",
}
"""Conflict that stays beside its query -> code of the answer in ``<stem>_conflict_d``."""

CONCEPTS = (
    *("id", "fprint", "rule", "sev", "form", "inst", "event", "field", "value", "text"),
    *("opened", "state", "since", "reopened", "changed", "kind", "acted", "where", "conflict"),
)


def form_of(*, medical: bool) -> str:
    """Name the instrument that queries or medical queries stand on."""
    return MEDICAL_FORM if medical else QUERY_FORM


def read_queries(rows: Iterable[Row]) -> tuple[Query, ...]:
    """Read the queries of one record, by instrument and number; blanked rows are left out.

    Raises:
        RecordError: A row has a state that no query has.
    """
    return tuple(
        _query(number, cells, medical=form == MEDICAL_FORM)
        for form in (QUERY_FORM, MEDICAL_FORM)
        for number, cells in _instances(rows, form)
        if cells["id_d"]
    )


def _query(number: int, cells: Mapping[str, str], *, medical: bool) -> Query:
    states = {code: state for state, code in STATE_CODES.items()}
    conflicts = {code: conflict for conflict, code in CONFLICT_CODES.items()}
    since = read_date(cells["since_d"])
    if cells["state_d"] not in states or since is None:
        raise RecordError(
            "QUERY-STATE",
            "A query's state or date cannot be read; only the worker writes them.",
            where=f"{form_of(medical=medical)}, instance {number}",
            remedy="See REDCap's log for who changed the row, and restore its former values.",
        )
    return Query(
        number=number,
        id=cells["id_d"],
        fingerprint=cells["fprint_d"],
        rule=cells["rule_d"],
        severity=cells["sev_d"],
        form=cells["form_d"],
        instance=read_integer(cells["inst_d"]) or 1,
        event=cells["event_d"],
        field=cells["field_d"],
        value=cells["value_d"],
        text=cells["text_d"],
        opened=read_date(cells["opened_d"]),
        state=states[cells["state_d"]],
        since=since,
        reopened=read_integer(cells["reopened_d"]) or 0,
        changed=cells["changed_d"] == "1",
        kind=cells["kind_d"],
        medical=medical,
        acted=cells["acted_d"],
        where=cells["where_d"],
        conflict=conflicts.get(cells["conflict_d"]),
    )


def query_cells(query: Query) -> dict[str, str]:
    """Give the cells of a query's row, its form status included."""
    form = form_of(medical=query.medical)
    values = (
        query.id,
        query.fingerprint,
        query.rule,
        query.severity,
        query.form,
        str(query.instance),
        query.event,
        query.field,
        query.value,
        query.text,
        query.opened.isoformat() if query.opened else "",
        STATE_CODES[query.state],
        query.since.isoformat(),
        str(query.reopened),
        str(int(query.changed)),
        query.kind,
        query.acted,
        query.where,
        CONFLICT_CODES[query.conflict] if query.conflict else "",
    )
    cells = {f"{STEMS[form]}_{name}_d": value for name, value in zip(CONCEPTS, values, strict=True)}
    return cells | {f"{form}_complete": "2"}


def blank_cells(*, medical: bool) -> dict[str, str]:
    """Give the cells that blank a row; its number may then be used again."""
    form = form_of(medical=medical)
    return {f"{STEMS[form]}_{name}_d": "" for name in CONCEPTS} | {f"{form}_complete": ""}


def read_answers(rows: Iterable[Row]) -> tuple[Answer, ...]:
    """Read the site's answers of one record by number, only those with a reason or a comment."""
    return tuple(
        Answer(number, cells["reason"], cells["comment"], cells["by"], read_date(cells["date"]))
        for number, cells in _instances(rows, ANSWER_FORM)
        if cells["reason"] or cells["comment"]
    )


def read_decisions(rows: Iterable[Row]) -> tuple[Decision, ...]:
    """Read the monitors' decisions of one record, by instrument and number, only those that say something.

    A decision without a query of its number, but with a text, is a manual query; of a medical decision the text is
    the neutral one that goes to the site.
    """
    decisions = [
        Decision(
            number,
            cells["action"],
            cells["comment"],
            cells["by"],
            read_date(cells["date"]),
            form=cells["m_form"],
            instance=read_integer(cells["m_instance"]) or 1,
            field=cells["m_field"],
            text=cells["m_text"],
        )
        for number, cells in _instances(rows, DECISION_FORM)
    ] + [
        Decision(
            number,
            cells["action"],
            cells["comment"],
            cells["by"],
            read_date(cells["date"]),
            medical=True,
            text=cells["text"],
        )
        for number, cells in _instances(rows, MEDICAL_DECISION_FORM)
    ]
    return tuple(one for one in decisions if one.action or one.text)


def form_statuses(subject: Subject) -> dict[Place, str]:
    """Give the status of every row that exists: '' where it was imported and never saved as a form."""
    return {place: subject.statuses.get(place, "") for place in sorted({*subject.values, *subject.statuses})}


class _Cells(dict[str, str]):
    """Cells of one instance by concept; a column that is not there is blank."""

    def __missing__(self, key: str) -> str:
        return ""


def _instances(rows: Iterable[Row], form: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Give the instances of a repeating instrument by number."""
    prefix = f"{STEMS[form]}_"
    found = {}
    for row in rows:
        if str(row.get("redcap_repeat_instrument") or "") == form:
            filled = (name for name in compress(row, row.values()) if name.startswith(prefix))
            found[int(row.get("redcap_repeat_instance") or 1)] = _Cells(
                {name.removeprefix(prefix): str(row[name]).strip() for name in filled}
            )
    yield from sorted(found.items(), key=lambda one: one[0])
