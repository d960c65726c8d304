"""Turn rows as REDCap holds them into a report. Pure: every date and fact is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from types import MappingProxyType

from redcap_licats.api.threads import Thread
from redcap_licats.check.model import Skipped
from redcap_licats.errors import RecordError
from redcap_licats.forms import expand_forms
from redcap_licats.journal.model import Entry
from redcap_licats.protocol.models import Protocol, Severity
from redcap_licats.query.burden import Raised, burden
from redcap_licats.query.model import State
from redcap_licats.report.events import CLASS_OF_CODE, event_lines, subject_line
from redcap_licats.report.facts import Audience, Coverage, Privacy, RunFacts
from redcap_licats.report.labels import Labels, labels_of
from redcap_licats.report.missing import missing_lines
from redcap_licats.report.model import EventLine, MissingLine, QueryLine, Report, RuleLine, SubjectLine, Wording
from redcap_licats.report.privacy import mask_change, mask_query
from redcap_licats.report.queries import RANK, WAITING, listing_order, queries_shown, query_lines
from redcap_licats.report.records import Row, by_record

_NONE: Mapping[str, Sequence[Thread]] = MappingProxyType({})


def gather(
    rows: Iterable[Row],
    protocol: Protocol,
    changes: Iterable[Entry],
    facts: RunFacts,
    *,
    groups: Mapping[str, str],
    skipped: Iterable[Skipped] = (),
    absent_forms: Set[str] = frozenset(),
    record_id_field: str = "record_id",
    threads: Mapping[str, Sequence[Thread]] = _NONE,
    prefix: str = "",
) -> Report:
    """Gather everything one report says.

    Args:
        rows: Flat raw export rows of the worker's instruments, the sites' answers and the sites' instruments
            ("value now"), of any number of records.
        protocol: For labels, wording, rule titles and target days.
        changes: Cells written, from the journal; those that REDCap did not confirm are passed over.
        facts: The run, and whom the report is for: records of other sites than ``facts.site`` are left out,
            and so is everything medical where the audience is a site. Values are masked where it says so.
        groups: Record to unique name of its Data Access Group; records without one have '' or are missing.
        skipped: Checks that were not run in this study.
        absent_forms: Instruments of the protocol that are not in this study.
        record_id_field: Name of the project's first field.
        threads: By record, where queries are answered in them.
        prefix: What stands before our names in the project.

    Records whose queries cannot be read are left out and named in the report's coverage.
    """
    labels = labels_of(protocol)
    hidden = _hidden_instruments(protocol, facts.audience)
    unreadable: dict[str, str] = {}
    raised: list[Raised] = []
    lines: list[QueryLine] = []
    events: list[EventLine] = []
    subjects: list[SubjectLine] = []
    missing: list[MissingLine] = []
    forms = tuple(one for one in expand_forms(protocol) if one.instrument.name not in absent_forms)
    for record in by_record(rows, record_id_field).values():
        if not _in_scope(record.record, groups, facts):
            continue
        site = groups.get(record.record, "")
        try:
            shown = queries_shown(record, facts.audience, threads.get(record.record, ()))
        except RecordError as error:
            unreadable[record.record] = str(error)
            continue
        queries = [one.query for one in shown]
        raised.extend(shown)
        lines.extend(query_lines(record, site, shown, protocol, labels, facts))
        events.extend(event_lines(record, site, queries, protocol, labels, facts))
        subjects.append(subject_line(record, site))
        missing.extend(missing_lines(record, site, subjects[-1].day_zero, forms, protocol, facts))
    if facts.privacy is Privacy.NO_VALUES:
        lines, changes = list(map(mask_query, lines)), map(mask_change, changes)
    return Report(
        facts=replace(facts, coverage=_coverage(facts, groups, unreadable)),
        protocol_version=protocol.version,
        protocol_hash=protocol.hash,
        wording=_wording(protocol, labels),
        sites=tuple(sorted({one.site for one in subjects})),
        subjects=tuple(subjects),
        queries=tuple(sorted((one for one in lines if one.state in WAITING), key=listing_order)),
        closed=tuple(sorted((one for one in lines if one.state not in WAITING), key=listing_order)),
        held=sum(one.query.state is State.HELD for one in raised),
        missing=tuple(missing),
        events=tuple(events),
        rules=_rules(protocol, labels, raised, skipped, facts.audience),
        changes=tuple(
            replace(one, change=one.change.named(prefix))
            for one in changes
            if one.written and one.change.instrument not in hidden and _in_scope(one.change.record, groups, facts)
        ),
    )


def _wording(protocol: Protocol, labels: Labels) -> Wording:
    return Wording(
        organs=tuple(organ.label for organ in protocol.organs.values()),
        severities={one: labels.severity(one) for one in Severity},
        classifications={one: labels.choice("res_class_d", code) for code, one in CLASS_OF_CODE.items()},
        decisions=labels.choices["dec_action"],
        medical_decisions=labels.choices["mdec_action"],
        reasons=labels.choices["ans_reason"],
    )


def _rules(
    protocol: Protocol, labels: Labels, raised: Iterable[Raised], skipped: Iterable[Skipped], audience: Audience
) -> tuple[RuleLine, ...]:
    """List every check by weight; a site's report does not tell how often a medical check fired."""
    burdens = burden(raised, protocol)
    reasons = {one.check: one.reason for one in skipped}
    checks = (
        one
        for one in protocol.checks.values()
        if audience is Audience.MONITOR or one.severity is not Severity.MEDICAL
    )
    return tuple(
        RuleLine(
            id=check.id,
            severity=check.severity,
            severity_label=labels.severity(check.severity),
            title=check.title,
            wording=check.text,
            source=check.source,
            enabled=check.enabled,
            burden=burdens[check.id],
            skipped=reasons.get(check.id, ""),
        )
        for check in sorted(checks, key=lambda one: (RANK[one.severity], one.id))
    )


def _in_scope(record: str, groups: Mapping[str, str], facts: RunFacts) -> bool:
    return not facts.site or groups.get(record) == facts.site


def _hidden_instruments(protocol: Protocol, audience: Audience) -> frozenset[str]:
    if audience is Audience.MONITOR:
        return frozenset()
    return frozenset(one.name for one in protocol.instruments.values() if not one.site_reads)


def _coverage(facts: RunFacts, groups: Mapping[str, str], unreadable: Mapping[str, str]) -> Coverage:
    """Add the records that could not be listed; name no other site's records."""
    coverage = facts.coverage
    left_out = {**coverage.left_out, **unreadable}
    return replace(
        coverage,
        left_out={record: why for record, why in left_out.items() if _in_scope(record, groups, facts)},
        frozen=tuple(record for record in coverage.frozen if _in_scope(record, groups, facts)),
    )
