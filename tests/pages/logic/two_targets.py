"""Run expressions in Python and in the browser, and say where the answers differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from playwright.sync_api import Browser

from redcap_licats.definition.logic import Reference, Scope, as_text, evaluate, is_true, parse
from redcap_licats.pages.logic import RUNTIME, to_javascript

NOW = datetime.fromisoformat("2024-03-10 15:30:59")


@dataclass(frozen=True)
class Record:
    """What logic is evaluated on: values by reference as it is written, without brackets."""

    values: Mapping[str, str]
    now: datetime | None = NOW
    missing_codes: frozenset[str] = frozenset()
    smart: str = "visit_1_arm_1"

    def scope(self) -> Scope:
        """Give the record as Python's scope."""
        return Scope(
            value=lambda reference: self.values.get(_key(reference), ""),
            smart=lambda _: self.smart,
            now=self.now,
            missing_codes=self.missing_codes,
        )

    def for_page(self) -> dict[str, object]:
        """Give what the page makes its scope of."""
        now = self.now and [*self.now.timetuple()[:6]]
        codes = sorted(self.missing_codes)
        return {"values": dict(self.values), "now": now, "missing": codes, "smart": self.smart}


def _key(reference: Reference) -> str:
    event, instance = (f"[{part}]" if part else "" for part in (reference.event, reference.instance))
    return event + reference.field + (f"({reference.code})" if reference.code else "") + instance


@dataclass(frozen=True)
class Case:
    """An expression on a record."""

    text: str
    record: Record


@dataclass(frozen=True)
class Answer:
    """What an expression gives: its kind, its text, and whether it counts as true."""

    kind: str
    text: str
    holds: bool


_PAGE = """<!doctype html><title>Logic</title><script>%(runtime)s</script><script>
const L = licatsLogic;
const key = ({field, event, instance, code}) =>
  (event && `[${event}]`) + field + (code && `(${code})`) + (instance && `[${instance}]`);
const records = %(records)s.map(({values, now, missing, smart}) => ({
  value: (reference) => values[key(reference)] ?? "",
  smart: (variable) => (variable.name && Array.isArray(variable.parameters) ? smart : null),
  now,
  missing: new Set(missing),
}));
const answer = (condition, s) => {
  try {
    const value = condition(s);
    return [typeof value, L.text(value), L.truth(value)];
  } catch (error) {
    return ["error", String(error.stack), false];
  }
};
const answers = [
%(cases)s
].map(([condition, record]) => answer(condition, records[record]));
</script>"""

_KINDS = {str: "string", float: "number", bool: "boolean"}


def in_python(case: Case) -> Answer:
    """Evaluate in Python."""
    expression, scope = parse(case.text), case.record.scope()
    value = evaluate(expression, scope)
    return Answer(_KINDS[type(value)], as_text(value), is_true(expression, scope))


def in_browser(browser: Browser, cases: Sequence[Case], runtime: str = RUNTIME) -> list[Answer]:
    """Evaluate all in one page."""
    records = {id(case.record): case.record for case in cases}
    place = {one: number for number, one in enumerate(records)}
    compiled = {case.text: to_javascript(parse(case.text)) for case in cases}
    content = _PAGE % {
        "runtime": runtime,
        "records": json.dumps([record.for_page() for record in records.values()]).replace("<", "\\u003c"),
        "cases": ",\n".join(
            f"[function(s){{return {compiled[case.text]}}},{place[id(case.record)]}]" for case in cases
        ),
    }
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.set_content(content)
    if problems:
        raise AssertionError(f"the page fails: {problems}")
    found = [Answer(*one) for one in page.evaluate("answers")]
    page.close()
    return found


def differences(browser: Browser, cases: Sequence[Case], runtime: str = RUNTIME) -> Iterator[str]:
    """Tell every case whose answers differ."""
    for case, there in zip(cases, in_browser(browser, cases, runtime), strict=True):
        here = in_python(case)
        if here != there:
            yield f"{case.text}\n  on {case.record}\n  Python:  {here}\n  browser: {there}"
