"""A data cut: what happened after its last day is as if nobody had entered it yet. Pure functions.

The cut is one of clinical dates, whenever they were entered. What sites and monitors say of queries is not cut.
Nor is what has no date of its own on a row that had begun by then: REDCap gives values as they are now; its log
tells when they were entered, but only to users with the right to read it, in words that change between versions.
For the same reason the log counts whole where a check reads it: a cut asks when something happened, not when it
was written down.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redcap_licats.definition.model import DataDictionary, Field, FieldType
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.rows import ANSWER_FORM
from redcap_licats.subject.values import read_date
from redcap_licats.sync.held import Row

#: a date that is asked for only if another field has, or does not have, a value
_GATE = re.compile(r"\[(?P<field>\w+)\] (?P<sign>=|<>) '(?P<value>\w*)'")
#: months without a day
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_ONGOING = "ong"


@dataclass(frozen=True, slots=True)
class _Form:
    """What a cut does to one form.

    ``dates``: each date's field, with the values that other fields have as long as that day has not come.
    """

    columns: tuple[str, ...]
    dates: Mapping[str, Mapping[str, str]]

    def until(self, row: Row, last: dt.date) -> dict[str, str] | None:
        """Give the row as it was on the last day; None if nothing on it had happened by then."""
        found = {name: day for name in self.dates if (day := _first_day(row.get(name, "")))}
        later = [name for name, day in found.items() if day > last]
        if later and len(later) == len(found):
            return None
        # a day that has come settles what another one, still to come, depends on as well
        settled = {name for one in found.keys() - set(later) for name in self.dates[one]}
        instead = {
            name: value
            for one in later
            for name, value in self.dates[one].items()
            if name in row and name not in settled
        }
        return {**row, **dict.fromkeys(later, ""), **instead}


class Cut:
    """The data cut of one study.

    Args:
        dictionary: The protocol's data dictionary.
        protocol: Tells which forms the sites fill in.
        last: Last day that counts.
    """

    def __init__(self, dictionary: DataDictionary, protocol: Protocol, last: dt.date) -> None:
        self._last = last
        self._forms = {name: _form(name, dictionary) for name in _site_forms(dictionary, protocol)}
        self._record_id = dictionary.record_id_field

    def __call__(self, rows: Iterable[Row]) -> list[Row]:
        """Give a record's rows as they would stand had nobody entered a later date."""
        rows = list(rows)
        kept = [cut for row in rows if (cut := self._row(row)) is not None]
        return kept or [{self._record_id: row[self._record_id]} for row in rows[:1]]

    def _row(self, row: Row) -> Row | None:
        repeating = row.get("redcap_repeat_instrument", "")
        if repeating:
            return self._forms[repeating].until(row, self._last) if repeating in self._forms else row
        for form in self._forms.values():
            until = form.until(row, self._last)
            row = {**row, **dict.fromkeys(self._own(form, row), "")} if until is None else until
        return row

    def _own(self, form: _Form, row: Row) -> Iterable[str]:
        return (name for name in form.columns if name in row and name != self._record_id)


def _form(name: str, dictionary: DataDictionary) -> _Form:
    fields = dictionary.forms[name]
    return _Form(
        columns=(*(column for one in fields for column in one.columns), f"{name}_complete"),
        dates={one.name: _not_yet(one, dictionary) for one in fields if _is_date(one)},
    )


def _site_forms(dictionary: DataDictionary, protocol: Protocol) -> Iterable[str]:
    return (
        name
        for one in protocol.instruments.values()
        if one.writer == "site" and one.name != ANSWER_FORM
        for slug in (protocol.organs if one.each else ("",))
        if (name := one.name.format_map({"slug": slug})) in dictionary.forms
    )


def _is_date(field: Field) -> bool:
    return field.validation.startswith("date_") or field.name.endswith("_ym")


def _not_yet(date: Field, dictionary: DataDictionary) -> Mapping[str, str]:
    """Say what other fields of the form hold before a day has come.

    An end that has not come leaves its event ongoing; what is asked for only if something happened, has not
    happened yet.
    """
    before: dict[str, str] = {}
    stem, _, last_word = date.name.rpartition("_")
    gate = _GATE.fullmatch(date.branching_logic)
    if gate and gate["field"] in dictionary and dictionary[gate["field"]].form == date.form:
        yes_or_no = dictionary[gate["field"]].type is FieldType.YESNO
        if gate["sign"] == "=":
            before[gate["field"]] = "0" if yes_or_no else ""
        elif yes_or_no:
            before[gate["field"]] = gate["value"]
    if last_word == "end" and f"{stem}_outcome" in dictionary:
        codes = dictionary[f"{stem}_outcome"].choices
        before[f"{stem}_outcome"] = _ONGOING if _ONGOING in codes else ""
    return before


def _first_day(value: str) -> dt.date | None:
    return read_date(f"{value}-01" if _MONTH.fullmatch(value) else value)
