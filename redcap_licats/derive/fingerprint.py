"""A short name for the inputs a result was computed from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from redcap_licats.subject.model import Input


def fingerprint(inputs: Iterable[Input]) -> str:
    """Hash inputs to 16 hexadecimal characters; order and repetition do not matter, values as entered do."""
    cells = sorted(
        (place.form, place.event, place.instance, field, value, unit) for place, field, value, unit in set(inputs)
    )
    return hashlib.sha256(json.dumps(cells, ensure_ascii=False).encode()).hexdigest()[:16]
