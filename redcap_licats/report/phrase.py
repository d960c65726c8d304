"""A query's text in its two halves: what disagrees, and what to check."""

from __future__ import annotations

import re

#: The request is the last sentence, as the wording of every check has it (RULES.md).
_HALVES = re.compile(
    r"(?P<disagrees>.*[.!?])\s+(?P<check>Please .+)|(?P<disagrees_ja>.*。)(?P<check_ja>[^。]+ください。)",
    re.DOTALL,
)


def halves(text: str) -> tuple[str, str]:
    """Split a text into what disagrees and what to check; a text of one sentence has no second half."""
    found = _HALVES.fullmatch(text)
    if found is None:
        return text, ""
    disagrees, check = (part for part in found.groups() if part is not None)
    return disagrees, check
