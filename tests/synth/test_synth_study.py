"""The study as a whole: same seed same study, any size, and a list of the mistakes made in it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter

import pytest

from redcap_licats.synth import Study, stream, synthesise
from redcap_licats.synth.cohort import FIRST_INFUSION, LAST_INFUSION
from redcap_licats.synth.history import Curve
from redcap_licats.synth.mistakes import plans
from redcap_licats.synth.profiles import profiles


def _base(study: Study) -> list[dict[str, str]]:
    return [row for row in study.rows if not row["redcap_repeat_instrument"]]


def test_the_same_seed_gives_the_same_study_and_another_seed_another() -> None:
    assert synthesise(seed=3) == synthesise(seed=3)
    assert synthesise(seed=3).rows != synthesise(seed=4).rows


def test_streaming_gives_the_rows_of_the_study_one_patient_at_a_time() -> None:
    streamed = tuple(row for patient in stream(seed=5, patients=50) for row in patient.rows)
    assert streamed == synthesise(seed=5, patients=50).rows
    first = next(stream(seed=5, patients=100_000))
    assert {row["record_id"] for row in first.rows} == {"1"}


@pytest.mark.parametrize("patients", [0, 1, 39, 78, 100])
def test_any_number_of_patients_keeps_the_proportions(patients: int) -> None:
    study = synthesise(patients=patients)
    assert [row["record_id"] for row in _base(study)] == [str(number + 1) for number in range(patients)]
    diagnoses = Counter(row["enr_dx"] for row in _base(study))
    whole = patients // 39
    for code, per_cohort in {"sle": 20, "ssc": 13, "iim": 6}.items():
        assert whole * per_cohort <= diagnoses[code] <= (whole + 1) * per_cohort


def test_infusions_lie_in_the_period_of_treatment_in_the_order_of_the_records() -> None:
    dates = [dt.date.fromisoformat(row["inf_date"]) for row in _base(synthesise(seed=6, patients=117))]
    assert dates == sorted(dates)
    assert dates[0] >= FIRST_INFUSION
    assert dates[-1] <= LAST_INFUSION


def test_both_laboratories_report_in_their_own_units() -> None:
    study = synthesise()
    wrong_unit = {mistake.record for mistake in study.errors if mistake.check == "UN02"}
    values: dict[str, list[float]] = {"conv": [], "si": [], "other": []}
    for row in study.rows:
        if "lab_crea_val" in row and row["record_id"] not in wrong_unit:
            values[row["lab_lab"]].append(float(row["lab_crea_val"]))
    assert max(values["conv"]) < 5
    assert min(values["si"]) > 30


def test_mistakes_are_listed_where_they_stand() -> None:
    study = synthesise()
    assert len({mistake.check for mistake in study.errors}) >= 15
    rows = {
        (row["record_id"], row["redcap_repeat_instrument"], row["redcap_repeat_instance"]) for row in study.rows
    }
    for mistake in study.errors:
        once = mistake.form in ("enrolment", "infusion")
        place = ("", "") if once else (mistake.form, str(mistake.instance))
        assert (mistake.record, *place) in rows, mistake


def test_every_planned_mistake_is_made_once_in_every_39_patients() -> None:
    planned = Counter(plan.check for some in plans().values() for plan in some)
    assert Counter(mistake.check for mistake in synthesise(patients=78).errors) == {
        check: 2 * number for check, number in planned.items()
    }
    assert plans().keys() <= {profile.id for profile in profiles()}


def test_every_reaction_is_planned_in_an_affected_organ_and_treated_from_grade_2() -> None:
    for profile, reaction in ((one, reaction) for one in profiles() for reaction in one.reactions):
        assert reaction.organ in profile.affected
        assert (reaction.gc is not None) == (reaction.grade >= 2)
        assert bool(reaction.stay) == (reaction.grade >= 3)


@pytest.mark.parametrize(("day", "value"), [(-9, 1), (0, 1), (1, 2), (2, 3), (6, 1), (99, 1)])
def test_a_curve_is_straight_between_its_knots_and_level_outside(day: int, value: float) -> None:
    assert Curve((0, 1), (2, 3), (6, 1))(day) == value


def test_a_curve_refuses_days_that_do_not_rise() -> None:
    with pytest.raises(ValueError, match="must rise"):
        Curve((0, 1), (0, 2))


def test_samples_and_assessments_are_entered_in_order_of_date() -> None:
    mistaken = {mistake.record for mistake in synthesise().errors if mistake.check == "DT14"}
    for form, date in (("labs", "lab_date"), ("assessment", "asm_date")):
        rows = [row for row in synthesise().rows if row["redcap_repeat_instrument"] == form]
        for record, own in itertools.groupby(rows, key=lambda row: row["record_id"]):
            dates = [row[date] for row in own]
            assert record in mistaken or dates == sorted(dates)
