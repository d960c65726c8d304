"""Reading a cohort, its statistics, and what the comparison may and may not call published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.cohort.compare import compare
from redcap_licats.cohort.figures import figures
from redcap_licats.cohort.measures import quartiles
from redcap_licats.cohort.model import Cohort
from redcap_licats.cohort.organ_tables import organ_grade_table
from redcap_licats.cohort.read import read_cohort
from redcap_licats.cohort.tables import cohort_tables
from redcap_licats.errors import RecordError
from redcap_licats.protocol import Protocol

SUMMARY = {
    "record_id": "1",
    "redcap_repeat_instrument": "",
    "sum_n_d": "1",
    "sum_day0_d": "2026-01-10",
    "sum_dx_d": "sle",
    "sum_age_d": "30",
    "sum_affected_d": "skin",
}
RESULT = {
    "record_id": "1",
    "redcap_repeat_instrument": "licats_result",
    "redcap_repeat_instance": "1",
    "res_organ_d": "skin",
    "res_onset_day_d": "12",
    "res_dur_d": "5",
    "res_fin_class_d": "confirmed",
    "res_fin_grade_d": "1",
}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([4], (4, 4, 4)),
        ([1, 2], (1.25, 1.5, 1.75)),
        ([1, 2, 3, 4], (1.75, 2.5, 3.25)),
        ([5, 1, 3], (2, 3, 4)),
    ],
)
def test_quartiles_are_of_type_7(values: list[int], expected: tuple[float, ...] | None) -> None:
    result = quartiles(values)
    assert (result and (result.q1, result.median, result.q3)) == expected


@given(st.lists(st.integers(-1000, 1000), min_size=1), st.randoms())
def test_quartiles_stay_in_range_and_do_not_depend_on_order(values: list[int], rng: object) -> None:
    first = quartiles(values)
    assert first is not None
    assert min(values) <= first.q1 <= first.median <= first.q3 <= max(values)
    assert quartiles(reversed(values)) == first


@pytest.mark.parametrize("final", ["not", "undet", ""])
def test_events_that_do_not_count_are_left_out(final: str) -> None:
    cohort = read_cohort([SUMMARY, RESULT, RESULT | {"redcap_repeat_instance": "2", "res_fin_class_d": final}])
    assert len(cohort.events) == 1


@pytest.mark.parametrize("final", ["pending", "probable", "confirmed"])
def test_events_that_count_are_kept(final: str) -> None:
    assert len(read_cohort([SUMMARY, RESULT | {"res_fin_class_d": final}]).events) == 1


def test_subjects_without_an_infusion_are_not_of_the_cohort() -> None:
    enrolled = SUMMARY | {"record_id": "2", "sum_day0_d": "", "sum_n_d": "0"}
    assert [one.record for one in read_cohort([SUMMARY, RESULT, enrolled]).subjects] == ["1"]


def test_rows_of_other_instruments_and_records_without_a_summary_are_passed_over() -> None:
    other = {
        "record_id": "1",
        "redcap_repeat_instrument": "labs",
        "redcap_repeat_instance": 1,
        "lab_crea_val": "1.0",
    }
    assert read_cohort(
        [other, SUMMARY, RESULT, {"record_id": "2", "redcap_repeat_instrument": ""}]
    ) == read_cohort([RESULT, SUMMARY])


def test_a_cell_that_the_worker_cannot_have_written_is_named() -> None:
    with pytest.raises(RecordError) as caught:
        read_cohort([SUMMARY, RESULT | {"res_onset_day_d": "soon"}])
    assert caught.value.code == "COHORT-CELL"
    assert caught.value.where == "record 1, instance 1, res_onset_day_d"


def test_only_what_a_source_published_is_called_published(cohort: Cohort) -> None:
    for figure, one in zip(figures(), compare(cohort), strict=True):
        assert (one.published != "not published") == figure.source.startswith("P:")
        assert one.provenance.startswith("published") == figure.source.startswith("P:")
        if figure.source.startswith(("D", "SEED")):
            assert "study setting" in one.provenance
            assert one.reference


def test_what_no_source_gives_is_not_compared(cohort: Cohort) -> None:
    unknown = [one for figure, one in zip(figures(), compare(cohort), strict=True) if figure.source == "UNKNOWN"]
    assert {one.label for one in unknown} >= {"SLE: events", "Patients with CRS", "Kidney, grade 3, events"}
    for one in unknown:
        assert (one.published, one.reference, one.difference, one.within) == ("not published", "", "n/a", None)


def test_shares_are_compared_in_whole_per_cent(cohort: Cohort) -> None:
    grade = next(one for one in compare(cohort) if one.label == "Grade 1, share of events")
    assert (grade.published, grade.recomputed, grade.difference) == ("65 %", "65 % (35/54)", "0")


def test_a_difference_is_recomputed_minus_published(cohort: Cohort) -> None:
    fewer = Cohort(cohort.subjects[1:])
    patients = compare(fewer)[0]
    assert (patients.recomputed, patients.difference, patients.within) == ("38", "-1", False)


def test_the_period_of_treatment_is_shown_and_not_compared(cohort: Cohort) -> None:
    period = next(one for one in compare(cohort) if one.label == "Period of treatment")
    dates = sorted(one.day_zero for one in cohort.subjects if one.day_zero)
    assert (period.recomputed, period.within) == (f"{dates[0]} – {dates[-1]}", None)


def test_an_empty_cohort_is_compared_without_fault() -> None:
    assert {one.within for one in compare(Cohort(())) if one.difference != "n/a"} <= {True, False}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_tables_are_rectangular(cohort: Cohort, protocol: Protocol, language: str) -> None:
    for table in cohort_tables(cohort, protocol, language):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_organ_table_adds_up(cohort: Cohort, protocol: Protocol) -> None:
    table = organ_grade_table(cohort, protocol)
    assert table.rows[-1] == ("All", "35", "16", "3", "0", "0", "54")


def test_every_figure_says_where_it_comes_from() -> None:
    for figure in figures():
        assert figure.source.partition(" ")[0].partition(":")[0] in {"P", "D", "SEED", "UNKNOWN"}
        assert bool(figure.value or figure.text) == (figure.source != "UNKNOWN"), figure.label.en
