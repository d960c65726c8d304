"""What a project holds, as the campaign compares it (CONTRACT.md, fault campaign equality)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from fault_edits import GROUP, WORKER_FORMS
from fault_ground import Row

from redcap_licats.query.rows import STATE_CODES

Cells = Mapping[tuple[str, str, str], Mapping[str, str]]
_KEYS = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance")
_LIVE = frozenset(code for state, code in STATE_CODES.items() if state.live)
_QUERY = ("rule", "form", "inst", "event", "field", "state")
_STEMS = ("qry", "mqry")
_DERIVED = ("sum_", "res_", "licats_summary_complete", "licats_result_complete")
_WORKERS = (*_DERIVED, "qry_", "mqry_", *(f"{form}_complete" for form in WORKER_FORMS))


def worker_cells(rows: Sequence[Row]) -> Cells:
    """Give the worker's cells of every row that has any."""
    return _cells(rows, lambda name: name.startswith(_WORKERS))


def derived(rows: Sequence[Row]) -> Cells:
    """Give the cells of results and summaries."""
    return _cells(rows, lambda name: name.startswith(_DERIVED))


def entered(rows: Sequence[Row]) -> Cells:
    """Give the cells that people fill."""
    return _cells(rows, lambda name: not name.startswith(_WORKERS))


def live(rows: Sequence[Row], *, held: bool | None = None) -> Counter[tuple[str, ...]]:
    """Count the live queries, by what their identity is made of and their state: all, the held, or the others."""
    return Counter(
        (row["record_id"], stem, *(row[f"{stem}_{name}_d"] for name in _QUERY))
        for row in rows
        for stem in _STEMS
        if row[f"{stem}_state_d"] in _LIVE
        if held is None or held == (row[f"{stem}_state_d"] == "held")
    )


def live_twice(rows: Sequence[Row]) -> list[str]:
    """Name the identities that have more than one live query."""
    found = Counter(
        (row["record_id"], stem, row[f"{stem}_id_d"])
        for row in rows
        for stem in _STEMS
        if row[f"{stem}_state_d"] in _LIVE
    )
    return [f"query {one} is live {count} times" for one, count in found.items() if count > 1]


def compare(here: Sequence[Row], there: Sequence[Row]) -> Iterator[str]:
    """Say where two projects differ; names of places, fields and states only."""
    ids_here, ids_there = ({row["record_id"] for row in rows} for rows in (here, there))
    for record in sorted(ids_here - ids_there):
        yield f"record {record} is back from the dead"
    for record in sorted(ids_there - ids_here):
        yield f"record {record} is lost"
    yield from _differences("entered", entered(here), entered(there))
    yield from _differences("derived", derived(here), derived(there))
    for one in sorted((live(here) - live(there)).elements()):
        yield f"only here: query {one}"
    for one in sorted((live(there) - live(here)).elements()):
        yield f"only in the twin: query {one}"


def _differences(what: str, here: Cells, there: Cells) -> Iterator[str]:
    for key in sorted(here.keys() | there.keys()):
        one, other = here.get(key, {}), there.get(key, {})
        fields = [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
        if fields:
            yield f"{what} cells of {key} differ: {', '.join(fields[:6])}"


def _cells(rows: Sequence[Row], wanted: Callable[[str], bool]) -> Cells:
    chosen = [name for name in (rows[0] if rows else ()) if name not in _KEYS and wanted(name)]
    found = {
        (row["record_id"], row["redcap_repeat_instrument"], row["redcap_repeat_instance"]): {
            name: row[name]
            for name in chosen
            if row[name] not in ("", "0" if "___" in name else "")
            # every row of a record shows its group, even one that was blanked
            if name != GROUP or not row["redcap_repeat_instrument"]
        }
        for row in rows
    }
    return {key: cells for key, cells in found.items() if cells}
