"""Deliberate mistakes of data entry. Read from ``mistakes.toml``; each names the edit check that should fire."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from redcap_licats.synth.chart import Chart, Row

HERE = Path(__file__).parent

#: repeating form -> the date by which a row is found; organ forms: the onset
DATE_OF = {
    "labs": "lab_date",
    "assessment": "asm_date",
    "crs_icans": "tox_onset",
    "glucocorticoid": "gc_start",
    "hospital_stay": "hos_adm",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake as made: where it stands, the edit check that should notice it, what it is.

    ``instance`` is 1 for forms that do not repeat, and for a row that was never entered.
    """

    record: str
    form: str
    instance: int
    field: str
    check: str
    what: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned mistake, as the head of ``mistakes.toml`` explains."""

    check: str
    profile: str
    what: str
    form: str
    days: tuple[int, ...] = ()
    enter: Mapping[str, str | int] = field(default_factory=dict)
    how: Literal["change", "add", "remove"] = "change"

    @property
    def date_field(self) -> str:
        """Variable by whose date a row of the form is found."""
        return DATE_OF.get(self.form) or f"{self.form.removeprefix('licats_')}_onset"


@cache
def plans() -> Mapping[str, tuple[Plan, ...]]:
    """Read the planned mistakes by profile."""
    content = tomllib.loads((HERE / "mistakes.toml").read_text(encoding="utf-8"))
    every = [Plan(**{**entry, "days": tuple(entry.get("days", ()))}) for entry in content["mistake"]]
    return {
        profile: tuple(plan for plan in every if plan.profile == profile)
        for profile in {plan.profile for plan in every}
    }


def make_mistakes(chart: Chart) -> tuple[Mistake, ...]:
    """Make the mistakes planned for a chart's patient and list them."""
    return tuple(_make(plan, chart) for plan in plans().get(chart.profile.id, ()))


def _make(plan: Plan, chart: Chart) -> Mistake:
    instance = 1
    if not plan.days:
        _enter(plan, chart, chart.base)
    elif plan.how == "add":
        _enter(plan, chart, chart.add(plan.form, {}))
        instance = len(chart.forms[plan.form])
    else:
        rows = chart.forms[plan.form]
        dates = {chart.date(day) for day in plan.days}
        hit = [number for number, row in enumerate(rows) if row[plan.date_field] in dates]
        if plan.how == "remove":
            for number in reversed(hit):
                del rows[number]
        else:
            instance = hit[0] + 1
            for number in hit:
                _enter(plan, chart, rows[number])
    spot = next(iter(plan.enter), plan.date_field)
    return Mistake(chart.record, plan.form, instance, spot, plan.check, plan.what)


def _enter(plan: Plan, chart: Chart, row: Row) -> None:
    for name, value in plan.enter.items():
        if value == "":
            row.pop(name, None)
        else:
            row[name] = chart.date(value) if isinstance(value, int) else value
