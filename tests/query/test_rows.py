"""Queries, answers and decisions survive the way to REDCap and back."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.definition.model import FieldType
from redcap_licats.errors import RecordError
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol.load import load_protocol
from redcap_licats.query.identity import fingerprint, query_id
from redcap_licats.query.model import Query, State
from redcap_licats.query.rows import (
    STEMS,
    blank_cells,
    form_of,
    form_statuses,
    query_cells,
    read_answers,
    read_decisions,
    read_queries,
)
from redcap_licats.subject.model import Input, Place
from redcap_licats.subject.read import read_subject

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=20).map(str.strip)
QUERIES = st.builds(
    Query,
    number=st.integers(1, 99),
    id=st.text("0123456789abcdef", min_size=16, max_size=16),
    fingerprint=TEXTS,
    rule=st.sampled_from(["DT01", "manual"]),
    severity=st.sampled_from(["hard", "medical"]),
    form=st.sampled_from(["labs", ""]),
    instance=st.integers(1, 50),
    event=st.just(""),
    field=TEXTS,
    value=TEXTS,
    text=TEXTS,
    opened=st.none() | DAYS,
    state=st.sampled_from(State),
    since=DAYS,
    reopened=st.integers(0, 9),
    changed=st.booleans(),
    kind=st.sampled_from(["rule", "manual"]),
    medical=st.booleans(),
    acted=TEXTS,
)


def as_row(query: Query, cells: dict[str, str]) -> dict[str, str]:
    form = form_of(medical=query.medical)
    key = {"record_id": "1", "redcap_repeat_instrument": form, "redcap_repeat_instance": str(query.number)}
    return key | cells


@given(QUERIES)
def test_a_query_comes_back_as_it_was_written(query: Query) -> None:
    assert read_queries([as_row(query, query_cells(query))]) == (query,)


@given(QUERIES)
def test_a_blanked_row_is_no_query(query: Query) -> None:
    cells = blank_cells(medical=query.medical)
    assert cells.keys() == query_cells(query).keys()
    assert read_queries([as_row(query, cells)]) == ()


def test_rows_use_the_variables_of_the_instruments() -> None:
    dictionary = build_dictionary(load_protocol(), "en")
    names = {(field.form, field.name) for field in dictionary.fields if field.type is not FieldType.DESCRIPTIVE}
    for medical in (False, True):
        form = form_of(medical=medical)
        written = {(form, name) for name in blank_cells(medical=medical)} - {(form, f"{form}_complete")}
        assert written == {one for one in names if one[0] == form}
    decision = {"m_form", "m_instance", "m_field", "m_text", "action", "comment", "by", "date"}
    stem = STEMS["licats_query_decision"]
    assert {("licats_query_decision", f"{stem}_{concept}") for concept in decision} <= names


def test_a_row_with_a_state_no_query_has_leaves_the_record_out() -> None:
    row = {
        "redcap_repeat_instrument": "licats_query",
        "redcap_repeat_instance": 3,
        "qry_id_d": "a",
        "qry_state_d": "?",
    }
    with pytest.raises(RecordError, match="QUERY-STATE"):
        read_queries([row])


def test_answers_and_decisions_that_say_nothing_are_left_out() -> None:
    answer = {"redcap_repeat_instrument": "licats_query_answer", "redcap_repeat_instance": "2"}
    decision = {"redcap_repeat_instrument": "licats_query_decision", "redcap_repeat_instance": 4}
    assert read_answers([answer | {"ans_by": "AB"}]) == ()
    assert read_decisions([decision | {"dec_by": "CD"}]) == ()
    assert read_answers([answer | {"ans_reason": "typo", "ans_date": "2024-03-01"}])[0].date == dt.date(2024, 3, 1)
    manual = read_decisions([decision | {"dec_m_form": "labs", "dec_m_instance": "3", "dec_m_text": "Why?"}])[0]
    assert (manual.number, manual.form, manual.instance, manual.text) == (4, "labs", 3, "Why?")


def test_identity_is_of_the_place_and_the_fingerprint_of_the_values() -> None:
    place, other = Place("labs", 1), Place("labs", 2)
    assert query_id(14, "1", place, "UN01", "lab_crea_unit") != query_id(14, "1", other, "UN01", "lab_crea_unit")
    cells = [Input(place, "lab_crea_val", "1"), Input(place, "lab_date", "2024-01-01")]
    assert fingerprint(cells) == fingerprint(cells[::-1])
    assert fingerprint(cells) != fingerprint(cells[:1])


def test_every_row_that_exists_has_a_status() -> None:
    rows = [
        {"record_id": "1", "redcap_repeat_instrument": "", "redcap_repeat_instance": "", "enr_age": "40"},
        {
            "record_id": "1",
            "redcap_repeat_instrument": "labs",
            "redcap_repeat_instance": 1,
            "lab_date": "2024-01-01",
            "labs_complete": "2",
        },
    ]
    subject = read_subject(rows, load_protocol())
    assert form_statuses(subject) == {Place("enrolment"): "", Place("labs"): "2"}
