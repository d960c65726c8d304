"""What the API says about a project, typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from redcap_licats.definition.model import Event, Repeat

Row = Mapping[str, str]
#: years in which REDCap can have logged something
_YEARS = range(2000, 2100)
LogType = Literal[
    "", "export", "manage", "user", "record", "record_add", "record_edit", "record_delete", "lock_record"
]


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """A project's own description. Source: facts/redcap_api.md 1.4.

    ``created`` is the server's wall clock; None where it does not tell.
    """

    project_id: int
    title: str
    longitudinal: bool
    repeating: bool
    in_production: bool
    auto_numbering: bool
    missing_data_codes: str
    secondary_unique_field: str
    created: dt.datetime | None = None

    @classmethod
    def from_row(cls, row: Row) -> ProjectInfo:
        """Read the answer to ``content=project``."""
        return cls(
            project_id=int(row.get("project_id") or 0),
            title=row.get("project_title", ""),
            longitudinal=row.get("is_longitudinal") == "1",
            repeating=row.get("has_repeating_instruments_or_events") == "1",
            in_production=row.get("in_production") == "1",
            auto_numbering=row.get("record_autonumbering_enabled") == "1",
            missing_data_codes=row.get("missing_data_codes", ""),
            secondary_unique_field=row.get("secondary_unique_field", ""),
            created=dt.datetime.fromisoformat(row["creation_time"]) if row.get("creation_time") else None,
        )


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the project's log. ``at`` is the server's wall clock; ``record`` '' if it is about none.

    ``details`` may hold field values: it must not be logged.
    """

    at: dt.datetime
    user: str
    action: str
    details: str
    record: str

    @classmethod
    def from_row(cls, row: Row) -> LogEntry:
        """Read one row of ``content=log``.

        Raises:
            ValueError: It has no time on a server's wall clock.
        """
        at = dt.datetime.fromisoformat(row.get("timestamp", ""))
        if at.tzinfo or at.year not in _YEARS:
            raise ValueError("no time of the log")
        return cls(
            at=at,
            user=row.get("username", ""),
            action=row.get("action", ""),
            details=row.get("details", ""),
            record=row.get("record", ""),
        )


@dataclass(frozen=True, slots=True)
class LogRange:
    """A part of the log. Source: facts/redcap_api.md 1.6.

    Attributes:
        begin, end: The server's wall clock, precise to the minute, both minutes included; no end for all since.
        kind: Kind of lines; '' for all.
        record: The record they are about; '' for all.
        most: Size in bytes of a reply that is still taken; None for any.
    """

    begin: dt.datetime
    end: dt.datetime | None = None
    kind: LogType = ""
    record: str = ""
    most: int | None = None

    def as_payload(self) -> dict[str, object]:
        """Spell it as parameters of a request."""
        wanted = {
            "logtype": self.kind,
            "record": self.record,
            "beginTime": f"{self.begin:%Y-%m-%d %H:%M}",
            "endTime": f"{self.end:%Y-%m-%d %H:%M}" if self.end else "",
        }
        return {name: value for name, value in wanted.items() if value}


def read_repeats(rows: Iterable[Row]) -> tuple[Repeat, ...]:
    """Read the answer to ``content=repeatingFormsEvents``."""
    return tuple(
        Repeat(row.get("form_name", ""), row.get("event_name", ""), row.get("custom_form_label", ""))
        for row in rows
    )


def read_events(rows: Iterable[Row], mapping: Sequence[Row]) -> tuple[Event, ...]:
    """Read the answers to ``content=event`` and ``content=formEventMapping``."""
    return tuple(
        Event(
            name=row.get("event_name", ""),
            arm=int(row.get("arm_num", "1")),
            unique_name=row["unique_event_name"],
            forms=tuple(one["form"] for one in mapping if one["unique_event_name"] == row["unique_event_name"]),
        )
        for row in rows
    )
