"""What must not matter to the gradings beside LICATS: order, numbering, empty instances, the calendar."""

from __future__ import annotations

import datetime as dt
import re

from hypothesis import given
from hypothesis import strategies as st
from records import day, finished, record

from redcap_licats.derive.subject import derive_subject
from redcap_licats.derive.toxicity import CtcaeGrade, Graded
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.read import read_subject

PROTOCOL = load_protocol()
Row = dict[str, str]
Judged = tuple[dict[str, Graded], list[tuple[CtcaeGrade, CtcaeGrade]], list[Graded]]

days = st.integers(-3, 60).map(day)
maybe_days = st.one_of(st.just(""), days)
answers = st.sampled_from(["", "0", "1"])

samples = st.fixed_dictionaries(
    {
        "date": days,
        "lab": st.just("conv"),
        "anc_val": st.sampled_from(["", "0.05", "<0.1", "0.3", "<0.5", "1.2", "3"]),
        "plt_val": st.sampled_from(["", "10", "30", "80", "<100", "200"]),
        "crea_val": st.sampled_from(["", "0.4", "0.6", "1.0", "1.7", "3.5"]),
        "upcr_val": st.sampled_from(["", "0.1", "0.5", "2", ">3"]),
    }
)
assessments = st.fixed_dictionaries(
    {
        "date": days,
        "done": answers,
        "temp": st.sampled_from(["", "36.8", "38.4"]),
        "antipyr": answers,
        "o2_device": st.sampled_from(["", "none", "cannula", "mask", "vent"]),
        "o2_flow": st.sampled_from(["", "2", "8"]),
        "pressors": st.sampled_from(["", "0", "1", "2"]),
        "sbp": st.sampled_from(["", "80", "120"]),
        **dict.fromkeys(("ice_orient", "ice_name", "ice_cmd", "ice_write", "ice_att"), answers),
        "consc": st.sampled_from(["", "awake", "voice", "coma"]),
        "seizure": st.sampled_from(["", "none", "brief"]),
        "motor": answers,
        "icp": st.sampled_from(["", "none", "focal"]),
    }
)
episodes = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["crs", "icans"]),
        "onset": maybe_days,
        "end": maybe_days,
        "ongoing": answers,
        "tcz": answers,
        "gc": answers,
    }
)


@st.composite
def records(draw: st.DrawFn) -> list[Row]:
    kidney = finished("kidney", crit=draw(st.frozensets(st.sampled_from(["crea", "upcr"]))), onset=draw(days))
    return record(
        enrolment={"sex": "F", "age": draw(st.sampled_from(["", "8", "15", "40"]))},
        labs=draw(st.lists(samples, max_size=8)),
        assessment=draw(st.lists(assessments, max_size=4)),
        crs_icans=draw(st.lists(episodes, max_size=3)),
        kidney=kidney,
    )


def judged(rows: list[Row]) -> Judged:
    result = derive_subject(read_subject(rows, PROTOCOL), PROTOCOL)
    return (
        dict(result.gradings),
        [(one.ctcae5, one.ctcae6) for one in result.events],
        sorted((one.observed.graded for one in result.episodes), key=str),
    )


@given(st.data())
def test_the_order_of_rows_does_not_matter(data: st.DataObject) -> None:
    rows = data.draw(records())
    assert judged(data.draw(st.permutations(rows))) == judged(rows)


@given(st.data())
def test_the_numbers_of_instances_do_not_matter(data: st.DataObject) -> None:
    rows = data.draw(records())
    renumbered = [dict(row) for row in rows]
    for form in ("labs", "assessment", "crs_icans"):
        mine = [row for row in renumbered if row.get("redcap_repeat_instrument") == form]
        for row, number in zip(mine, data.draw(st.permutations(range(1, len(mine) + 1))), strict=True):
            row["redcap_repeat_instance"] = str(number)
    assert judged(renumbered) == judged(rows)


@given(records())
def test_empty_instances_do_not_matter(rows: list[Row]) -> None:
    empty = [
        {
            "record_id": "1",
            "redcap_repeat_instrument": form,
            "redcap_repeat_instance": "99",
            f"{form}_complete": "0",
        }
        for form in ("labs", "assessment", "crs_icans")
    ]
    assert judged(rows + empty) == judged(rows)


@given(records(), st.integers(-1000, 1000))
def test_shifting_all_dates_changes_nothing(rows: list[Row], by: int) -> None:
    def shifted(value: str) -> str:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return value
        return (dt.date.fromisoformat(value) + dt.timedelta(days=by)).isoformat()

    assert judged([{column: shifted(value) for column, value in row.items()} for row in rows]) == judged(rows)


@given(records())
def test_a_grade_and_what_is_missing_exclude_each_other(rows: list[Row]) -> None:
    gradings, events, by_episode = judged(rows)
    for one in (*gradings.values(), *by_episode):
        assert (one.grade is None) is bool(one.missing)
        assert one.grade is None or 0 <= one.grade <= 4
    for pair in events:
        for ctcae in pair:
            assert (ctcae.grade is None) is (bool(ctcae.missing) or not ctcae.term)
