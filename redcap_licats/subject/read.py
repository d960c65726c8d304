"""One record's flat rows, as REDCap exports them raw, to a :class:`Subject`."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import compress
from typing import NamedTuple

from redcap_licats.errors import RecordError
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.cells import Cells
from redcap_licats.subject.labs import Person, read_sample
from redcap_licats.subject.model import Input, Place, Subject
from redcap_licats.subject.optional_rows import (
    read_adverse_event,
    read_biopsy,
    read_disposition,
    read_iec_hs,
    read_imaging,
    read_medication,
    read_microbiology,
    read_prior_therapy,
    read_score,
)
from redcap_licats.subject.organ_events import read_event
from redcap_licats.subject.rows import (
    read_adjudication,
    read_assessment,
    read_course,
    read_enrolment,
    read_infusion,
    read_stay,
    read_toxicity,
)

Row = Mapping[str, str | int]


class _Form(NamedTuple):
    """An instrument; ``computed`` are the variables that REDCap computes on it, which tell nothing new."""

    name: str
    stem: str
    computed: frozenset[str]


class _Column(NamedTuple):
    """A column that people fill in: its form, whether it is its status, whether it is one box of several."""

    form: str
    is_status: bool
    is_box: bool


class _Columns(dict[str, _Column | None]):
    """What columns are, each looked up once; None for one that is no part of a subject."""

    def __init__(self, forms: Collection[_Form]) -> None:
        super().__init__()
        self.forms = {form.name: form for form in forms}
        self._by_stem = {form.stem: form for form in forms}

    def __missing__(self, column: str) -> _Column | None:
        status = self.forms.get(column.removesuffix("_complete")) if column.endswith("_complete") else None
        form = status or self._by_stem.get(column.partition("_")[0])
        found = None
        if form and column not in form.computed:
            found = _Column(form.name, status is not None, "___" in column)
        return self.setdefault(column, found) if len(self) < _MOST_COLUMNS else found


#: of more columns no project is; a server that makes up others must not fill the memory
_MOST_COLUMNS = 20_000
#: what the columns are by the protocol's hash
_COLUMNS: dict[str, _Columns] = {}


def read_subject(
    rows: Iterable[Mapping[str, str]] | Iterable[Row],
    protocol: Protocol,
    *,
    record_id_field: str = "record_id",
    absent_forms: frozenset[str] = frozenset(),
    unmapped: frozenset[str] = frozenset(),
) -> Subject:
    """Read the flat raw rows of one record.

    Instances without any entry are left out, except for their form status. The order of rows does not matter.

    Args:
        rows: Rows as exported: record id, ``redcap_event_name``, ``redcap_repeat_instrument``,
            ``redcap_repeat_instance`` (number or text), ``redcap_data_access_group``, then the fields.
        protocol: The protocol.
        record_id_field: The project's first field.
        absent_forms: Instruments that the study does not have, as its data dictionary tells.
        unmapped: Variables for which the study's own forms have no field.

    Raises:
        RecordError: There are no rows, or they are of several records.
    """
    rows = list(rows)
    records = {str(row.get(record_id_field, "")) for row in rows}
    if len(records) != 1:
        raise RecordError(
            "SUBJECT-RECORD",
            f"The rows are of {len(records)} records, not of one.",
            where=", ".join(sorted(records)),
            remedy="Read each record by itself; check the name of the record id field.",
        )
    if protocol.hash not in _COLUMNS:
        _COLUMNS[protocol.hash] = _Columns(_forms(protocol))
    columns = _COLUMNS[protocol.hash]
    values, statuses = _gather(rows, columns, record_id_field)
    missing = protocol.settings.missing_data_codes
    return _assemble(
        [Cells(place, columns.forms[place.form].stem, values[place], missing) for place in sorted(values)],
        protocol,
        record=records.pop(),
        group=next(
            (str(row["redcap_data_access_group"]) for row in rows if row.get("redcap_data_access_group")), ""
        ),
        statuses=statuses,
        absent_forms=absent_forms,
        unmapped=unmapped,
    )


def variables_read(protocol: Protocol) -> frozenset[str]:
    """Name every variable that a subject is read from, checkboxes without their codes."""
    blank = [Cells(Place(form.name), form.stem, {}, ()) for form in _forms(protocol)]
    _assemble(blank, protocol)
    return frozenset().union(*(cells.asked for cells in blank))


def _forms(protocol: Protocol) -> tuple[_Form, ...]:
    """List the instruments that people fill in; what the worker writes is no part of a subject."""
    return tuple(
        _Form(
            one.name.format(slug=slug),
            one.stem.format(slug=slug),
            frozenset(f"{one.stem.format(slug=slug)}_{spec.name}" for spec in one.field if spec.computes),
        )
        for one in protocol.instruments.values()
        if one.writer != "worker"
        for slug in (protocol.organs if one.each else ("",))
    )


def _gather(
    rows: Iterable[Row], columns: _Columns, record_id_field: str
) -> tuple[dict[Place, dict[str, str]], dict[Place, str]]:
    """Sort the non-blank cells and the form statuses by place."""
    values: dict[Place, dict[str, str]] = defaultdict(dict)
    statuses: dict[Place, str] = {}
    for row in rows:
        event = str(row.get("redcap_event_name") or "")
        only = str(row.get("redcap_repeat_instrument") or "")
        if only and only not in columns.forms:
            continue
        instance = int(row.get("redcap_repeat_instance") or 1)
        of_form: dict[str, dict[str, str]] = defaultdict(dict)
        # nearly all cells are blank: nothing more is asked of them
        for name in compress(row, row.values()):
            column, value = columns[name], str(row[name])
            if column is None or (only and column.form != only) or name == record_id_field or not value.strip():
                continue
            if column.is_status:
                statuses[Place(column.form, instance, event)] = value
            # of a checkbox "0" means not ticked
            elif not (column.is_box and value == "0"):
                of_form[column.form][name] = value
        for form, cells in of_form.items():
            values[Place(form, instance, event)] |= cells
    return dict(values), statuses


def _assemble(
    rows: Iterable[Cells],
    protocol: Protocol,
    *,
    record: str = "",
    group: str = "",
    statuses: Mapping[Place, str] | None = None,
    absent_forms: frozenset[str] = frozenset(),
    unmapped: frozenset[str] = frozenset(),
) -> Subject:
    """Read every row, in order of place, and put the subject together."""
    of: dict[str, list[Cells]] = defaultdict(list)
    for cells in rows:
        of[cells.place.form].append(cells)
    enrolment = next((read_enrolment(cells, protocol) for cells in of["enrolment"]), None)
    person = Person.of(enrolment)
    infusions = [read_infusion(cells) for cells in of["infusion"]]
    samples = [read_sample(cells, protocol, person) for cells in of["labs"]]
    assessments = [read_assessment(cells, protocol) for cells in of["assessment"]]
    toxicities = [read_toxicity(cells) for cells in of["crs_icans"]]
    courses = [read_course(cells, protocol) for cells in of["glucocorticoid"]]
    stays = [read_stay(cells, protocol) for cells in of["hospital_stay"]]
    events = [read_event(cells, protocol, slug) for slug in protocol.organs for cells in of[f"licats_{slug}"]]
    adjudications = [read_adjudication(cells, protocol) for cells in of["licats_adjudication"]]
    scores = [read_score(cells, protocol) for cells in of["activity"]]
    adverse = [read_adverse_event(cells, protocol) for cells in of["adverse_event"]]
    biopsies = [read_biopsy(cells, protocol) for cells in of["biopsy"]]
    medications = [read_medication(cells, protocol) for cells in of["conmed"]]
    iec_hs = [read_iec_hs(cells) for cells in of["iec_hs"]]
    imaging = [read_imaging(cells, protocol) for cells in of["imaging"]]
    microbiology = [read_microbiology(cells, protocol) for cells in of["microbiology"]]
    therapies = [read_prior_therapy(cells, protocol) for cells in of["prior_therapy"]]
    disposition = next((read_disposition(cells, protocol) for cells in of["disposition"]), None)
    everything = [cells for of_form in of.values() for cells in of_form]
    return Subject(
        record=record,
        group=group,
        enrolment=enrolment,
        infusions=tuple(sorted(infusions, key=lambda one: (_day(one.date), one.place))),
        samples=tuple(sorted(samples, key=lambda one: (_day(one.date), one.time, one.place))),
        assessments=tuple(sorted(assessments, key=lambda one: (_day(one.date), one.place))),
        toxicities=tuple(sorted(toxicities, key=lambda one: (_day(one.onset), one.place))),
        courses=tuple(sorted(courses, key=lambda one: (_day(one.start), one.place))),
        stays=tuple(sorted(stays, key=lambda one: (_day(one.admission), one.place))),
        events=tuple(sorted(events, key=lambda one: (str(one.onset or dt.date.max), one.place))),
        adjudications=tuple(sorted(adjudications, key=lambda one: (_day(one.date), one.place))),
        statuses=statuses or {},
        coded=_in_order(one for cells in everything for one in _coded(cells, protocol)),
        unreadable=_in_order(one for cells in everything for one in cells.unreadable),
        values={cells.place: cells.row for cells in everything},
        ticked={cells.place: ticked for cells in everything if (ticked := _ticked(cells.row))},
        absent_forms=absent_forms,
        unmapped=unmapped,
        prior_therapies=tuple(sorted(therapies, key=lambda one: (str(one.start or dt.date.max), one.place))),
        medications=tuple(sorted(medications, key=lambda one: (_day(one.start), one.place))),
        microbiology=tuple(sorted(microbiology, key=lambda one: (_day(one.date), one.place))),
        imaging=tuple(sorted(imaging, key=lambda one: (_day(one.date), one.place))),
        biopsies=tuple(sorted(biopsies, key=lambda one: (_day(one.date), one.place))),
        scores=tuple(sorted(scores, key=lambda one: (_day(one.date), one.place))),
        adverse_events=tuple(sorted(adverse, key=lambda one: (_day(one.start), one.place))),
        iec_hs=tuple(sorted(iec_hs, key=lambda one: (_day(one.onset), one.place))),
        disposition=disposition,
    )


def _day(date: dt.date | None) -> dt.date:
    """Give a date to sort by; rows without one come last."""
    return date or dt.date.max


def _in_order(inputs: Iterable[Input]) -> tuple[Input, ...]:
    return tuple(sorted(inputs, key=lambda one: (one.place, one.field, one.value)))


def _ticked(row: Mapping[str, str]) -> Mapping[str, str]:
    """Give the ticked codes of the checkboxes of a row, sorted."""
    codes: dict[str, list[str]] = {}
    for column in row:
        variable, mark, code = column.partition("___")
        if mark:
            codes.setdefault(variable, []).append(code)
    return {variable: " ".join(sorted(ticked)) for variable, ticked in codes.items()}


def _coded(cells: Cells, protocol: Protocol) -> Iterable[Input]:
    """Find the cells that hold a missing-data code; a checkbox holds it as a ticked column."""
    codes = protocol.settings.missing_data_codes
    by_column = {code.lower(): code for code in codes}
    for column, value in cells.row.items():
        if "___" in column:
            variable, _, code = column.partition("___")
            if code in by_column:
                yield Input(cells.place, variable, by_column[code])
        elif value.strip() in codes:
            yield Input(cells.place, column, value)
