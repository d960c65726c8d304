"""What a record holds, as a digest: the same for the same cells, the worker's own among them. Pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from redcap_licats.api.imports import EVENT, GROUP, INSTANCE, INSTRUMENT
from redcap_licats.journal.model import Change
from redcap_licats.sync.held import Home, Row

_Key = tuple[str, str, str]
_KEYS = frozenset({EVENT, INSTRUMENT, INSTANCE, GROUP})

#: every cell that is not blank, by row; the access group stands beside them
Content = dict[_Key, dict[str, str]]


def content_of(rows: Iterable[Row], id_field: str) -> Content:
    """Take the cells out of a record's rows. The order of rows and columns does not matter.

    An unticked checkbox counts as blank, as its column stands so on rows where nobody was asked.
    """
    content: Content = {}
    for row in rows:
        cells = {
            column: value
            for column, value in row.items()
            if value and column not in _KEYS and column != id_field and not (value == "0" and "___" in column)
        }
        content[row.get(EVENT, ""), row.get(INSTRUMENT, ""), row.get(INSTANCE, "")] = cells
        if group := row.get(GROUP):
            content[GROUP, "", ""] = {GROUP: group}
    return content


def after(content: Content, changes: Iterable[Change], homes: Mapping[str, Home]) -> Content:
    """Give what the record will hold once the changes are made."""
    changed = {key: dict(cells) for key, cells in content.items()}
    for one in changes:
        repeats = homes[one.instrument].repeats
        key = (one.event, one.instrument, str(one.instance)) if repeats else (one.event, "", "")
        cells = changed.setdefault(key, {})
        if one.new:
            cells[one.field] = one.new
        else:
            cells.pop(one.field, None)
    return changed


def digest(content: Content, conditions: str) -> str:
    """Digest a record's content together with everything else that its results depend on."""
    ordered = sorted((key, sorted(cells.items())) for key, cells in content.items())
    return hashlib.blake2b(repr((conditions, ordered)).encode(), digest_size=16).hexdigest()
