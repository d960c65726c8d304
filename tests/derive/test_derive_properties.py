"""What must not matter: order, numbering, empty instances, units, decimal mark, the calendar."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from records import Entries, day, finished, record

from redcap_licats.derive.model import EventResult, SubjectResult
from redcap_licats.derive.subject import derive_subject
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.read import read_subject

PROTOCOL = load_protocol()
Row = dict[str, str]

days = st.integers(-20, 70).map(day)
maybe_days = st.one_of(st.just(""), days)
answers = st.sampled_from(["", "0", "1"])


def ticks(*codes: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(codes))


@st.composite
def events(draw: st.DrawFn, organ: str, *criteria: str) -> Entries:
    return finished(
        organ,
        crit=draw(ticks(*criteria)),
        onset=draw(maybe_days),
        sx_start=draw(maybe_days),
        end=draw(maybe_days),
        ongoing=draw(answers),
        gc=draw(answers),
        hosp=draw(answers),
        icu=draw(answers),
        ac_drug=draw(st.sampled_from(["", "0", "1", "2", "9"])),
    )


samples = st.fixed_dictionaries(
    {
        "date": maybe_days,
        "time": st.sampled_from(["", "08:00"]),
        "lab": st.just("conv"),
        "crea_val": st.decimals("0.1", 5, places=2).map(str),
        "bcell_val": st.sampled_from(["", "0", "3", "5", "80"]),
    }
)
courses = st.fixed_dictionaries(
    {
        "drug": st.sampled_from(["pred", "dexa"]),
        "dose": st.integers(1, 50).map(str),
        "unit": st.just("mg"),
        "freq": st.sampled_from(["od", "bid"]),
        "route": st.sampled_from(["po", "top"]),
        "start": maybe_days,
        "stop": maybe_days,
        "ind": ticks("kidney", "skin", "crs", "maint"),
    }
)
stays = st.fixed_dictionaries(
    {
        "adm": maybe_days,
        "dis": maybe_days,
        "reason": ticks("infusion", "kidney", "skin"),
        "prolonged": answers,
        "prol_reason": ticks("kidney", "skin"),
        "icu": answers,
        "icu_reason": ticks("skin", "crs"),
    }
)


@st.composite
def records(draw: st.DrawFn) -> list[Row]:
    return record(
        labs=draw(st.lists(samples, max_size=5)),
        glucocorticoid=draw(st.lists(courses, max_size=3)),
        hospital_stay=draw(st.lists(stays, max_size=2)),
        kidney=draw(st.lists(events("kidney", "crea", "upcr"), max_size=2)),
        skin=draw(st.lists(events("skin", "rash", "mucosa"), max_size=3)),
    )


def derive(rows: list[Row]) -> SubjectResult:
    return derive_subject(read_subject(rows, PROTOCOL), PROTOCOL)


def judged(result: EventResult) -> tuple[object, ...]:
    """Everything of a result but dates, cells and numbers of instances."""
    return (
        result.event.organ,
        result.onset_day,
        result.timing,
        result.duration,
        [(one.criterion, one.claimed, one.state, one.ratio, one.change, one.missing) for one in result.criteria],
        (result.exposure.given, result.exposure.attribution, result.exposure.days, result.exposure.peak),
        (result.exposure.cumulative, result.exposure.ambiguous),
        (result.stay.kind, result.stay.hospital, result.stay.icu, result.stay.ambiguous),
        result.bcells.aplasia,
        (result.grade, result.grade_reasons, result.grade_missing, result.flags, result.provisional),
        (result.classification, result.reasons),
        [(one.name, one.supports) for one in result.flare],
    )


@given(st.data())
def test_the_order_of_rows_does_not_matter(data: st.DataObject) -> None:
    rows = data.draw(records())
    assert derive(data.draw(st.permutations(rows))) == derive(rows)


@given(records())
def test_deriving_twice_gives_the_same(rows: list[Row]) -> None:
    assert derive(rows) == derive([dict(row) for row in rows])


@given(records())
def test_empty_instances_do_not_matter(rows: list[Row]) -> None:
    forms = ("labs", "glucocorticoid", "hospital_stay", "licats_kidney", "licats_heart")
    key = rows[0]["record_id"]
    empty = [
        {
            "record_id": key,
            "redcap_repeat_instrument": form,
            "redcap_repeat_instance": "9",
            f"{form}_complete": "0",
        }
        for form in forms
    ]
    assert derive(rows + empty) == derive(rows)


@given(st.data())
def test_the_numbers_of_samples_courses_and_stays_do_not_matter(data: st.DataObject) -> None:
    rows = data.draw(records())
    renumbered = [dict(row) for row in rows]
    for form in ("labs", "glucocorticoid", "hospital_stay"):
        mine = [row for row in renumbered if row.get("redcap_repeat_instrument") == form]
        for row, number in zip(mine, data.draw(st.permutations(range(1, len(mine) + 1))), strict=True):
            row["redcap_repeat_instance"] = str(number)
    assert [judged(one) for one in derive(renumbered).events] == [judged(one) for one in derive(rows).events]


@given(records(), st.data())
def test_units_and_decimal_mark_do_not_matter(rows: list[Row], data: st.DataObject) -> None:
    changed = [dict(row) for row in rows]
    for row in changed:
        if value := row.get("lab_crea_val"):
            if data.draw(st.booleans()):
                value = str(Decimal(value) * Decimal("88.4"))
                row |= {"lab_ref_differ": "1", "lab_crea_unit": "umoll"}
            if data.draw(st.booleans()):
                # three digits after a comma could be thousands: a fourth tells
                value = f"{Decimal(value).quantize(Decimal('0.0001'))}".replace(".", ",")
            row["lab_crea_val"] = value
    assert [judged(one) for one in derive(changed).events] == [judged(one) for one in derive(rows).events]


@given(records(), st.integers(-1000, 1000))
def test_shifting_all_dates_changes_nothing_but_dates(rows: list[Row], by: int) -> None:
    def shifted(value: str) -> str:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return value
        return (dt.date.fromisoformat(value) + dt.timedelta(days=by)).isoformat()

    moved = derive([{column: shifted(value) for column, value in row.items()} for row in rows])
    assert [judged(one) for one in moved.events] == [judged(one) for one in derive(rows).events]
    assert moved.trace.keys() == derive(rows).trace.keys()


@given(records())
def test_grade_and_what_is_missing_exclude_each_other(rows: list[Row]) -> None:
    for one in derive(rows).events:
        assert (one.grade is None) is bool(one.grade_missing)
        assert bool(one.grade_reasons) is (one.grade is not None)
        for criterion in one.criteria:
            assert (criterion.state == "na") is bool(criterion.missing)
