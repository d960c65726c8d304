"""What real servers recorded must come out of the sandbox; explaining too much would hide a defect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from recorded_compare import CALCULATED, OLDER, Cell, Outcome, compare, read_table, same_content, same_text
from recorded_projects import Loaded, data_outcome, load
from recorded_replies import reply_outcome
from show import main, outcomes

from redcap_licats.definition.model import Cell as StoredCell
from redcap_licats.definition.model import DataDictionary, Event, Field, FieldType, Project
from redcap_licats.definition.odm import write_project
from redcap_licats.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


def test_every_recording_comes_back(sandbox: SandboxProcess, conformance: Path) -> None:
    results = dict(outcomes(sandbox, conformance))
    assert {name: result.different for name, result in results.items() if result.different} == {}
    assert sum(result.cells for result in results.values()) > 1000
    classes = sum((result.explained for result in results.values()), Counter[str]())
    assert set(classes) <= {CALCULATED, OLDER}


FIELDS = (
    Field("record_id", "form", FieldType.TEXT, "Record"),
    Field("weight", "form", FieldType.TEXT, "Weight"),
    Field("double", "form", FieldType.CALC, "Double", choices_or_calculations="[weight] * 2"),
)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A folder as the recordings have it, with one project."""
    folder = tmp_path / "projects" / "small"
    folder.mkdir(parents=True)
    project = Project(
        title="Small",
        dictionary=DataDictionary(FIELDS),
        form_labels={"form": "Form"},
        events=(Event("Event 1", 1, "event_1_arm_1", forms=("form",)),),
        cells=(
            StoredCell("1", "record_id", "1"),
            StoredCell("1", "weight", "60"),
            StoredCell("1", "double", "120"),
        ),
    )
    (folder / "project.xml").write_text(write_project(project), "utf-8")
    return tmp_path


@pytest.fixture
def small(sandbox: SandboxProcess, recorded: Path) -> Loaded:
    return load(sandbox, recorded / "projects" / "small")


@pytest.mark.parametrize(
    ("data", "verdict", "explained"),
    [
        ("1,60,,0\n", "identical", {}),
        ("1,60,120,0\n", "explained", {CALCULATED: 1}),
        ("1,59,,0\n", "explained", {OLDER: 1}),
        ("1,,,2\n", "explained", {OLDER: 2}),
        ("1,60,,0\n2,70,,0\n", "explained", {OLDER: 3, CALCULATED: 1}),
        ('"1",60,,0\n', "different", {}),
    ],
)
def test_values_are_held_against_the_xml(
    small: Loaded, data: str, verdict: str, explained: dict[str, int]
) -> None:
    (small.folder / "data.csv").write_text("record_id,weight,double,form_complete\n" + data, "utf-8")
    outcome = data_outcome(small)
    assert (outcome.verdict, outcome.explained) == (verdict, explained), outcome


def test_a_value_that_the_sandbox_lost_is_not_explained(small: Loaded) -> None:
    (small.folder / "data.csv").write_text("record_id,weight,double,form_complete\n1,60,,0\n", "utf-8")
    small.post("record", format="csv", overwriteBehavior="overwrite", data="record_id,weight\n1,\n")
    assert data_outcome(small).different == ("[1] weight: recorded '60', got ''",)


def test_the_table_shows_a_difference_and_fails(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recorded / "projects" / "small" / "data.csv").write_text("record_id,form_complete,weight\n1,0,60\n", "utf-8")
    assert main(recorded) == 1
    shown = capsys.readouterr().out
    assert "order of columns" in shown
    assert "1 identical, 0 explained, 1 different" in shown


def test_a_reply_to_an_unknown_call_is_not_passed_over(tmp_path: Path, small: Loaded) -> None:
    outcome = reply_outcome(tmp_path / "small.something-new.csv", lambda _: small)
    assert outcome.verdict == "different"


ROWS = [{"id": "1", "a": "x"}, {"id": "2", "a": "y"}]


@pytest.mark.parametrize(
    ("got", "different"),
    [
        (ROWS, 0),
        ([ROWS[0], {"id": "2", "a": "z"}], 1),
        (ROWS[:1], 2),
        ([*ROWS, {"id": "2", "a": "y"}], 2),
        (ROWS[::-1], 1),
        ([{"a": "x", "id": "1"}, {"a": "y", "id": "2"}], 1),
        ([row | {"b": ""} for row in ROWS], 2),
    ],
)
def test_rows_columns_and_their_order_count(got: list[dict[str, str]], different: int) -> None:
    outcome = compare(ROWS, got, key=["id"], explain=lambda _: "")
    assert len(outcome.different) == different, outcome


def test_what_is_left_out_is_counted() -> None:
    outcome = compare(ROWS, [row | {"a": "?"} for row in ROWS], key=["id"], explain=lambda _: "", left_out=["a"])
    assert outcome == Outcome(cells=2, left_out=2)


@pytest.mark.parametrize(
    ("recorded", "got", "text", "content"),
    [
        ("0", "0", True, True),
        ("TRUE", "1", True, True),
        ("FALSE", "False", False, True),
        ("22", "22.0", False, True),
        ("2024-10-11T10:44:00Z", "2024-10-11 10:44", False, True),
        ("a ", "a", False, True),
        ("TRUE", "0", False, False),
        ("", "0", False, False),
        ("2024-10-11", "2024-10-12", False, False),
    ],
)
def test_what_counts_as_the_same(recorded: str, got: str, text: bool, content: bool) -> None:
    assert (same_text(recorded, got), same_content(recorded, got)) == (text, content)


def test_an_empty_reply_has_no_rows() -> None:
    assert read_table("\n") == []


def test_a_long_value_is_shown_short() -> None:
    assert len(str(Cell(("1",), "note", "word " * 500, None))) < 200
