"""What another protocol would move: the stored records worked out by both, nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import RecordError
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.rows import MEDICAL_FORM, QUERY_FORM, STEMS
from redcap_licats.subject.model import Place
from redcap_licats.sync.cells import KEY, PROTOCOL_MARK, RESULT, SUMMARY
from redcap_licats.sync.preflight import Preflight, preflight, refuse_worker_in_group
from redcap_licats.sync.record import Worked, by_record, work_out
from redcap_licats.sync.stored import log_of
from redcap_licats.sync.summary import LeftOut
from redcap_licats.sync.threads import workflow_of

#: what is counted and named one by one -> its column on the results
VALUES: Mapping[str, str] = {
    "timing": "res_timing_d",
    "grade": "res_grade_d",
    "classification": "res_class_d",
}
QUERY = "query"

#: columns that move with any protocol, or with another column
_FOLLOWING = frozenset({PROTOCOL_MARK, "res_fprint_d", "res_q_any_d", "res_q_n_d", "res_q_sev_d"})

#: rows of the worker by what stays the same whichever protocol wrote them: form, and event key or query id
_Rows = dict[tuple[str, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Move:
    """One value that would change. ``what``: ``timing``, ``grade``, ``classification`` or ``query``.

    ``event`` is the event's key. A query is named by its ``rule`` and the cell it is about (``form``,
    ``instance``, ``field``); its values are states. ``before`` and ``after`` are stored codes, '' for none.
    """

    record: str
    what: str
    before: str
    after: str
    event: str = ""
    rule: str = ""
    form: str = ""
    instance: str = ""
    field: str = ""

    def as_dict(self) -> dict[str, str]:
        """Give the move as an object of the ``--json`` output."""
        where = {"event": self.event, "rule": self.rule, "form": self.form, "instance": self.instance}
        return {
            "record": self.record,
            "what": self.what,
            **{name: value for name, value in {**where, "field": self.field}.items() if value},
            "from": self.before,
            "to": self.after,
        }


@dataclass(slots=True)
class Simulation:
    """What would move.

    Attributes:
        columns: Cells that would change, by column of the results and the summary; the named values among them.
    """

    records_read: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    columns: Counter[str] = field(default_factory=Counter)

    @property
    def moved(self) -> dict[str, int]:
        """Give the number of moves by kind, and of cells in all."""
        counts = Counter(one.what for one in self.moves)
        return {
            **{name: counts[name] for name in VALUES},
            "queries": counts[QUERY],
            "cells": sum(self.columns.values()),
        }

    def as_dict(self) -> dict[str, object]:
        """Give the object of the ``--json`` output."""
        return {
            "records_read": self.records_read,
            "records_left_out": [{"record": one.record, "reason": one.reason} for one in self.left_out],
            "moved": self.moved,
            "columns": dict(sorted(self.columns.items())),
            "moves": [one.as_dict() for one in self.moves],
        }


def simulate(
    client: RedcapClient,
    settings: ProjectSettings,
    base: Protocol | None,
    changed: Protocol,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Simulation:
    """Work out every record by two protocols and compare. One batch of records is held at a time.

    Args:
        client: The project's client.
        settings: The project.
        base: The protocol to compare with; None compares with what REDCap holds now.
        changed: The other protocol. The project need not have its new forms and fields yet.
        progress: Called after each batch with records done and records in all.

    Raises:
        FatalError: The project is not the right one, is not set up for ``base``, or cannot be read.
    """
    project = preflight(client, settings, base or changed, dry_run=True)
    after_change = replace(project, absent_forms=_absent_forms(changed, project))
    log = log_of(client, project, settings, changed)
    base_log = base and log_of(client, project, settings, base)
    found = Simulation()
    ids = client.record_ids()
    workflow = workflow_of(client, settings)
    for batch in client.export_batches(ids, groups=True):
        if batch and not found.records_read:
            refuse_worker_in_group(batch[0], project, settings)
        rows_of = dict(by_record(batch, project.dictionary.record_id_field))
        said = workflow.threads(list(rows_of)) if workflow else {}
        for record, rows in rows_of.items():
            found.records_read += 1
            threads = said.get(record)
            try:
                history = log.of(record, rows)
                after = work_out(record, rows, after_change, settings, changed, history=history, threads=threads)
                before = None
                if base and base_log:
                    history = base_log.of(record, rows)
                    before = work_out(record, rows, project, settings, base, history=history, threads=threads)
            except RecordError as error:
                found.left_out.append(LeftOut(record, str(error)))
                continue
            _compare(record, _rows_wanted(before) if before else _rows_held(after), _rows_wanted(after), found)
        if progress:
            progress(found.records_read, len(ids))
    return found


def _absent_forms(protocol: Protocol, project: Preflight) -> frozenset[str]:
    forms = build_dictionary(protocol, protocol.settings.language).forms
    instead = project.names.instead if project.names else frozenset()
    return frozenset(name for name in forms if name not in project.dictionary.forms) - instead


def _rows_wanted(worked: Worked) -> _Rows:
    plain = ((place, {name: one.value for name, one in cells.items()}) for place, cells in worked.wanted.items())
    return _named(plain)


def _rows_held(worked: Worked) -> _Rows:
    return _named(worked.held.items())


def _named(rows: Iterable[tuple[Place, Mapping[str, str]]]) -> _Rows:
    """Name rows by what they are about instead of where they stand; blanked rows are left out."""
    named: _Rows = {}
    for place, cells in rows:
        if place.form == SUMMARY:
            named[SUMMARY, ""] = cells
        elif name := cells.get(KEY if place.form == RESULT else f"{STEMS[place.form]}_id_d", ""):
            named[place.form, name] = cells
    return named


def _compare(record: str, before: _Rows, after: _Rows, found: Simulation) -> None:
    for form, name in sorted(before.keys() | after.keys()):
        old, new = before.get((form, name), {}), after.get((form, name), {})
        if form in (QUERY_FORM, MEDICAL_FORM):
            found.moves += _query_moves(record, STEMS[form], old, new)
            continue
        changed = {
            column
            for column in old.keys() | new.keys()
            if old.get(column, "") != new.get(column, "") and column not in _FOLLOWING
        }
        found.columns.update(changed)
        found.moves += [
            Move(record, what, old.get(column, ""), new.get(column, ""), event=name)
            for what, column in VALUES.items()
            if column in changed
        ]


def _query_moves(record: str, stem: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Move]:
    before, after = (row.get(f"{stem}_state_d", "") for row in (old, new))
    if before != after:
        concepts = ("rule", "form", "inst", "field")
        rule, form, instance, variable = ((new or old)[f"{stem}_{concept}_d"] for concept in concepts)
        yield Move(record, QUERY, before, after, rule=rule, form=form, instance=instance, field=variable)
