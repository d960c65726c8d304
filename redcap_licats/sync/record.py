"""One record, from its exported rows to the cells that are to stand on the worker's instruments. All pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from redcap_licats.check.model import NOT_READ, Context, History
from redcap_licats.check.run import run_checks
from redcap_licats.config import ProjectSettings
from redcap_licats.derive.model import SubjectResult
from redcap_licats.derive.subject import derive_subject
from redcap_licats.mapping.names import Names
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.model import Decision, Reconciled
from redcap_licats.query.reconcile import reconcile
from redcap_licats.query.rows import form_statuses, read_answers, read_decisions, read_queries
from redcap_licats.subject.model import Place, Subject
from redcap_licats.subject.read import read_subject
from redcap_licats.sync.held import Held, Row, arm_of, read_held
from redcap_licats.sync.plan import Wanted, wanted_cells, where_it_is
from redcap_licats.sync.preflight import Preflight


@dataclass(frozen=True, slots=True)
class Worked:
    """One record, worked out.

    Attributes:
        subject: What people entered.
        derived: What follows from it.
        reconciled: Its queries as they must stand.
        held: What REDCap holds on the worker's instruments.
        wanted: What is to stand there.
        next_due: First day on which something else may be wanted although nothing was changed.
        names: Names in the project where they are not ours; None if they are.
    """

    subject: Subject
    derived: SubjectResult
    reconciled: Reconciled
    held: Held
    wanted: Wanted
    next_due: dt.date | None
    names: Names | None = None


def work_out(
    record: str,
    rows: list[Row],
    project: Preflight,
    settings: ProjectSettings,
    protocol: Protocol,
    *,
    history: History = NOT_READ,
) -> Worked:
    """Read, derive, check and reconcile one record.

    Args:
        record: Record id.
        rows: All its rows as exported, the worker's among them.
        project: What preflight found out.
        settings: The project.
        protocol: The protocol.
        history: Its changes by REDCap's log.

    Raises:
        RecordError: The rows cannot be made sense of.
    """
    names = project.names
    subject = read_subject(
        project.cut(rows) if project.cut else rows,
        protocol,
        record_id_field=project.dictionary.record_id_field,
        absent_forms=project.absent_forms,
        unmapped=names.unmapped if names else frozenset(),
    )
    derived = derive_subject(subject, protocol)
    outcome = run_checks(Context(subject, derived, protocol, project.today, history))
    reconciled = reconcile(
        record,
        outcome,
        [where_it_is(one, names) for one in read_queries(rows)],
        read_answers(rows),
        [_asked_where(one, names) for one in read_decisions(rows)],
        form_statuses(subject),
        protocol,
        settings.project_id,
        project.today,
        release_days=settings.release_days,
    )
    held = read_held(rows, project.homes.values())
    due = [day for day in (outcome.next_due, reconciled.next_due) if day]
    arm = arm_of(rows, project.homes.values(), project.arms)
    if any(arm not in home.events for home in project.homes.values()):
        # an arm without our forms, such as one of controls: nothing is to stand there
        return Worked(subject, derived, reconciled, held, {}, None, names)
    events = {name: home.events[arm] for name, home in project.homes.items()}
    wanted = wanted_cells(subject, derived, reconciled, held, events, protocol, names)
    return Worked(subject, derived, reconciled, held, wanted, min(due, default=None), names)


def _asked_where(decision: Decision, names: Names | None) -> Decision:
    """Let a monitor's own query name form and field as we do: monitors write what they see."""
    if names is None or not decision.form:
        return decision
    place, field = names.ours_of(Place(decision.form, decision.instance), decision.field)
    return replace(decision, form=place.form, instance=place.instance, field=field)


def by_record(rows: list[dict[str, str]], id_field: str) -> Iterator[tuple[str, list[Row]]]:
    """Sort a batch's rows by record; the records keep their order."""
    of: dict[str, list[Row]] = {}
    for row in rows:
        of.setdefault(row[id_field], []).append(row)
    yield from of.items()
