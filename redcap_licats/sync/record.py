"""One record, from its exported rows to the cells that are to stand on the worker's instruments. All pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from redcap_licats.api.threads import Thread
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
from redcap_licats.query.threads import Projection, project, said_in_threads
from redcap_licats.subject.model import Place, Subject
from redcap_licats.subject.read import read_subject
from redcap_licats.sync.held import Held, Row, arm_of, read_held
from redcap_licats.sync.plan import Wanted, wanted_cells, where_it_is, where_it_stands
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
        threads: What is to become of its threads; None where queries are answered on forms.
        names: Names in the project where they are not ours; None if they are.
    """

    subject: Subject
    derived: SubjectResult
    reconciled: Reconciled
    held: Held
    wanted: Wanted
    next_due: dt.date | None
    threads: Projection | None = None
    names: Names | None = None


def work_out(
    record: str,
    rows: list[Row],
    setup: Preflight,
    settings: ProjectSettings,
    protocol: Protocol,
    *,
    history: History = NOT_READ,
    threads: Sequence[Thread] | None = None,
) -> Worked:
    """Read, derive, check and reconcile one record.

    Args:
        record: Record id.
        rows: All its rows as exported, the worker's among them.
        setup: What preflight found out of the project.
        settings: The project.
        protocol: The protocol.
        history: Its changes by REDCap's log.
        threads: Its threads; None where queries are answered on forms.

    Raises:
        RecordError: The rows cannot be made sense of.
    """
    names = setup.names
    subject = read_subject(
        setup.cut(rows) if setup.cut else rows,
        protocol,
        record_id_field=setup.dictionary.record_id_field,
        absent_forms=setup.absent_forms,
        unmapped=names.unmapped if names else frozenset(),
    )
    derived = derive_subject(subject, protocol)
    outcome = run_checks(Context(subject, derived, protocol, setup.today, history))
    stored = read_queries(rows)
    said = said_in_threads(stored, threads or (), read_answers(rows), read_decisions(rows))
    reconciled = reconcile(
        record,
        outcome,
        [where_it_is(one, names) for one in stored],
        said.answers,
        [_asked_where(one, setup) for one in said.decisions],
        form_statuses(subject),
        protocol,
        settings.project_id,
        setup.today,
        release_days=settings.release_days,
    )
    held = read_held(rows, setup.homes.values())
    due = [day for day in (outcome.next_due, reconciled.next_due) if day]
    arm = arm_of(rows, setup.homes.values(), setup.arms)
    if any(arm not in home.events for home in setup.homes.values()):
        # an arm without our forms, such as one of controls: nothing is to stand there
        return Worked(subject, derived, reconciled, held, {}, None, names=names)
    events = {name: home.events[arm] for name, home in setup.homes.items()}
    wanted = wanted_cells(subject, derived, reconciled, held, events, protocol, names)
    stand = [where_it_stands(one, names, protocol) for one in reconciled.queries]
    projection = None if threads is None else project(record, stand, threads, setup.exists)
    return Worked(subject, derived, reconciled, held, wanted, min(due, default=None), projection, names)


def _asked_where(decision: Decision, setup: Preflight) -> Decision:
    """Let a monitor's own query name form and field as we do, and say whether they are there at all."""
    if decision.medical or not decision.text:
        return decision
    named = decision.form or decision.field
    nowhere = bool(named and setup.live and not setup.live.has(decision.form, decision.field))
    if setup.names is None or not decision.form:
        return replace(decision, nowhere=nowhere)
    place, field = setup.names.ours_of(Place(decision.form, decision.instance), decision.field)
    return replace(decision, form=place.form, instance=place.instance, field=field, nowhere=nowhere)


def by_record(rows: list[dict[str, str]], id_field: str) -> Iterator[tuple[str, list[Row]]]:
    """Sort a batch's rows by record; the records keep their order."""
    of: dict[str, list[Row]] = {}
    for row in rows:
        of.setdefault(row[id_field], []).append(row)
    yield from of.items()
