"""What a record holds, as a digest: the same for the same cells, the worker's own among them. Pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from redcap_licats.api.imports import EVENT, GROUP, INSTANCE, INSTRUMENT
from redcap_licats.journal.model import Change
from redcap_licats.sync.held import Home, Row

#: stand between cells and between rows; no cell holds them
_CELL, _ROW = "\x1f", "\x1e"


def digest(rows: Sequence[Row], conditions: str, spoken: Sequence[int] = ()) -> str:
    """Digest a record's rows together with everything else that its results depend on.

    The order of rows does not matter. All rows of an export have the same columns in the same order.

    Args:
        rows: The rows.
        conditions: Digest of what lies outside of the record.
        spoken: Numbers of the steps that people took in its threads.
    """
    lines = sorted(_CELL.join(row.values()) for row in rows)
    text = _ROW.join([conditions, _CELL.join(map(str, spoken)), _CELL.join(rows[0]), *lines])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def after(rows: Sequence[Row], changes: Iterable[Change], homes: Mapping[str, Home], id_field: str) -> list[Row]:
    """Give a record's rows as REDCap will export them once the changes are made."""
    stand = {_key(row): row for row in rows}
    changed: dict[tuple[str, str, str], dict[str, str]] = {}
    for one in changes:
        repeats = homes[one.instrument].repeats
        key = (one.event, one.instrument, str(one.instance)) if repeats else (one.event, "", "")
        if key not in changed:
            changed[key] = dict(stand[key]) if key in stand else _new(rows[0], key, id_field)
        changed[key][one.field] = one.new
    return list((stand | changed).values())


def _key(row: Row) -> tuple[str, str, str]:
    return row.get(EVENT, ""), row.get(INSTRUMENT, ""), row.get(INSTANCE, "")


def _new(like: Row, key: tuple[str, str, str], id_field: str) -> dict[str, str]:
    """Make a row that holds nothing but what says whose and which one it is."""
    known = dict(zip((EVENT, INSTRUMENT, INSTANCE), key, strict=True))
    same = {name: like[name] for name in (id_field, GROUP) if name in like}
    return dict.fromkeys(like, "") | {name: value for name, value in known.items() if name in like} | same
