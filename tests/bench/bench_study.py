"""The study that measurements are made on: synthetic patients, thinned to as many rows as a site would fill."""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.synth.cohort import Patient, stream

#: Repeating rows of a subject.
REPEATING = 20
#: Instruments that are filled at every visit; of the others every row is kept.
_AT_VISITS = ("labs", "assessment")

Row = dict[str, str]


def subjects(count: int, seed: int = 1) -> Iterator[list[Row]]:
    """Draw subjects one after another, each with 20 repeating rows (a few with more), for import or to be read."""
    for patient in stream(seed, count):
        yield _thinned(patient)


def _thinned(patient: Patient) -> list[Row]:
    """Keep the events, courses and stays, and of samples and assessments evenly as many as are left to keep."""
    rows = [{name: str(value) for name, value in row.items()} for row in patient.rows]
    visits = [row for row in rows if row.get("redcap_repeat_instrument") in _AT_VISITS]
    others = [row for row in rows if row.get("redcap_repeat_instrument") not in _AT_VISITS]
    left = REPEATING - sum(1 for row in others if row.get("redcap_repeat_instrument"))
    keep = min(max(left, 0), len(visits))
    return others + [visits[number * len(visits) // keep] for number in range(keep)]
