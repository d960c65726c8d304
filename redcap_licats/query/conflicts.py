"""Conflicts that can be seen from what stands in REDCap, whatever a run has reported before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from redcap_licats.query.identity import MANUAL
from redcap_licats.query.model import Answer, Conflict, ConflictCode, Decision, Query

Slot = tuple[bool, int]
"""Whether a row stands on the medical instrument, and its number."""


def standing_conflicts(
    record: str, queries: Sequence[Query], answers: Iterable[Answer], decisions: Iterable[Decision]
) -> tuple[Conflict, ...]:
    """List all conflicts of a record that wait for a person, in order of instrument and number.

    Args:
        record: Record id.
        queries: The record's queries, of any state.
        answers: The site's answers.
        decisions: The monitors' decisions.
    """
    rows = {(one.medical, one.number): one for one in queries}
    kept = [(one.conflict, slot) for slot, one in rows.items() if one.conflict]
    said = {one.number for one in answers}
    found = {*kept, *unplaced(rows, said, {(one.medical, one.number): one for one in decisions})}
    return tuple(
        Conflict(code, record, number, medical)
        for code, (medical, number) in sorted(found, key=lambda one: (one[1], one[0]))
    )


def unplaced(
    rows: Mapping[Slot, Query], said: Iterable[int], ruled: Mapping[Slot, Decision]
) -> Iterator[tuple[ConflictCode, Slot]]:
    """Find what no row of a query can keep: answers and decisions beside none, texts beside a rule, twins."""
    for number in said:
        if (False, number) not in rows:
            yield ConflictCode.UNASKED_ANSWER, (False, number)
    for slot, decision in ruled.items():
        if slot not in rows:
            yield ConflictCode.UNASKED_DECISION, slot
        elif decision.text and not decision.medical and rows[slot].kind != MANUAL:
            yield ConflictCode.MANUAL_TEXT, slot
    carried: dict[tuple[bool, str], Slot] = {}
    for slot, query in sorted(rows.items(), key=lambda one: (one[1].since, one[0])):
        if query.state.live:
            if twin := carried.get((query.medical, query.id)):
                yield ConflictCode.TWICE, twin
            carried[query.medical, query.id] = slot
