"""What each relation counts, says and leaves out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redcap_licats.cohort.association import Association, NotAssessable
from redcap_licats.cohort.disease_tables import baseline_table, incidence_table
from redcap_licats.cohort.model import Cohort, CohortEvent, CohortSubject
from redcap_licats.cohort.organ_tables import organ_disease_table, organ_time_table
from redcap_licats.cohort.read import read_cohort
from redcap_licats.cohort.relations import Relation, relations
from redcap_licats.cohort.table import Table
from redcap_licats.cohort.tables import relation_table
from redcap_licats.protocol import Protocol, load_protocol

START = dt.date(2026, 2, 1)
EVENT = CohortEvent(
    organ="skin",
    onset_day=10,
    timing="early",
    duration=5,
    grade=1,
    classification="confirmed",
    aplasia=True,
    affected_before=True,
)
SUBJECT = CohortSubject(
    record="1",
    age=30,
    sex="F",
    diagnosis="sle",
    day_zero=dt.date(2026, 1, 10),
    affected=frozenset({"skin"}),
    licats=True,
    crs=None,
    crs_day=None,
    tocilizumab=False,
    icans=None,
    bcells=None,
    cart_peak=None,
    cart_unit="",
    cart_days=None,
    aplasia_start=None,
    aplasia_end=None,
    events=(EVENT,),
)
WELL = replace(SUBJECT, licats=False, events=())


def graded(grade: int | None, **more: object) -> CohortSubject:
    return replace(SUBJECT, events=(replace(EVENT, grade=grade),), **more)  # type: ignore[arg-type]


def named(start: str, cohort: Sequence[CohortSubject]) -> Relation:
    return next(one for one in relations(Cohort(tuple(cohort)), load_protocol()) if one.label.en.startswith(start))


def association_of(relation: Relation) -> Association:
    assert isinstance(relation.finding, Association)
    return relation.finding


def column(table: Table, row: str) -> tuple[str, ...]:
    return next(one[1:] for one in table.rows if one[0] == row)


@pytest.mark.parametrize(
    ("forms", "reason"),
    [
        ([], "not assessable: form not in study"),
        (["activity"], "not assessable: not among the derived values"),
    ],
)
def test_disease_severity_cannot_be_assessed(protocol: Protocol, forms: list[str], reason: str) -> None:
    """Even where the form is in the study: a cohort is read from derived values alone."""
    study = protocol.model_copy(update={"instruments": dict.fromkeys(forms, protocol.instruments["labs"])})
    found = relations(Cohort((SUBJECT,)), study)[0].finding
    assert isinstance(found, NotAssessable)
    assert found.reason.en == reason


def test_severity_is_the_highest_grade_of_patients_with_a_graded_event() -> None:
    twice = replace(SUBJECT, cart_days=40, events=(replace(EVENT, grade=3), EVENT))
    rising = [graded(1, cart_days=10), graded(1, cart_days=20), graded(2, cart_days=30), graded(2, cart_days=35)]
    others = [graded(None, cart_days=1), replace(WELL, cart_days=99)]
    found = association_of(named("LICATS severity and days with CAR-T", [*rising, twice, *others]))
    assert found.n == 5
    assert found.size == pytest.approx(0.9486832980505138)  # ranks 1.5 1.5 3.5 3.5 5 and 1 2 3 4 5: 9 / √(9 · 10)


def test_a_patient_without_the_value_is_left_out_and_counted() -> None:
    relation = named(
        "LICATS severity and B cells", [graded(1), *(graded(one % 3, bcells=one) for one in range(6))]
    )
    assert association_of(relation).n == 6
    assert relation.remark.en == "value not known in 1"


def test_peaks_in_another_unit_are_not_compared() -> None:
    cells = [graded(1 + one % 2, cart_peak=one, cart_unit="ul") for one in range(6)]
    copies = [graded(3, cart_peak=90_000, cart_unit="cpug")]
    relation = named("LICATS severity and CAR-T peak", [*copies, *cells])
    assert association_of(relation) == association_of(named("LICATS severity and CAR-T peak", cells))
    assert relation.remark.en == "cells/µL; value not known in 1"


def test_aplasia_has_a_length_once_it_has_ended() -> None:
    ended = [
        graded(1 + days % 2, aplasia_start=START, aplasia_end=START + dt.timedelta(days=days))
        for days in (50, 61, 70, 83, 90)
    ]
    going_on = graded(3, aplasia_start=START)
    relation = named("LICATS severity and days of B-cell aplasia", [*ended, going_on])
    assert association_of(relation).n == 5
    assert relation.remark.en == "value not known in 1"


def test_tocilizumab_by_hand() -> None:
    treated = [graded(grade, tocilizumab=True) for grade in (2, 3, 2, 1)]
    untreated = [graded(1), graded(2), WELL, WELL]
    unknown = [
        graded(2, tocilizumab=None),
        graded(None),
        replace(WELL, licats=None),
        replace(SUBJECT, events=(EVENT, replace(EVENT, grade=None))),
    ]
    relation = named("CRS treated with tocilizumab", [*treated, *untreated, *unknown])
    found = association_of(relation)
    assert (found.n, found.size, found.p) == (8, pytest.approx(9), pytest.approx(34 / 70))
    assert relation.remark.en == "3 of 4 with tocilizumab, 1 of 4 without; not known in 4"


def test_a_grade_that_is_reached_is_reached_whatever_is_missing() -> None:
    assert replace(SUBJECT, events=(replace(EVENT, grade=2), replace(EVENT, grade=None))).reached(2) is True
    assert graded(2, licats=None).reached(2) is True


def test_b_cells_by_tocilizumab_by_hand() -> None:
    given = [replace(WELL, tocilizumab=True, bcells=one) for one in (100, 200, 300)]
    without = [replace(WELL, bcells=one) for one in (50, 60, 70)]
    relation = named("B cells before", [*given, *without, replace(WELL, tocilizumab=None, bcells=9), WELL])
    found = association_of(relation)
    assert (found.n, found.size, found.p) == (6, 1, pytest.approx(0.1))
    assert relation.remark.en == "median [IQR] 200 [150–250] with tocilizumab, 60 [55–65] without"


def test_onset_of_crs_and_licats_by_hand() -> None:
    days = [(1, 9), (1, 10), (2, 13), (3, 15), (1, 20), (4, 4)]
    both = [
        replace(SUBJECT, crs_day=crs, events=(replace(EVENT, onset_day=50), replace(EVENT, onset_day=first)))
        for crs, first in days
    ]
    one_only = [replace(WELL, crs_day=1), SUBJECT]
    relation = named("Day of the first CRS", [*both, *one_only])
    found = association_of(relation)
    assert (found.n, found.size, found.p) == (5, 1, pytest.approx(2 / 32))
    assert relation.remark.en == "median [IQR] CRS 1.5 [1–2.75], LICATS 11.5 [9.25–14.5]; same day in 1"


def test_an_empty_cohort_has_no_number_and_says_why(protocol: Protocol) -> None:
    for row in relation_table(Cohort(()), protocol).rows:
        assert row[3].startswith(("too few patients", "not assessable"))
        assert row[4:6] == ("–", "–")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_relation_says_test_effect_p_and_n_and_claims_nothing(
    cohort: Cohort, protocol: Protocol, language: str
) -> None:
    table = relation_table(cohort, protocol, language)
    assert re.search("exploratory|探索的", table.title)
    assert re.search("study setting|本研究の設定", table.columns[-1])
    for _, _, n, test, effect, p, *_ in table.rows[1:]:
        assert int(n) >= 5
        assert re.search(r"test|correlation|検定|相関", test)
        assert re.search(r" (-?\d+\.\d\d|∞)$", effect)
        assert re.fullmatch(r"[01]\.\d{3}|< 0\.001", p)
    words = " ".join(cell for row in table.rows for cell in row).lower()
    assert not re.search(r"caus|because|due to|lead|predict|published|原因|により|による|公表", words)


def test_signs_and_infinity_are_written_as_such(protocol: Protocol) -> None:
    treated = [graded(2, tocilizumab=True)] * 3
    table = relation_table(Cohort((*treated, *[WELL] * 3)), protocol)
    assert (
        column(table, "CRS treated with tocilizumab and LICATS of grade 2 or higher")[3] == "odds ratio (sample) ∞"
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_order_of_patients_changes_nothing(cohort: Cohort, protocol: Protocol, data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(cohort.subjects), max_size=12))
    shuffled = data.draw(st.permutations(some))
    assert relations(Cohort(tuple(some)), protocol) == relations(Cohort(tuple(shuffled)), protocol)


def test_the_new_cells_are_read() -> None:
    row = {
        "record_id": "1",
        "sum_day0_d": "2026-01-10",
        "sum_n_d": "0",
        "sum_any_d": "0",
        "sum_tcz_d": "1",
        "sum_crs_day_d": "2",
        "sum_bcell_bl_d": "120.5",
        "sum_cart_peak_d": "50",
        "sum_cart_unit_d": "ul",
        "sum_cart_days_d": "28",
        "sum_affected_d": "skin joint",
    }
    one = read_cohort([row]).subjects[0]
    assert (one.licats, one.tocilizumab, one.crs_day, one.bcells) == (False, True, 2, 120.5)
    assert (one.cart_peak, one.cart_unit, one.cart_days, one.affected) == (50, "ul", 28, {"skin", "joint"})


def test_tables_by_disease_by_hand(protocol: Protocol) -> None:
    ssc = replace(WELL, diagnosis="ssc", sex="M", bcells=80.0, age=50)
    three = Cohort((replace(SUBJECT, bcells=100.0), graded(2), ssc))
    baseline = baseline_table(three, protocol)
    assert baseline.columns == ("Item", "All", "SLE", "SSc")
    assert column(baseline, "Female") == ("2 (67 %)", "2 (100 %)", "0 (0 %)")
    assert column(baseline, "B cells before lymphodepletion (/µL), median [IQR]") == (
        "90 [85–95], n = 2",
        "100 [100–100], n = 1",
        "80 [80–80], n = 1",
    )
    incidence = incidence_table(three)
    assert column(incidence, "Patients with LICATS") == ("2 (67 %)", "2 (100 %)", "0 (0 %)")
    assert column(incidence, "Grade 2") == ("1 (50 %)", "1 (50 %)", "–")
    assert column(incidence, "Duration (days), median [IQR]") == ("5 [5–5], n = 2", "5 [5–5], n = 2", "–")
    assert column(organ_disease_table(three, protocol), "Skin and mucosa") == ("2", "0", "2")
    assert column(organ_time_table(three, protocol), "Skin and mucosa") == ("10 [10–10], n = 2", "5 [5–5], n = 2")
