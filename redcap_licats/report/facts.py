"""The facts of a report that no row holds: who it is for, what it may tell, and what it looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from redcap_licats.mapping.names import Names

#: how far back a first report looks for what is new
DAYS_BACK = 7


class Audience(StrEnum):
    """Who a report is for. Only a monitor's shows medical queries."""

    SITE = "site"
    MONITOR = "monitor"


class Privacy(StrEnum):
    """Whether a report tells values as entered, or only where to look; a study's policy."""

    VALUES = "values"
    NO_VALUES = "no-values"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a report could look at.

    Attributes:
        records: Records of the project.
        read: How many of them were read.
        left_out: Record to the reason why it was not worked out or not listed.
        frozen: Records that are locked as a whole.
        unread: How many records could not be read, whatever site they belong to.
    """

    records: int
    read: int
    left_out: Mapping[str, str] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()
    unread: int = 0

    @property
    def complete(self) -> bool:
        """Whether the report tells of every record in its scope as it should stand."""
        return not (self.left_out or self.unread)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts of a run that no row holds.

    Attributes:
        study: Short name of the study, as in the name of the file.
        project_id: REDCap project id.
        url: REDCap's address, with or without ``/api/``.
        redcap_version: Such as ``15.2.1``; part of every link.
        at: When the run was made; aware, in the zone that readers expect.
        coverage: What the run looked at.
        site: Unique name of the Data Access Group that the report is limited to; '' for all.
        audience: Who the report is for.
        event_ids: Unique event name to REDCap's event id; needed for links in a longitudinal project.
        privacy: Whether values as entered may be told.
        since: Day of the last report of the same site and audience; what happened from it on is new.
        site_answers: Whether the study takes a site's answers from its workbook.
        in_threads: Whether queries on fields are answered and decided in REDCap's Data Resolution Workflow.
        names: Names of forms and fields in the project where they are not ours; None if they are.
        data_cut: Last day of data that count; None is the day of the report.
    """

    study: str
    project_id: int
    url: str
    redcap_version: str
    at: dt.datetime
    coverage: Coverage
    site: str = ""
    audience: Audience = Audience.MONITOR
    event_ids: Mapping[str, int] = field(default_factory=dict)
    privacy: Privacy = Privacy.VALUES
    since: dt.date | None = None
    site_answers: bool = False
    in_threads: bool = False
    names: Names | None = None
    data_cut: dt.date | None = None

    @property
    def without_source(self) -> tuple[str, ...]:
        """The concepts that the study's own forms in the place of ours do not give, a line for each form."""
        lacking = self.names.lacking if self.names else {}
        return tuple(f"{form}: {', '.join(concepts)}" for form, concepts in lacking.items())

    @property
    def until(self) -> dt.date:
        """Last day that counts: the data cut, else the day of the report."""
        day = self.at.date()
        return min(day, self.data_cut) if self.data_cut else day

    @property
    def new_from(self) -> dt.date:
        """First day of what is new: that of the last report, or a week ago if there was none."""
        return self.since or self.at.date() - dt.timedelta(days=DAYS_BACK)
