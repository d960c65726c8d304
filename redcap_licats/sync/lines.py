"""What one line of REDCap's log says. Pure functions (facts/redcap_api.md 1.6, 2.18)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from redcap_licats.api.model import LogEntry
from redcap_licats.journal.model import NOT_KEPT, Change

#: lines that change nothing
_PASSIVE = re.compile(r"(?:Data Export|Data export|Export|Download|View|Page View)\b")
#: what the module writes where the worker keeps a thread; in which column is not known for all versions
_THREAD = re.compile(r"LICATS: data query\b")
_DESIGN = re.compile(r"Manage/Design\b")
#: where the log has no column for it, the record's name ends the action
_NAMED = re.compile(r"(?:Create|Update|Delete)d? (?:record|response)(?: \([^)]*\))* (?P<record>.+)", re.IGNORECASE)
_UPDATE = re.compile(r"Updated? (?:record|response)\b", re.IGNORECASE)
_INSTANCE = re.compile(r"\[instance = [0-9]+\]")
#: a cell, up to the next one or the end
_CELL = re.compile(r"(?P<field>\w+) = '(?P<value>.*?)'(?=\s*$|,\s*[a-z]\w* = ')")


def digest_of(entry: LogEntry) -> bytes:
    """Tell a line from others without keeping what it says."""
    line = repr((entry.at, entry.user, entry.action, entry.details, entry.record))
    return hashlib.blake2b(line.encode(), digest_size=8).digest()


def record_of(entry: LogEntry) -> str:
    """Give the record that a line is about; '' if none."""
    named = _NAMED.fullmatch(entry.action.strip())
    return entry.record or (named["record"] if named else "")


def changes_a_record(entry: LogEntry) -> bool:
    """Whether a line tells that something about a record was changed, beside its threads."""
    return bool(record_of(entry)) and not (
        _PASSIVE.match(entry.action) or _THREAD.match(entry.action) or _THREAD.match(entry.details)
    )


def changes_the_design(entry: LogEntry) -> bool:
    """Whether a line tells that the project's set-up may have changed."""
    return bool(_DESIGN.match(entry.action)) and not (
        _PASSIVE.match(entry.details) or _THREAD.match(entry.details)
    )


def is_renaming(entry: LogEntry, id_field: str) -> bool:
    """Whether a line says that a record that was there got an id; one that is created gets it in another line."""
    return bool(_UPDATE.match(entry.action)) and any(
        cell["field"] == id_field for cell in _CELL.finditer(entry.details)
    )


def is_own(details: str, sent: Iterable[Change]) -> bool:
    """Whether a line says nothing but what was sent, whatever the wording around it.

    Should a server write values into its log in some other way, the record is read once more, and nothing else.
    """
    cells = {(one.field, " ".join(one.new.splitlines())) for one in sent}

    def others(found: re.Match[str]) -> str:
        field = found["field"]
        return "" if (field, found["value"]) in cells or (field, NOT_KEPT) in cells else found[0]

    rest, count = _CELL.subn(others, _INSTANCE.sub("", details))
    return count > 0 and not rest.strip(" ,")
