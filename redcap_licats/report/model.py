"""What a report says, typed, independent of language and file format.

Texts that the study defines are kept in both languages (:class:`Text`); codes are kept as codes and worded when
written. Nothing here knows Excel.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from redcap_licats.derive.model import Class
from redcap_licats.journal.model import Entry
from redcap_licats.protocol.models import Severity, Text
from redcap_licats.query.burden import RuleBurden
from redcap_licats.query.model import State
from redcap_licats.report.binding import Stand
from redcap_licats.report.facts import RunFacts


@dataclass(frozen=True, slots=True)
class Value:
    """A cell as entered, with the labels of its codes where it is a choice. ``raw`` is '' for a blank cell.

    ``masked``: there is a value, and the report does not tell it.
    """

    raw: str
    labels: tuple[Text, ...] = ()
    masked: bool = False


@dataclass(frozen=True, slots=True)
class QueryLine:
    """One query that waits for somebody, or is done: ``waits_for`` is ``site``, ``monitor`` or ''.

    ``value_now`` is None where the row no longer exists; ``due`` is the day by which an answer is wanted;
    ``since`` the day of the last change of state; ``changed`` says that cells changed and the rule still fires;
    ``decision`` is what the monitor last decided; ``conflict`` what needs a person, told to monitors only;
    ``url`` is '' where no link can be made; ``stand`` is what a decision on it is based on; ``thread`` the status
    of the thread in which it is answered and decided, None where it has none; ``remark`` what was last said there
    beside answer and decision.
    """

    id: str
    number: int
    record: str
    site: str
    severity: Severity
    severity_label: Text
    medical: bool
    form: Text
    instance: int
    event: str
    field: str
    label: Text
    value_now: Value | None
    value_raised: Value
    text: str
    rule: str
    state: State
    state_label: Text
    waits_for: str
    opened: dt.date | None
    days_open: int | None
    due: dt.date | None
    overdue: bool
    answer: Value | None
    answer_comment: str
    url: str
    since: dt.date
    days_in_state: int
    changed: bool
    reopened: int
    manual: bool
    decision: Text | None
    decision_comment: str
    conflict: Text | None
    stand: Stand
    thread: str | None = None
    remark: str = ""


class Lack(StrEnum):
    """What is missing of a visit or form."""

    VISIT = "visit"
    NOT_STARTED = "not_started"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A visit whose window is over, or a form that is not there or not finished.

    ``planned`` and ``until`` are the visit's day and the end of its window; None for a form.
    """

    record: str
    site: str
    lack: Lack
    what: Text
    instance: int
    planned: dt.date | None
    until: dt.date | None
    days_late: int | None
    url: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """One organ event as derived. Durations in days, glucocorticoid in mg/day prednisolone equivalents."""

    key: str
    record: str
    site: str
    organ: Text
    instance: int
    onset: dt.date | None
    onset_day: int | None
    timing: Text | None
    duration: int | None
    grade_investigator: int | None
    grade_derived: int | None
    grade_final: int | None
    provisional: bool
    fatal: bool
    classification: Class | None
    class_label: Text
    adjudicated: bool
    reasons: tuple[str, ...]
    glucocorticoid: bool | None
    glucocorticoid_peak: str
    glucocorticoid_days: int | None
    stay: Text | None
    icu: bool
    open_queries: int
    url: str

    @property
    def counts(self) -> bool:
        """Whether the event counts as LICATS."""
        return self.classification not in (None, Class.NOT_LICATS, Class.UNDETERMINED)


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """One subject: Day 0, whether any event counts as LICATS (None where not yet derived)."""

    record: str
    site: str
    day_zero: dt.date | None
    any_licats: bool | None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One check of the protocol, what it has asked of people, and why it was skipped ('' if not)."""

    id: str
    severity: Severity
    severity_label: Text
    title: Text
    wording: Text
    source: str
    enabled: bool
    burden: RuleBurden
    skipped: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Words of the study that a report needs beyond its lines; of decisions and reasons of an answer by code."""

    organs: tuple[Text, ...]
    severities: Mapping[Severity, Text]
    classifications: Mapping[Class, Text]
    decisions: Mapping[str, Text]
    medical_decisions: Mapping[str, Text]
    reasons: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one report says.

    Attributes:
        sites: Data Access Groups in scope by name, '' for records without.
        queries: Those that wait for somebody.
        closed: Those that were resolved, closed or cancelled since the last report.
        held: How many are not yet released.
    """

    facts: RunFacts
    protocol_version: str
    protocol_hash: str
    wording: Wording
    sites: tuple[str, ...]
    subjects: tuple[SubjectLine, ...]
    queries: tuple[QueryLine, ...]
    closed: tuple[QueryLine, ...]
    held: int
    missing: tuple[MissingLine, ...]
    events: tuple[EventLine, ...]
    rules: tuple[RuleLine, ...]
    changes: tuple[Entry, ...]
