"""Why every cell that the worker writes is what it is, down to the cells that people entered. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from redcap_licats.definition.model import DataDictionary, FieldType
from redcap_licats.derive.model import Reason
from redcap_licats.errors import ConfigError
from redcap_licats.forms.build import build_dictionary
from redcap_licats.messages import Texts
from redcap_licats.messages.catalogue import Language
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.model import Query
from redcap_licats.query.rows import QUERY_FORM, STATE_CODES
from redcap_licats.subject.model import Input, Place
from redcap_licats.sync.basis import Basis, basis_of
from redcap_licats.sync.cells import KEY, RESULT, SUMMARY, Written
from redcap_licats.sync.open_queries import open_queries
from redcap_licats.sync.record import Worked

#: cells that no derivation gives: key of the rule in ``Written`` -> the rule
OWN: Mapping[str, str] = {
    "enrolment": "copied",
    "events": "sum_of_events",
    "queries": "open_queries",
    "display": "display_line",
    "protocol": "protocol_mark",
    "fingerprint": "fingerprint",
    "status": "form_status",
    "criterion": "unused_slot",
}

#: columns that hold codes of the program -> family of the catalogue that words them
_CODES = {
    "res_reasons_d": "terms.reason",
    "res_grade_why_d": "terms.grade",
    "res_grade_miss_d": "terms.missing",
    "res_flags_d": "terms.flag",
    "res_gc_attr_d": "terms.attribution",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell: its field with label, its value with what a code in it means, its unit.

    ``held`` is what REDCap holds in a cell that the next run will change; None elsewhere.
    """

    place: Place
    field: str
    label: str
    value: str
    meaning: str = ""
    unit: str = ""
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One rule applied: the cells it gave, what the protocol says of it, what it built on, the cells it read."""

    name: str
    rule: str
    cells: tuple[Shown, ...]
    basis: tuple[Basis, ...]
    uses: tuple[str, ...]
    inputs: tuple[Shown, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class Part:
    """The steps behind one row of the worker: an event by its key, or the record's summary ('')."""

    key: str
    organ: str
    place: Place
    steps: tuple[Step, ...]

    def own_inputs(self, step: Step) -> tuple[Shown, ...]:
        """Give the cells that a step read beside those of the steps it builds on."""
        below = {one for other in self.steps if other.name in step.uses for one in other.inputs}
        return tuple(one for one in step.inputs if one not in below)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one record's derived values."""

    record: str
    protocol: Protocol
    parts: tuple[Part, ...]


def explain(worked: Worked, protocol: Protocol, language: Language, *, event: str | None = None) -> Explanation:
    """Explain every value of a record, or those of one event.

    Args:
        worked: The record, worked out.
        protocol: The protocol it was worked out by.
        language: Of labels and meanings.
        event: Key of an event, such as ``kidney-1``; None for everything.

    Raises:
        ConfigError: There is no such event; names those there are.
    """
    explainer = _Explainer(worked, protocol, language)
    if event is None:
        parts = [explainer.of_summary()]
        keys = [one.event.key for one in worked.derived.events]
    else:
        parts = []
        keys = [one.event.key for one in worked.derived.events if one.event.key == event]
        if not keys:
            known = ", ".join(one.event.key for one in worked.derived.events) or "none"
            raise ConfigError(
                "EXPLAIN-EVENT",
                f"The record has no event '{event}'",
                where=f"record {worked.subject.record}",
                remedy=f"Its events: {known}.",
            )
    return Explanation(worked.subject.record, protocol, (*parts, *map(explainer.of_event, keys)))


class _Explainer:
    """What the parts of one explanation share: the record, labels, words."""

    def __init__(self, worked: Worked, protocol: Protocol, language: Language) -> None:
        self._worked = worked
        self._protocol = protocol
        self._texts = Texts(language)
        self._dictionary: DataDictionary = build_dictionary(protocol, language)

    def of_summary(self) -> Part:
        place = next(one for one in self._worked.wanted if one.form == SUMMARY)
        derived = self._worked.derived
        events = tuple(f"{one.event.key}.{name}" for one in derived.events for name in ("final", "timing"))
        own = {
            "enrolment": self._enrolment(),
            "events": Reason(OWN["events"], uses=events),
            "queries": self._queries(open_queries(self._worked.reconciled.queries)),
            "display": Reason(OWN["display"], uses=(*events, "queries")),
        }
        return self._part("", "", place, {**derived.trace, **own})

    def of_event(self, key: str) -> Part:
        event = next(one for one in self._worked.derived.events if one.event.key == key)
        place = next(
            place
            for place, cells in self._worked.wanted.items()
            if place.form == RESULT and cells[KEY].value == key
        )
        own = {"queries": self._queries(open_queries(self._worked.reconciled.queries, event.event.place))}
        return self._part(key, event.event.organ, place, {**event.trace, **own})

    def _part(self, key: str, organ: str, place: Place, trace: Mapping[str, Reason]) -> Part:
        """Explain a row: first what was derived, in the order of the trace, then what stands beside it."""
        cells = self._worked.wanted[place]
        names = dict.fromkeys([*trace, *(one.rule for one in cells.values())])
        steps = []
        for name in names:
            reason = trace.get(name) or Reason(OWN[name])
            steps.append(
                Step(
                    name=name,
                    rule=reason.rule,
                    cells=tuple(
                        self._written(place, field, one) for field, one in cells.items() if one.rule == name
                    ),
                    basis=basis_of(name, reason, organ, self._protocol),
                    uses=reason.uses,
                    inputs=tuple(map(self._entered, reason.inputs)),
                    remark=reason.remark,
                )
            )
        return Part(key, organ, place, tuple(steps))

    def _written(self, place: Place, field: str, written: Written) -> Shown:
        held = self._worked.held.get(place, {}).get(field, "")
        names = self._worked.names
        at, named = names.theirs(place, field) if names else (place, field)
        family = _CODES.get(field) or ("terms.missing" if field.endswith("_miss_d") else "")
        return Shown(
            at,
            named,
            self._label(field),
            written.value,
            self._worded(written.value, family) if family else self._meaning(field, written.value),
            held=None if held == written.value else held,
        )

    def _entered(self, cell: Input) -> Shown:
        names = self._worked.names
        place, field = names.theirs(cell.place, cell.field) if names else (cell.place, cell.field)
        own = names is not None and place.form not in names.standing and field in names.live
        return Shown(
            place,
            field,
            names.live[field].label if names and own else self._label(cell.field),
            cell.value,
            self._meaning(cell.field, cell.value),
            self._unit(cell),
        )

    def _label(self, field: str) -> str:
        return self._dictionary[field].label if field in self._dictionary else ""

    def _meaning(self, field: str, value: str) -> str:
        """Word a value whose every code is an answer of its field; '' for any other value."""
        known = self._dictionary.by_name.get(field)
        if known and known.type is FieldType.YESNO and value in ("0", "1"):
            return self._texts(f"explain.word.{'yes' if value == '1' else 'no'}")
        choices = known.choices if known else {}
        labels = [choices.get(code, "") for code in value.split()]
        return ", ".join(labels) if all(labels) else ""

    def _worded(self, value: str, family: str) -> str:
        return "; ".join(self._texts.code(family, code) for code in value.split())

    def _unit(self, cell: Input) -> str:
        """Give the unit as it is written, not its code; an analyte's codes are the answers of its unit field."""
        field = f"{cell.field.removesuffix('_val')}_unit"
        return (
            self._dictionary[field].choices.get(cell.unit, cell.unit) if field in self._dictionary else cell.unit
        )

    def _enrolment(self) -> Reason:
        subject = self._worked.subject
        cells: list[Input] = []
        if subject.infusion:
            cells.append(subject.cell(subject.infusion.place, "inf_date"))
        if one := subject.enrolment:
            fields = ("enr_age", "enr_sex", "enr_dx", *(f"enr_{organ}_aff" for organ in self._protocol.organs))
            cells += [subject.cell(one.place, field) for field in fields]
        return Reason(OWN["enrolment"], tuple(cells))

    def _queries(self, queries: Sequence[Query]) -> Reason:
        return Reason(OWN["queries"], tuple(_query_cells(queries)))


def _query_cells(queries: Sequence[Query]) -> Iterator[Input]:
    for one in queries:
        place = Place(QUERY_FORM, one.number)
        yield Input(place, "qry_rule_d", one.rule)
        yield Input(place, "qry_state_d", STATE_CODES[one.state])
