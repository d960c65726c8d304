"""Threads of REDCap's Data Resolution Workflow as the External Module gives and takes them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Done = Literal["opened", "added", "reopened", "closed", "unchanged", "absent", "left", "refused"]
Why = Literal["agree", "off"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that a step of the worker asks: identity, and the fingerprint it was raised on."""

    id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a thread.

    ``at`` is the server's wall clock, None where REDCap has none; ``comment`` '' for the worker's own steps.

    A person's comment may hold field values: it must not be logged.
    """

    id: int
    at: dt.datetime | None
    user: str
    ours: bool
    status: str
    response: str
    comment: str
    asks: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Where a thread stands: one field; ``event`` is the unique name, '' in a classic project."""

    record: str
    event: str
    form: str
    instance: int
    field: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread in which the worker once asked something; ``status`` is OPEN, CLOSED, VERIFIED or DEVERIFIED."""

    record: str
    event: str
    form: str
    instance: int
    field: str
    status: str
    steps: tuple[Step, ...]

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return Spot(self.record, self.event, self.form, self.instance, self.field)


@dataclass(frozen=True, slots=True)
class Question:
    """One query to ask in a thread."""

    id: str
    rule: str
    fingerprint: str
    text: str


@dataclass(frozen=True, slots=True)
class Asking:
    """All queries to stand on one field; they share its thread."""

    spot: Spot
    queries: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """A thread in which nothing is asked any more: the data agree, or the check is off."""

    spot: Spot
    why: Why


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item, and why; ``left`` to a person who has it, ``refused`` where something is unsure."""

    result: Done
    reason: str


@dataclass(frozen=True, slots=True)
class PersonsStep:
    """A step that a person took in one of the worker's threads, and the record that it is about."""

    id: int
    record: str


@dataclass(frozen=True, slots=True)
class ThreadNews:
    """People's steps after a number, oldest first.

    Attributes:
        last: Number to go on from the next time. Steps after it come again: what is being saved at this moment may
            still get a number before theirs.
        more: Number to ask from for the steps that did not go in; None if there are no more.
        steps: The steps.
    """

    last: int
    more: int | None
    steps: tuple[PersonsStep, ...]
