"""What happens to the queries of one record while they are reconciled, written down step by step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from redcap_licats.query.lifecycle import step
from redcap_licats.query.model import Conflict, ConflictCode, Query, State, Transition, When


@dataclass(slots=True)
class Ledger:
    """Transitions and conflicts of one record on one day. The only place where a query's state changes."""

    record: str
    today: dt.date
    transitions: list[Transition] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    def move(self, query: Query, when: When) -> Query:
        """Take a step of the lifecycle that leaves a query."""
        target = self._note(query, query.state, when)
        if target is None or target is query.state:
            return query
        conflict = query.conflict if when is When.RELEASED else None
        return replace(
            query, state=target, since=self.today, opened=self._opened(query, target), conflict=conflict
        )

    def enter(self, query: Query, when: When) -> Query:
        """Take the first step of a new query."""
        target = self._note(query, None, when)
        return replace(query, state=target or query.state, opened=self._opened(query, target))

    def leave(self, query: Query, when: When) -> None:
        """Take the step after which nothing of a query is left."""
        self._note(query, query.state, when)

    def conflict(self, code: ConflictCode, number: int, *, medical: bool) -> None:
        """Report what the lifecycle has no place for."""
        self.conflicts.append(Conflict(code, self.record, number, medical))

    def _opened(self, query: Query, target: State | None) -> dt.date | None:
        return query.opened or (self.today if target is State.OPEN else None)

    def _note(self, query: Query, source: State | None, when: When) -> State | None:
        target = step(source, when)
        self.transitions.append(Transition(query.id, query.number, query.medical, source, target, when))
        return target
