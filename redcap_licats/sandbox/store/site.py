"""A project as the server holds it: its definition and what the definition does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from pydantic import TypeAdapter

from redcap_licats.definition.languages import Language
from redcap_licats.definition.model import Project
from redcap_licats.sandbox.store.layout import Layout
from redcap_licats.sandbox.store.users import Rights, Role, User


class Status(StrEnum):
    """Life of a project; its definition can be changed through the API in development only."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Answers to questions no recording settles, and switches an administrator has.

    Attributes:
        refuse_out_of_range: Refuse values outside minimum and maximum instead of storing them.
        refuse_calculated: Refuse calculated fields in imports instead of ignoring them.
        refuse_read_only: Refuse values for fields tagged ``@READONLY``.
        calculate: Recompute calculated fields after imports.
        trigger_url: Where saves in the user interface are announced (Data Entry Trigger).
    """

    refuse_out_of_range: bool = False
    refuse_calculated: bool = False
    refuse_read_only: bool = False
    calculate: bool = True
    trigger_url: str = ""


@dataclass(frozen=True, slots=True)
class Randomization:
    """A randomization of a project.

    Attributes:
        field: The field it fills, in an event ('' for the first).
        allocations: Codes still to be given, each with its alternative (a number on a kit), in order.
        concealed: Whether replies hide the code.
    """

    id: int
    field: str
    event: str = ""
    allocations: tuple[tuple[str, str], ...] = ()
    concealed: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What a project has beside its definition.

    Attributes:
        created: Server time of creation.
        production: Server time of the move to production, or ''.
        info: Project information that has no place in the project XML, by its API name.
        languages: Further languages of the data entry pages, as Multi-Language Management has them.
    """

    created: str
    status: Status = Status.DEVELOPMENT
    production: str = ""
    info: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[Role, ...] = ()
    behaviour: Behaviour = field(default_factory=Behaviour)
    randomizations: tuple[Randomization, ...] = ()
    languages: tuple[Language, ...] = ()


@dataclass(frozen=True)
class Site:
    """One project of the server. The definition carries no data."""

    id: int
    definition: Project
    state: State

    @cached_property
    def layout(self) -> Layout:
        """Where fields, forms, events and repeats lie; computed once per version of the definition."""
        return Layout(self.definition)

    def role(self, unique_name: str) -> Role | None:
        """Give a role by its unique name."""
        return next((role for role in self.state.roles if role.unique_name == unique_name), None)

    def rights(self, user: User) -> Rights:
        """Give the rights that count for a user: those of the role, if there is one."""
        role = self.role(user.role)
        return user.rights if role is None else role.rights


DEFINITION = TypeAdapter(Project)
STATE = TypeAdapter(State)
USER = TypeAdapter(User)
