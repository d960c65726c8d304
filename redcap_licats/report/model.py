"""What a report says, typed, independent of language and file format.

Texts that the study defines are kept in both languages (:class:`Text`); codes are kept as codes and worded when
written. Nothing here knows Excel.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from redcap_licats.derive.model import Class
from redcap_licats.journal.model import Entry
from redcap_licats.protocol.models import Severity, Text
from redcap_licats.query.model import State
from redcap_licats.report.binding import Stand


class Audience(StrEnum):
    """Who a report is for. Only a monitor's shows medical queries."""

    SITE = "site"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the run behind a report looked at.

    ``left_out``: record to reason; ``frozen``: records that are locked as a whole.
    """

    records: int
    read: int
    left_out: Mapping[str, str] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts of a run that no row holds.

    Attributes:
        study: Short name of the study, as in the name of the file.
        project_id: REDCap project id.
        url: REDCap's address, with or without ``/api/``.
        redcap_version: Such as ``15.2.1``; part of every link.
        at: When the run was made; aware, in the zone that readers expect.
        coverage: What the run looked at.
        site: Unique name of the Data Access Group that the report is limited to; '' for all.
        audience: Who the report is for.
        event_ids: Unique event name to REDCap's event id; needed for links in a longitudinal project.
        answers_in_excel: Whether a site's workbook takes its answers.
    """

    study: str
    project_id: int
    url: str
    redcap_version: str
    at: dt.datetime
    coverage: Coverage
    site: str = ""
    audience: Audience = Audience.MONITOR
    event_ids: Mapping[str, int] = field(default_factory=dict)
    answers_in_excel: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A cell as entered, with the labels of its codes where it is a choice. ``raw`` is '' for a blank cell."""

    raw: str
    labels: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryLine:
    """One query that waits for somebody: ``waits_for`` is ``site`` or ``monitor``.

    ``value_now`` is None where the row no longer exists; ``due`` is the day by which an answer is wanted;
    ``url`` is '' where no link can be made; ``stand`` is what a decision on it is based on.
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
    stand: Stand


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
    """One check of the protocol: queries ever raised for it, those that wait, why it was skipped ('' if not)."""

    id: str
    severity: Severity
    severity_label: Text
    title: Text
    wording: Text
    source: str
    enabled: bool
    fired: int
    open: int
    skipped: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Words of the study that a report needs beyond its lines: organs, severities, decisions, a site's answers."""

    organs: tuple[Text, ...]
    severities: Mapping[Severity, Text]
    classifications: Mapping[Class, Text]
    decisions: tuple[Text, ...]
    medical_decisions: tuple[Text, ...]
    answers: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one workbook says. ``sites``: Data Access Groups in scope by name, '' for records without."""

    facts: RunFacts
    protocol_version: str
    protocol_hash: str
    wording: Wording
    sites: tuple[str, ...]
    subjects: tuple[SubjectLine, ...]
    queries: tuple[QueryLine, ...]
    held: int
    events: tuple[EventLine, ...]
    rules: tuple[RuleLine, ...]
    changes: tuple[Entry, ...]
