"""The status dots: what is shown of the forms of a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redcap_licats.sandbox.store.layout import Layout, RowKey
from redcap_licats.sandbox.store.records import Values

NONE, INCOMPLETE, UNVERIFIED, COMPLETE, MIXED = "none", "incomplete", "unverified", "complete", "mixed"
_BY_VALUE = {"0": INCOMPLETE, "1": UNVERIFIED, "2": COMPLETE}


@dataclass(frozen=True, slots=True)
class Dot:
    """A status: its kind, how many instances it stands for (0 where nothing repeats), whether it is locked."""

    kind: str = NONE
    count: int = 0
    locked: bool = False


@dataclass(frozen=True)
class Statuses:
    """The form status in all rows of one record."""

    layout: Layout
    rows: Mapping[RowKey, Values]
    locked: frozenset[RowKey] = frozenset()
    all_locked: bool = False

    def kind(self, key: RowKey, form: str) -> str:
        """Give the status of a form in a row; a form with values and no status counts as incomplete."""
        values = self.rows.get(key)
        if values is None:
            return NONE
        stored = values.get(f"{form}_complete", "")
        if stored:
            return _BY_VALUE.get(stored, INCOMPLETE)
        return INCOMPLETE if self._holds(values, form) else NONE

    def dot(self, event: str, form: str, instance: int = 1) -> Dot:
        """Give the dot of one instance of a form."""
        repeating = form if form in self.layout.repeating_forms[event] else ""
        key = RowKey(event, repeating, instance)
        locked = self.all_locked or RowKey(event, form, instance) in self.locked
        return Dot(self.kind(key, form), locked=locked)

    def summary(self, event: str, form: str) -> Dot:
        """Give one dot for all instances of a form in an event."""
        instances = self.instances(event, form)
        if not instances:
            return Dot(locked=self.all_locked)
        dots = [self.dot(event, form, one) for one in instances]
        kinds = Counter(one.kind for one in dots)
        kind = next(iter(kinds)) if len(kinds) == 1 else MIXED
        repeats = form in self.layout.repeating_forms[event] or event in self.layout.repeating_events
        return Dot(kind, len(dots) if repeats and kind != NONE else 0, all(one.locked for one in dots))

    def instances(self, event: str, form: str) -> list[int]:
        """Give the numbers of the instances that exist, in order."""
        repeating = form if form in self.layout.repeating_forms[event] else ""
        return sorted(key.instance for key in self.rows if (key.event, key.form) == (event, repeating))

    def _holds(self, values: Values, form: str) -> bool:
        columns: Iterable[str] = values
        known = self.layout.by_key
        return any(
            name in known and known[name].form == form and known[name].field != self.layout.record_id
            for name in columns
        )
