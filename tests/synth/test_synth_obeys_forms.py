"""Every synthetic row is one that the built project would take."""

from __future__ import annotations

import pytest

from redcap_licats.definition.logic import Scope, is_true, parse
from redcap_licats.definition.model import FieldType, Project
from redcap_licats.definition.validation import valid, within
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.synth import GROUPS, Study, synthesise

KEYS = {"record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group"}


@pytest.fixture(scope="module")
def project() -> Project:
    return build_project(load_protocol())


@pytest.fixture(scope="module")
def study() -> Study:
    return synthesise(seed=2)


def _fault(project: Project, column: str, value: str) -> str:
    """Say why the project would not take a value; '' if it would."""
    name, _, _ = column.partition("___")
    if name.endswith("_complete"):
        form_known = name.removesuffix("_complete") in project.form_labels
        return "" if form_known and value in ("0", "1", "2") else "no such form status"
    field = project.dictionary.by_name.get(name)
    if field is None or column not in field.columns:
        return "no such column"
    if value in project.missing_data_codes and field.type is not FieldType.CHECKBOX:
        return ""
    if field.type is FieldType.CHECKBOX:
        return "" if value in ("0", "1") else "a box is 0 or 1"
    if field.choices:
        return "" if value in field.choices else "no such choice"
    if field.validation and not valid(value, field.validation):
        return f"not {field.validation}"
    if field.validation and not within(value, field.validation, field.minimum, field.maximum):
        return f"outside {field.minimum}-{field.maximum}"
    return ""


def test_every_cell_fits_its_field(project: Project, study: Study) -> None:
    faults = {
        f"{column} = {value!r}: {fault}"
        for row in study.rows
        for column, value in row.items()
        if column not in KEYS and (fault := _fault(project, column, value))
    }
    assert not faults


def test_every_cell_stands_on_a_row_of_its_form(project: Project, study: Study) -> None:
    repeating = {repeat.form for repeat in project.repeats}
    for row in study.rows:
        form = row["redcap_repeat_instrument"]
        assert form in repeating or form == ""
        for column in row.keys() - KEYS:
            name = column.partition("___")[0]
            home = name.removesuffix("_complete")
            if name in project.dictionary:
                home = project.dictionary[name].form
            assert home == form if form else home not in repeating, column


def test_instances_count_up_from_one_and_a_record_starts_with_its_own_row(study: Study) -> None:
    seen: dict[tuple[str, str], int] = {}
    for row in study.rows:
        record, form = row["record_id"], row["redcap_repeat_instrument"]
        if not form:
            assert row["redcap_repeat_instance"] == ""
            assert not any(key[0] == record for key in seen)
            seen[record, ""] = 0
            continue
        seen[record, form] = seen.get((record, form), 0) + 1
        assert (record, "") in seen
        assert row["redcap_repeat_instance"] == str(seen[record, form])


def test_sites_are_the_example_groups_of_the_project(project: Project, study: Study) -> None:
    assert set(GROUPS.values()) == {group.unique_name for group in project.access_groups}
    own = {
        row["record_id"]: row["redcap_data_access_group"]
        for row in study.rows
        if not row["redcap_repeat_instrument"]
    }
    assert own == dict(study.groups)


def test_nothing_derived_is_entered(project: Project, study: Study) -> None:
    entered = {column.partition("___")[0] for row in study.rows for column in row}
    assert not {name for name in entered if name.endswith("_d")}
    assert not {
        name
        for name in entered & set(project.dictionary.by_name)
        if project.dictionary[name].type is FieldType.CALC
    }


def test_only_the_sites_instruments_are_filled_in(study: Study) -> None:
    protocol = load_protocol()
    sites = {
        one.name.format(slug=slug)
        for one in protocol.instruments.values()
        if one.writer == "site"
        for slug in protocol.organs
    }
    assert {row["redcap_repeat_instrument"] for row in study.rows} - {""} <= sites


def test_no_field_is_filled_in_that_the_form_hides(project: Project, study: Study) -> None:
    logic = {field.name: parse(field.branching_logic) for field in project.dictionary if field.branching_logic}
    own = {row["record_id"]: row for row in study.rows if not row["redcap_repeat_instrument"]}
    hidden = set()
    for row in study.rows:
        cells = own[row["record_id"]] | row
        scope = Scope(
            lambda one, cells=cells: cells.get(f"{one.field}___{one.code}" if one.code else one.field, "")
        )
        filled = {column.partition("___")[0] for column in row.keys() - KEYS} & logic.keys()
        hidden |= {(row["record_id"], name) for name in filled if not is_true(logic[name], scope)}
    assert not hidden
