"""What the rules and the monitors ask today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from redcap_licats.check.model import Finding, Outcome, wording
from redcap_licats.protocol.models import CheckSpec, Protocol, Severity
from redcap_licats.query.identity import MANUAL, fingerprint, query_id
from redcap_licats.query.model import Decision, Query
from redcap_licats.query.place import in_words
from redcap_licats.subject.model import Input, Place

Key = tuple[bool, str]
"""Whether a query is medical, and its identity."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked today; a query is its history."""

    id: str
    medical: bool
    rule: str
    severity: str
    place: Place
    field: str
    value: str
    text: str
    fingerprint: str
    where: str
    at_once: bool = False

    @property
    def key(self) -> Key:
        """Where the query of this question stands."""
        return self.medical, self.id


class Standing(Enum):
    """Whether a rule can still speak."""

    SPEAKS = "speaks"
    SILENT = "silent"  # not run today; its queries stay as they are
    OFF = "off"


def asked_by_rules(
    findings: Iterable[Finding], record: str, protocol: Protocol, project_id: int | str
) -> Iterator[Question]:
    """Turn findings into questions in a fixed order; what is only information is not asked."""
    for one in sorted(findings, key=lambda one: (one.place, one.check, one.field)):
        spec = protocol.checks[one.check]
        if spec.severity is not Severity.INFO:
            yield Question(
                id=query_id(project_id, record, one.place, one.check, one.field),
                medical=spec.severity is Severity.MEDICAL,
                rule=one.check,
                severity=spec.severity.value,
                place=one.place,
                field=one.field,
                value=next((cell.value for cell in one.inputs if _about(one, cell)), ""),
                text=wording(one, spec, protocol.settings.language),
                fingerprint=fingerprint(one.inputs),
                where=in_words(one.place, one.field, protocol),
                at_once=spec.at_once,
            )


def _about(finding: Finding, cell: Input) -> bool:
    return (cell.place, cell.field) == (finding.place, finding.field)


def asked_by_monitor(decision: Decision, record: str, protocol: Protocol, project_id: int | str) -> Question:
    """Turn a decision without a query into a manual query; its text is all it is raised on."""
    place = Place(decision.form, decision.instance)
    cell = Input(place, decision.field, decision.text)
    return Question(
        id=query_id(project_id, record, place, f"{MANUAL}-{decision.number}", decision.field),
        medical=False,
        rule=MANUAL,
        severity=Severity.QUERY.value,
        place=place,
        field=decision.field,
        value="",
        text=decision.text,
        fingerprint=fingerprint((cell,)),
        where=in_words(place, decision.field, protocol),
        at_once=True,
    )


def standing(query: Query, outcome: Outcome, protocol: Protocol) -> Standing:
    """Tell whether the rule of a query still speaks.

    A medical rule speaks on both instruments: on the site's where the monitor released it. A rule that reads
    REDCap's log is silent in a run without the log; one whose form is not in the study is off.
    """
    spec: CheckSpec | None = protocol.checks.get(query.rule)
    if spec is None or not spec.enabled or spec.severity is Severity.INFO:
        return Standing.OFF
    if query.medical and spec.severity is not Severity.MEDICAL:
        return Standing.OFF
    if any(one.check == spec.id for one in outcome.skipped):
        return Standing.SILENT if spec.needs_history else Standing.OFF
    return Standing.SPEAKS
