"""Who a query is, and what it was raised on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable

from redcap_licats.derive import fingerprint as inputs
from redcap_licats.subject.model import Input, Place

MANUAL = "manual"


def _short(parts: Iterable[str | int], length: int = 16) -> str:
    return hashlib.sha256(json.dumps(list(parts), ensure_ascii=False).encode()).hexdigest()[:length]


def query_id(project_id: int | str, record: str, place: Place, rule: str, field: str) -> str:
    """Hash project, record, event, instrument, instance, rule and field to 16 hexadecimal characters."""
    return _short((str(project_id), record, place.event, place.form, place.instance, rule, field))


def fingerprint(cells: Iterable[Input]) -> str:
    """Hash the cells that a rule read; dates enter as dates, never as days since or until today."""
    return inputs.fingerprint(cells)


def taken(*parts: str | dt.date | None) -> str:
    """Hash an answer or a decision; ``-`` if nothing was written."""
    return _short([str(part or "") for part in parts], 12) if any(parts) else "-"
