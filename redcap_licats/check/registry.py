"""The registry of check functions, and the view through which a function reads the study."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from redcap_licats.check.model import Context, Due, Finding
from redcap_licats.check.shown import BLANK, Shown, filled, shown
from redcap_licats.derive.model import SubjectResult
from redcap_licats.protocol.base import exact
from redcap_licats.protocol.models import CheckSpec, Protocol, Text
from redcap_licats.subject.model import Input, Place, Subject

T = TypeVar("T")

#: What a check function gives: findings, and the days on which time alone may change its answer.
Said = Iterator[Finding | Due]


@dataclass(frozen=True, slots=True)
class View:
    """What a check function reads: the subject, what was derived, and the check's own settings."""

    context: Context
    spec: CheckSpec

    @property
    def subject(self) -> Subject:
        """The subject as entered."""
        return self.context.subject

    @property
    def derived(self) -> SubjectResult:
        """What was derived of the subject."""
        return self.context.derived

    @property
    def protocol(self) -> Protocol:
        """The protocol."""
        return self.context.protocol

    @property
    def today(self) -> dt.date:
        """The server's date, or the data cut."""
        return self.context.today

    @property
    def day_zero(self) -> dt.date | None:
        """The infusion date, Day 0."""
        return self.context.subject.day_zero

    def day(self, date: dt.date) -> int | None:
        """Count the days from the infusion (Day 0) to a date."""
        return (date - self.day_zero).days if self.day_zero else None

    def treated(self, date: dt.date) -> bool:
        """Tell whether a date is the infusion day or later; false without an infusion date."""
        return self.day_zero is not None and date >= self.day_zero

    def number(self, name: str) -> Fraction:
        """Read a setting of the check as an exact number."""
        return exact(self.spec.settings[name])

    def days(self, name: str) -> dt.timedelta:
        """Read a setting of the check as a number of days."""
        return dt.timedelta(days=int(self.number(name)))

    def words(self, name: str) -> tuple[str, ...]:
        """Read a setting of the check as words separated by spaces; none if it is not set."""
        return tuple(str(self.spec.settings.get(name, "")).split())

    def phrase(self, name: str, **numbers: Shown) -> Text:
        """Give one of the check's phrases with its placeholders filled."""
        return filled(self.spec.phrases[name], **numbers)

    def answer(self, form: str, field: str, code: str) -> Text:
        """Give the label of an answer; the code itself where the form lists no such answer.

        Args:
            form: Name of an instrument in the protocol.
            field: Concept of the field on it.
            code: Code of the answer; a blank one is shown as a dash.
        """
        fields = self.protocol.instruments[form].field
        choices = next((one.choices for one in fields if one.name == field), ())
        label = next((one.label for one in choices if one.code == code), None)
        return label or Text(en=code or BLANK, ja=code or BLANK)

    def blank(self, place: Place, *fields: str) -> bool:
        """Tell whether cells are all blank; a missing-data code or an unreadable value is not blank."""
        return not any(one.value for one in self.cells(place, *fields))

    def cell(self, place: Place, field: str) -> Input:
        """Give a cell as entered: '' where it is blank, of a checkbox the ticked codes."""
        return self.subject.cell(place, field)

    def cells(self, place: Place, *fields: str) -> tuple[Input, ...]:
        """Give several cells of one row."""
        return tuple(self.cell(place, field) for field in fields)

    def finding(self, place: Place, field: str, *, read: Iterable[Input] = (), **numbers: Shown) -> Finding:
        """Fire the check on a cell.

        Args:
            place: Row of the cell.
            field: Our variable the query is about.
            read: Further cells that the check read; together with the cell itself they make the fingerprint.
            numbers: Values for the wording's placeholders.
        """
        cells = dict.fromkeys((self.cell(place, field), *read))
        said = {name: shown(value) for name, value in numbers.items()}
        return Finding(self.spec.id, place, field, said, tuple(cells))


Function = Callable[[Context, CheckSpec], Said]

#: Id of a check -> its functions: one, or one for each kind of form that it looks at.
CHECKS: dict[str, list[Function]] = {}


def check(
    check_id: str, each: Callable[[Context], Iterable[T]]
) -> Callable[[Callable[[View, T], Said]], Callable[[View, T], Said]]:
    """Register a function as logic of a check; it is called once for each thing that ``each`` gives."""

    def register(function: Callable[[View, T], Said]) -> Callable[[View, T], Said]:
        def run(context: Context, spec: CheckSpec) -> Said:
            view = View(context, spec)
            for thing in each(context):
                yield from function(view, thing)

        CHECKS.setdefault(check_id, []).append(run)
        return function

    return register
