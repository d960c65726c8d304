"""Unique event names, which REDCap generates and nobody can set.

Source: facts/redcap_api.md 1.3; all 58 events of six public project files follow the rule.
"""

from __future__ import annotations

import re

_LONGEST = 18


def unique_event_name(name: str, arm: int) -> str:
    """Give the unique name of an event: lower case, other signs to one ``_``, 18 characters, ``_arm_N``.

    REDCap appends random characters to names that are already taken or hold no Latin letter or digit; that
    is the caller's business, since it cannot be computed from the name.
    """
    words = re.sub(r"[^a-z0-9]+", "_", name.lower())
    return f"{words.lstrip('_')[:_LONGEST].strip('_')}_arm_{arm}"
