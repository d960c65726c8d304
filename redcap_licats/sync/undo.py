"""Take back what a run wrote, where it still stands, and hold the project until somebody lets it go on."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError, LicatsError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import NOT_KEPT, Change, Hold, Run
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.model import State
from redcap_licats.query.rows import (
    MEDICAL_FORM,
    PEOPLES_FORMS,
    QUERY_FORM,
    STATE_CODES,
    STEMS,
    Row,
    read_queries,
)
from redcap_licats.query.threads import project
from redcap_licats.subject.model import Place
from redcap_licats.sync.delivery import reason_of
from redcap_licats.sync.held import Held, read_held
from redcap_licats.sync.preflight import Preflight, preflight, refuse_frozen
from redcap_licats.sync.record import by_record
from redcap_licats.sync.running import client_of, journalled, new_run_id
from redcap_licats.sync.summary import LeftOut
from redcap_licats.sync.threads import Workflow, workflow_of
from redcap_licats.sync.write import Writer

RULE = "undo"
_TOGETHER = 100
_LIVE = frozenset(code for state, code in STATE_CODES.items() if state.live)
_HELD, _CANCELLED = STATE_CODES[State.HELD], STATE_CODES[State.CANCELLED]


@dataclass(slots=True)
class UndoSummary:
    """What ``licats undo`` did.

    Attributes:
        run_id: Of the undoing, which is a run itself.
        undone: The run that was taken back.
        cells_written: Cells blanked or given their former value.
        queries_voided: Queries that the run had raised and that are now cancelled, or blanked where they were
            still held.
        cells_kept: Cells left as they are: somebody, or a later run, has changed them since.
    """

    run_id: str
    project: str
    undone: str
    error: LicatsError | None = None
    records_read: int = 0
    cells_written: int = 0
    queries_voided: int = 0
    cells_kept: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def exit(self) -> int:
        """Exit code of the command."""
        if self.error is not None:
            return self.error.exit_code
        return 1 if self.left_out else 0

    def as_dict(self) -> dict[str, object]:
        """Give the JSON object."""
        return {
            "run_id": self.run_id,
            "project": self.project,
            "undone": self.undone,
            "exit": self.exit,
            "error": self.error.as_dict() if self.error else None,
            "records_read": self.records_read,
            "records_left_out": [{"record": one.record, "reason": one.reason} for one in self.left_out],
            "cells_written": self.cells_written,
            "cells_kept": self.cells_kept,
            "queries_voided": self.queries_voided,
            "seconds": round(self.seconds, 3),
        }


def undo(
    settings: ProjectSettings, protocol: Protocol, run_id: str, *, client: RedcapClient | None = None
) -> UndoSummary:
    """Undo a run. The project is held first, so that no run writes it all again meanwhile.

    Args:
        settings: The project.
        protocol: The protocol, for the worker's instruments.
        run_id: The run, as ``licats history`` names it.
        client: The project's client; made from the settings if missing.

    Returns:
        What was done. An error that stopped it is in it, never raised; undoing the run again goes on from there.
    """
    started = dt.datetime.now(dt.UTC)
    clock = time.monotonic()
    summary = UndoSummary(new_run_id(started), settings.name, run_id)
    run = Run(
        run_id=summary.run_id,
        project=settings.name,
        project_id=settings.project_id,
        server=settings.installation,
        started=started,
        protocol_version=protocol.version,
        protocol_hash=protocol.hash,
        undoes=run_id,
    )
    try:
        refuse_frozen(settings)
        caller_of = nullcontext(client) if client else client_of(settings)
        with journalled(settings, run, summary) as journal, caller_of as caller:
            _undo(caller, settings, protocol, journal, summary, started)
    except LicatsError as error:
        summary.error = error
    summary.seconds = time.monotonic() - clock
    return summary


def _undo(
    client: RedcapClient,
    settings: ProjectSettings,
    protocol: Protocol,
    journal: Journal,
    summary: UndoSummary,
    started: dt.datetime,
) -> None:
    if journal.run(settings, summary.undone) is None:
        known = ", ".join(one.run_id for one in journal.runs(settings) if one.cells_written)
        raise ConfigError(
            "RUN-UNKNOWN",
            f"The journal has no run '{summary.undone}'",
            where=f"project '{settings.name}'",
            remedy=f"The last runs: {known or 'none'}.",
        )
    _refuse_peoples(journal, settings, summary.undone)
    setup = preflight(client, settings, protocol, dry_run=True)
    memory = journal.memory(settings.key)
    memory.hold(Hold(summary.undone, started))
    id_field = setup.dictionary.record_id_field
    writer = Writer(client, journal, summary.run_id, setup.homes, id_field=id_field)
    workflow = workflow_of(client, settings)
    touched: list[list[str]] = []
    try:
        for some in _by_records(entry.change for entry in journal.changes_of_run(summary.undone)):
            memory.unsettle(some)
            changes: list[Change] = []
            rows = client.export_rows(list(some), forms=list(setup.homes))
            for record, of_record in by_record(rows, id_field):
                summary.records_read += 1
                held = read_held(of_record, setup.homes.values())
                changes += _take_back(some[record], held, setup, summary)
            writer.write(changes)
            touched.append(list(some))
        if workflow:
            # cells come first: they are taken back even where the module cannot be reached
            for names in touched:
                left = client.export_rows(names, forms=list(setup.homes))
                _take_back_threads(workflow, dict(by_record(left, id_field)), setup)
    finally:
        summary.cells_written = writer.cells
        summary.left_out += [LeftOut(record, reason_of(one)) for record, one in writer.refused.items()]
        if workflow:
            summary.left_out += [LeftOut(*one) for one in workflow.refused.items()]


def _take_back_threads(workflow: Workflow, rows_of: Mapping[str, Sequence[Row]], setup: Preflight) -> None:
    """Let threads say what the queries say now; those that people have in hand stay theirs."""
    threads = workflow.threads(list(rows_of))
    workflow.keep(
        project(record, read_queries(rows), threads[record], setup.exists) for record, rows in rows_of.items()
    )


def _refuse_peoples(journal: Journal, settings: ProjectSettings, run_id: str) -> None:
    """Leave to people what people decided.

    Raises:
        ConfigError: The run wrote decisions or answers from workbooks.
    """
    if any(entry.change.instrument in PEOPLES_FORMS for entry in journal.changes_of_run(run_id)):
        raise ConfigError(
            "RUN-PEOPLE",
            f"Run '{run_id}' wrote decisions or answers from workbooks; they are not taken back by a run",
            where=f"project '{settings.name}'",
            remedy="Let who decided decide anew, in REDCap or in a new workbook.",
        )


def _by_records(changes: Iterable[Change]) -> Iterator[Mapping[str, Sequence[Change]]]:
    """Give a run's changes, some records at a time."""
    of: dict[str, list[Change]] = {}
    for one in changes:
        of.setdefault(one.record, []).append(one)
    names = list(of)
    for start in range(0, len(names), _TOGETHER):
        yield {name: of[name] for name in names[start : start + _TOGETHER]}


def _take_back(changes: Sequence[Change], held: Held, setup: Preflight, summary: UndoSummary) -> Iterator[Change]:
    """Give the changes that take back those of one record."""
    rows: dict[Place, list[Change]] = {}
    for one in changes:
        rows.setdefault(Place(one.instrument, one.instance, one.event), []).append(one)
    for place, row in rows.items():
        cells = held.get(place, {})
        if _was_raised(place, row):
            voided = list(void(row, cells, setup.today))
            summary.queries_voided += bool(voided)
            yield from voided
        else:
            restored = list(restore(row, cells))
            summary.cells_kept += sum(_may_be(one.field, one.old) for one in row) - len(restored)
            yield from restored


def _was_raised(place: Place, row: Sequence[Change]) -> bool:
    """Whether the run put a query where there was none."""
    if place.form not in (QUERY_FORM, MEDICAL_FORM):
        return False
    field = f"{STEMS[place.form]}_id_d"
    return any(one.field == field and not one.old and one.new for one in row)


def restore(row: Sequence[Change], cells: Mapping[str, str]) -> Iterator[Change]:
    """Give back their former values to the cells that still hold what the run wrote.

    The status of a form cannot be blanked, and what the journal keeps no copy of cannot be given back.
    """
    for one in row:
        if cells.get(one.field, "") == one.new and one.old != NOT_KEPT and _may_be(one.field, one.old):
            yield replace(one, old=one.new, new=one.old, rule=RULE)


def void(row: Sequence[Change], cells: Mapping[str, str], today: dt.date) -> Iterator[Change]:
    """Cancel a query that the run raised; one that was held still leaves no trace (RULES.md, lifecycle).

    What became of it by other hands stays: a query that is no longer live, and what people wrote beside it.
    """
    stem = STEMS[row[0].instrument]
    state = cells.get(f"{stem}_state_d", "")
    mine = any(one.field == f"{stem}_id_d" and one.new == cells.get(one.field) for one in row)
    if not mine or state not in _LIVE:
        return
    wanted = {f"{stem}_state_d": _CANCELLED, f"{stem}_since_d": today.isoformat()}
    if state == _HELD:
        wanted = {name: "" for name, value in cells.items() if value and _may_be(name, "")}
    for name, value in wanted.items():
        if cells.get(name, "") != value:
            yield replace(row[0], field=name, old=cells[name], new=value, rule=RULE)


def _may_be(field: str, value: str) -> bool:
    return bool(value) or not field.endswith("_complete")
