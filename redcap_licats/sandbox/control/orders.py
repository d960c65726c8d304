"""The orders of the control endpoints, as they come in JSON bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from redcap_licats.sandbox.store.site import Status


@dataclass(frozen=True, slots=True)
class AddUser:
    """Add a user or change one; gives a new token unless the user has one.

    Attributes:
        rights: Rights by name; all rights if left out.
        forms_export: Export right by form (0 none, 1 full, 2 de-identified, 3 no identifiers); full if left out.
        groups: Access groups among which the user may switch.
        role: Unique name or label of the role.
    """

    username: str
    rights: Mapping[str, int] | None = None
    forms_export: Mapping[str, int] = field(default_factory=dict)
    group: str = ""
    groups: tuple[str, ...] = ()
    role: str = ""
    expiration: str = ""


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Move a project to another status."""

    status: Status


@dataclass(frozen=True, slots=True)
class SetBehaviour:
    """Switch behaviours; those left out stay."""

    refuse_out_of_range: bool | None = None
    refuse_calculated: bool | None = None
    refuse_read_only: bool | None = None
    calculate: bool | None = None
    trigger_url: str | None = None


@dataclass(frozen=True, slots=True)
class SetSettings:
    """Set global variables of the project by their XML name, such as ``SchedulingEnabled``."""

    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lock:
    """Lock or unlock a record, or one of its forms."""

    record: str
    locked: bool = True
    form: str = ""
    event: str = ""
    instance: int = 1
    username: str = "data_manager"


@dataclass(frozen=True, slots=True)
class Save:
    """Save one form as a person does on the data entry page: announced, and logged without "(API)".

    Attributes:
        values: Values by column name; a blank erases.
    """

    record: str
    form: str
    values: Mapping[str, str]
    event: str = ""
    instance: int = 1
    username: str = "data_entry"


@dataclass(frozen=True, slots=True)
class AddRandomization:
    """Set up a randomization: the codes to give in order, each with its alternative."""

    field: str
    event: str = ""
    allocations: tuple[tuple[str, str], ...] = ()
    concealed: bool = False


@dataclass(frozen=True, slots=True)
class EnableSurvey:
    """Make a form a survey."""

    form: str


@dataclass(frozen=True, slots=True)
class AddPeople:
    """Add a user for each role; in each access group for roles that make records."""


@dataclass(frozen=True, slots=True)
class AddLanguage:
    """Give the project the language of a Multi-Language Management file."""

    content: str


@dataclass(frozen=True, slots=True)
class SetClock:
    """Let the server's clock go ahead of (or behind) the machine's."""

    ahead_seconds: float
