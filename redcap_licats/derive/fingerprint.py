"""A short name for the inputs a result was computed from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from redcap_licats.subject.model import Input


def fingerprint(inputs: Iterable[Input]) -> str:
    """Hash inputs to 16 hexadecimal characters; order and repetition do not matter, values as entered do."""
    cells = sorted(
        {(one.place.form, one.place.event, one.place.instance, one.field, one.value, one.unit) for one in inputs}
    )
    return hashlib.sha256(json.dumps(cells, ensure_ascii=False).encode()).hexdigest()[:16]
