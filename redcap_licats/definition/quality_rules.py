"""The rules of a project's Data Quality module as CSV.

Source: facts/redcap_api.md 4.7: an upload only adds rules and looks at no logic; a rule is true where something is
wrong.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from redcap_licats.definition.php_csv import format_row
from redcap_licats.errors import ConfigError

COLUMNS = ("rule_name", "rule_logic", "real_time_execution")
_REAL_TIME = {"": False, "n": False, "y": True}


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One rule; ``real_time``: looked at when a form with its fields is saved."""

    name: str
    logic: str
    real_time: bool = False


def write_rules(rules: Iterable[QualityRule]) -> str:
    """Write the CSV to upload."""
    rows = ((rule.name, rule.logic, "y" if rule.real_time else "n") for rule in rules)
    return format_row(COLUMNS) + "".join(format_row(row) for row in rows)


def read_rules(text: str) -> tuple[QualityRule, ...]:
    """Read the CSV of a project's rules; the logic is taken as it stands.

    Raises:
        ConfigError: A column is missing, or a row has no name, no logic or another mark than y, n or blank.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    if missing := [column for column in COLUMNS[:2] if column not in (reader.fieldnames or ())]:
        raise _refused("row 1", f"the column {missing[0]} is missing")
    rules = []
    for number, row in enumerate(reader, start=2):
        name, logic = (row.get(column) or "" for column in COLUMNS[:2])
        mark = (row.get(COLUMNS[2]) or "").strip().lower()
        if not name.strip() or not logic.strip() or mark not in _REAL_TIME:
            raise _refused(f"row {number}", "name, logic or mark of real-time execution is not as it must be")
        rules.append(QualityRule(name, logic, _REAL_TIME[mark]))
    return tuple(rules)


def _refused(where: str, reason: str) -> ConfigError:
    return ConfigError(
        "DQ-CSV",
        f"the Data Quality rules cannot be read: {reason}",
        where=where,
        remedy=f"write the columns {', '.join(COLUMNS)}, the last one y, n or blank",
    )
