"""What an edit check gets and gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute

from redcap_licats.derive.model import SubjectResult
from redcap_licats.protocol.models import CheckSpec, Protocol, Text
from redcap_licats.subject.model import Input, Place, Subject


@dataclass(frozen=True, slots=True)
class Change:
    """One cell as REDCap's log says it was saved, on a site-local day."""

    on: dt.date
    place: Place
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Why REDCap's log was not read. ``passing``: it may be read the next time."""

    reason: str
    passing: bool = False


#: A record's changes in the order of REDCap's log, or why it was not read.
History = tuple[Change, ...] | Unread

NOT_READ = Unread("history not read")
NO_LOGGING_RIGHT = Unread("no logging right")
NO_EVENT_NAMES = Unread("longitudinal project: the log does not name events")


def followed(organs: Iterable[str]) -> frozenset[str]:
    """Name the fields whose changes checks follow; of an organ event's other cells they read the day alone."""
    return frozenset(field for slug in organs for field in (f"enr_{slug}_aff", f"{slug}_inv_grade"))


@dataclass(frozen=True, slots=True)
class Context:
    """All a check may read.

    Attributes:
        today: The server's date, or the data cut where one is set.
    """

    subject: Subject
    derived: SubjectResult
    protocol: Protocol
    today: dt.date
    history: History = NOT_READ

    @property
    def changes(self) -> tuple[Change, ...]:
        """The record's changes; none where the log was not read."""
        return () if isinstance(self.history, Unread) else self.history


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that fired.

    Attributes:
        check: Id of the check.
        place: Row it is about.
        field: Our variable it is about.
        numbers: Values for the wording's placeholders, a label in both languages; dates as dates, never
            "today" or a number of days since then.
        inputs: The cells that were read: value when raised, and the fingerprint.
    """

    check: str
    place: Place
    field: str
    numbers: Mapping[str, str | Text] = attribute(default_factory=dict)
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """The day on which a check may say something else although no cell has changed."""

    on: dt.date


@dataclass(frozen=True, slots=True)
class Skipped:
    """A check that was not run in this study and why, such as ``form not in study: microbiology``."""

    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the checks say of one subject.

    Attributes:
        findings: After suppression, unique, in order of place, check and field.
        next_due: First day on which a check may say something else although no cell has changed.
        skipped: The checks that did not run.
    """

    findings: tuple[Finding, ...]
    next_due: dt.date | None = None
    skipped: tuple[Skipped, ...] = ()


def wording(finding: Finding, spec: CheckSpec, language: str) -> str:
    """Fill a check's wording with the finding's numbers."""
    numbers = {name: one if isinstance(one, str) else one[language] for name, one in finding.numbers.items()}
    return spec.text[language].format_map(numbers)
