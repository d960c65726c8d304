"""Unique event names."""

import pytest

from redcap_licats.definition.events import unique_event_name


@pytest.mark.parametrize(
    ("name", "arm", "unique"),
    [
        ("Enrollment", 1, "enrollment_arm_1"),
        ("Dose 1", 1, "dose_1_arm_1"),
        ("Deadline to opt out of study", 2, "deadline_to_opt_ou_arm_2"),
        ("Deadline to return feedback", 2, "deadline_to_return_arm_2"),
        ("Day -7 (screening)", 10, "day_7_screening_arm_10"),
    ],
)
def test_unique_event_name(name, arm, unique):
    assert unique_event_name(name, arm) == unique
