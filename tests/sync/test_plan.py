from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.subject.model import Place
from redcap_licats.sync.cells import Cells, Written
from redcap_licats.sync.plan import plan_changes, result_instances


def row(instance: int) -> Place:
    return Place("licats_result", instance)


def wanted(**values: str) -> Cells:
    return {field: Written(value, "rule") for field, value in values.items()}


def test_only_cells_that_differ_are_changed() -> None:
    held = {row(1): {"a": "1", "b": "2", "c": ""}}
    changes = plan_changes("7", held, {row(1): wanted(a="1", b="3", c="")})
    assert [(one.record, one.instance, one.field, one.old, one.new, one.rule) for one in changes] == [
        ("7", 1, "b", "2", "3", "rule")
    ]


def test_blanks_erase_but_a_form_status_is_only_filled() -> None:
    held = {row(1): {"a": "1", "licats_result_complete": "2"}, row(2): {"licats_result_complete": ""}}
    rows = {row(1): wanted(a="", licats_result_complete=""), row(2): wanted(licats_result_complete="2")}
    assert [(one.instance, one.field, one.new) for one in plan_changes("7", held, rows)] == [
        (1, "a", ""),
        (2, "licats_result_complete", "2"),
    ]


def test_line_ends_and_outer_blanks_are_no_difference() -> None:
    held = {row(1): {"text": "one\r\ntwo"}}
    assert plan_changes("7", held, {row(1): wanted(text="one\ntwo ")}) == ()


def test_events_keep_their_instance_and_new_ones_follow() -> None:
    held = {row(2): {"res_key_d": "skin-1"}, row(5): {"res_key_d": "lung-1"}, Place("licats_query", 9): {}}
    found = result_instances(held, ["kidney-1", "lung-1", "gi-1"])
    assert found == {"skin-1": 2, "lung-1": 5, "kidney-1": 6, "gi-1": 7}


def test_a_blank_row_is_used_again_but_not_one_that_only_lost_its_key() -> None:
    lost = {row(3): {"res_key_d": "", "res_grade_d": "2"}}
    assert result_instances(lost, ["skin-1"]) == {"skin-1": 4}
    blank = {row(2): {"res_key_d": "", "res_grade_d": "", "licats_result_complete": "2"}}
    assert result_instances(lost | blank, ["skin-1", "gi-1"]) == {"skin-1": 2, "gi-1": 4}


cell = st.sampled_from(["", "1", "2", "a b"])
rows = st.dictionaries(
    st.builds(row, st.integers(1, 3)), st.dictionaries(st.sampled_from("abc"), cell), max_size=3
)


@given(held=rows, target=rows)
def test_once_applied_nothing_is_left_to_change(
    held: dict[Place, dict[str, str]], target: dict[Place, dict[str, str]]
) -> None:
    desired = {place: wanted(**cells) for place, cells in target.items()}
    after = {place: dict(cells) for place, cells in held.items()}
    for one in plan_changes("1", held, desired):
        after.setdefault(row(one.instance), {})[one.field] = one.new
    assert plan_changes("1", after, desired) == ()
