"""What became of every query, step by step, by the project's log, and whether the lifecycle has such steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from redcap_licats.api.model import LogEntry
from redcap_licats.query.lifecycle import LIFECYCLE
from redcap_licats.query.model import State, When
from redcap_licats.query.rows import STATE_CODES

_CODES = {code: state for state, code in STATE_CODES.items()}
_INSTANCE = re.compile(r"\[instance = (\d+)\]")
_CELL = re.compile(r"\b(qry|mqry)_(id|state|reopened)_d = '([^']*)'")

_PEOPLE = (
    *(When.ANSWERED, When.ACCEPTED, When.SENT_BACK, When.CANCELLED, When.NOTED, When.ADJUDICATE, When.TO_SITE),
)
_RULE = (When.NO_LONGER, When.AGAIN, When.CHANGED, When.SWITCHED_OFF)
_STAY = None
#: the orders in which one run takes steps: a query that was there; a new one; one that a monitor raised
_ORDERS = (
    *product((_STAY, When.RELEASED), (_STAY, *_PEOPLE), (_STAY, *_PEOPLE), (_STAY, When.GONE, *_RULE)),
    *((one,) for one in (When.FIRES, When.RELEASED, When.TO_SITE)),
    *product((When.RAISED,), (_STAY, *_PEOPLE), (_STAY, *_PEOPLE), (_STAY, When.CHANGED, When.SWITCHED_OFF)),
)


def _after(source: State | None, order: Iterable[When | None]) -> tuple[State | None, bool]:
    """Take steps one after another; tell also whether the table has them all."""
    here = source
    for step in order:
        if step is not _STAY:
            if here not in LIFECYCLE[step]:
                return here, False
            here = LIFECYCLE[step][here]
    return here, True


def _legal() -> frozenset[tuple[State | None, State | None]]:
    """Give every change of a state that one run may make."""
    ways = [(source, *_after(source, order)) for source in (None, *State) for order in _ORDERS]
    return frozenset((source, target) for source, target, possible in ways if possible)


LEGAL = _legal()


@dataclass
class _Row:
    id: str = ""
    state: State | None = None
    reopened: int = 0


@dataclass
class Histories:
    """Follows the queries of one project.

    Attributes:
        steps: Changes of state seen.
        wrong: What the lifecycle does not have.
    """

    steps: int = 0
    wrong: list[str] = field(default_factory=list)
    _rows: dict[tuple[str, str, str], _Row] = field(default_factory=dict)

    def follow(self, log: Iterable[LogEntry], worker: str, names: Mapping[str, str]) -> None:
        """Read the log, oldest line first.

        Args:
            log: The log.
            worker: The worker's user.
            names: The last id of each record that was renamed.
        """
        for entry in log:
            if entry.user != worker:
                continue
            if entry.action.startswith("Create"):
                self.wrong.append(f"the worker created record {entry.record}")
            found = _INSTANCE.search(entry.details)
            cells = list(_cells(entry.details))
            for stem in {stem for stem, _, _ in cells}:
                key = names.get(entry.record, entry.record), stem, found[1] if found else "1"
                told = {name: value for of, name, value in cells if of == stem}
                self._step(key, self._rows.setdefault(key, _Row()), told)

    def _step(self, key: tuple[str, str, str], row: _Row, told: Mapping[str, str]) -> None:
        identity = told.get("id", row.id)
        state = _CODES.get(told["state"]) if "state" in told else row.state
        reopened = int(told["reopened"] or 0) if "reopened" in told else row.reopened
        if identity != row.id and row.id and identity:
            self.wrong.append(f"{key}: another query took the row of one that was {row.state}")
        if (row.state, state) not in LEGAL:
            self.wrong.append(f"{key}: from {row.state} to {state}")
        elif state is State.OPEN and row.state in (State.RESOLVED, State.CLOSED) and reopened != row.reopened + 1:
            self.wrong.append(f"{key}: opened again, but counted {reopened} after {row.reopened} times")
        self.steps += state != row.state
        row.id, row.state, row.reopened = identity, state, reopened


def _cells(details: str) -> Iterator[tuple[str, str, str]]:
    for found in _CELL.finditer(details):
        yield found[1], found[2], found[3]
