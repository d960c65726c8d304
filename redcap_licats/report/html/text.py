"""Texts made fit to be shown: whatever a cell holds, the page around it stays as it is."""

from __future__ import annotations

import re
import unicodedata

#: longest text that the page shows whole
LIMIT = 500

#: what shows that a character was there that cannot be shown
REPLACEMENT = "\ufffd"

#: Control characters, lone surrogates and non-characters, which neither HTML nor XML can hold, and the marks by
#: which a text could reverse the order of what follows it.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def shown(text: str, limit: int = LIMIT) -> str:
    """Make a text safe to show; one that is too long is cut, and says how many characters it has."""
    if len(text) > limit:
        text = f"{text[:limit]} … ({len(text):,})"
    return text if text.isprintable() else _UNSHOWN.sub(REPLACEMENT, text)


def short(text: str, limit: int) -> str:
    """Make a text fit a place in a figure; what was cut off is shown by dots."""
    text = shown(" ".join(text.split()))
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def breadth(text: str) -> float:
    """Estimate how broad a text is, in ems of a sans-serif type: an East Asian character takes a whole one."""
    return sum(1 if unicodedata.east_asian_width(one) in "WF" else 0.58 for one in text)
