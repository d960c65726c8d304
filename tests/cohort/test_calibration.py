"""The synthetic raw data, through the real rules, give the published cohort.

Exact: patients, diseases, sex, patients and patients with several events, events, organs, grades, organ by grade.
Within stated tolerances: timing classes (2 events), onset of the first event, duration and age (2 days or years).
"""

from __future__ import annotations

from collections import Counter

import pytest

from redcap_licats.cohort.compare import compare
from redcap_licats.cohort.figures import figures
from redcap_licats.cohort.measures import VALUES, Where, quartiles
from redcap_licats.cohort.model import Cohort
from redcap_licats.derive.model import Class, SubjectResult
from redcap_licats.subject.model import Subject


def test_patients_are_exact(cohort: Cohort) -> None:
    assert len(cohort.subjects) == 39
    assert Counter(one.diagnosis for one in cohort.subjects) == {"sle": 20, "ssc": 13, "iim": 6}
    assert Counter(one.sex for one in cohort.subjects) == {"F": 25, "M": 14}


def test_events_are_exact(cohort: Cohort) -> None:
    assert len(cohort.events) == 54
    assert sum(len(one.events) >= 1 for one in cohort.subjects) == 30
    assert sum(len(one.events) >= 2 for one in cohort.subjects) == 15
    assert Counter(one.grade for one in cohort.events) == {1: 35, 2: 16, 3: 3}


def test_organs_by_grade_are_exact(cohort: Cohort) -> None:
    counted = Counter((one.organ, one.grade) for one in cohort.events)
    rows = {
        organ: tuple(counted[organ, grade] for grade in (1, 2, 3))
        for organ in {one.organ for one in cohort.events}
    }
    skin, kidney = rows.pop("skin"), rows.pop("kidney")
    assert (sum(skin), sum(kidney)) == (19, 12)
    assert tuple(map(sum, zip(skin, kidney, strict=True))) == (22, 8, 1)
    assert rows == {
        "muscle": (5, 0, 0),
        "gi": (3, 0, 0),
        "heart": (1, 1, 0),
        "lung": (0, 1, 2),
        "joint": (4, 6, 0),
    }


def test_timing_is_within_two_events(cohort: Cohort) -> None:
    counted = Counter(one.timing for one in cohort.events)
    for timing, number in {"early": 27, "intermediate": 16, "late": 11}.items():
        assert abs(counted[timing] - number) <= 2


@pytest.mark.parametrize(
    ("name", "published"),
    [("first_onset", (10, 9, 21)), ("duration", (11, 5, 14)), ("age", (36, 22, 44))],
)
def test_quartiles_are_within_two(cohort: Cohort, name: str, published: tuple[float, ...]) -> None:
    ours = quartiles(VALUES[name](cohort, Where()))
    assert ours is not None
    for recomputed, stated in zip((ours.median, ours.q1, ours.q3), published, strict=True):
        assert abs(recomputed - stated) <= 2


def test_every_event_is_in_aplasia_and_in_an_organ_affected_before(cohort: Cohort) -> None:
    assert all(one.aplasia for one in cohort.events)
    assert all(one.affected_before for one in cohort.events)


def test_most_events_are_confirmed_and_none_is_left_open(cohort: Cohort) -> None:
    classes = Counter(one.classification for one in cohort.events)
    assert set(classes) == {Class.CONFIRMED, Class.PROBABLE}
    assert classes[Class.CONFIRMED] >= 45


def test_the_planned_criteria_are_met_by_the_raw_data(derived: tuple[tuple[Subject, SubjectResult], ...]) -> None:
    for subject, result in derived:
        for event in result.counted:
            unmet = [one.criterion for one in event.criteria if one.claimed and one.state != "met"]
            assert not unmet, (subject.record, event.event.key)


def test_the_comparison_agrees_with_every_figure_that_a_source_gives(cohort: Cohort) -> None:
    compared = compare(cohort)
    assert [one.label for one in compared if one.within is False] == []
    assert sum(one.within is True for one in compared) == sum(bool(figure.value) for figure in figures())
