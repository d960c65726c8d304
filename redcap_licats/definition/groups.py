"""Unique names of Data Access Groups, which REDCap generates.

Source: labels and stored values in recorded projects (``dag-a`` is ``daga``, ``Test DAG`` is ``test_dag``).
"""

from __future__ import annotations

import re

_LONGEST = 18


def unique_group_name(label: str) -> str:
    """Give the unique name of a group: lower case, blanks to ``_``, other signs dropped, 18 characters."""
    return re.sub(r"[^a-z0-9_]", "", re.sub(r"\s+", "_", label.strip().lower()))[:_LONGEST]
