"""Recorded projects and replies of a real server: load the project XML, compare what comes back.

A difference is explained only cell by cell and only for a class that is named here.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox_helpers import Api

from redcap_licats.definition.model import FieldType
from redcap_licats.definition.odm import read_project

Rows = list[dict[str, str]]

PROJECTS = (
    "arm-single-longitudinal",
    "blank-for-gray-status",
    "checkboxes-1",
    "dag",
    "decimal-comma-and-dot",
    "longitudinal",
    "nonnumeric-record-id",
    "repeating-instruments",
    "simple",
    "survey",
    "validation-types-1",
)
#: Cells whose recording is older than the project XML: the project was changed in between.
OLDER = {
    "simple": {"sex", "mugshot", "interpreter_needed"},
    "survey": {"prescreening_survey_timestamp"},
}


def _read(path: Path) -> Rows:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode())))


def _parse(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text)))


def _explain(name: str, field_type: FieldType | None, column: str, got: str, recorded: str) -> str:
    """Give the class of a difference, '' if it has none."""
    if field_type is FieldType.CALC and not got:
        return "calculated values not in a fresh project"
    if column in OLDER.get(name, ()):
        return "recording older than its XML"
    if "\n" not in recorded and got.split() == recorded.split():
        # The data.csv without line ends were made before REDCap kept them.
        return "recording older than its XML"
    return ""


def _load(create: Callable[[str], Api], recordings: Path, name: str) -> Api:
    return create((recordings / "projects" / name / "project.xml").read_text("utf-8"))


def _explain_dictionary(field_type: str, column: int, got: str, recorded: str) -> str:
    """Give the reason why a cell of the dictionary differs, '' if it has none."""
    if field_type == FieldType.CHECKBOX and re.sub(r" *\| *", "|", got) == re.sub(r" *\| *", "|", recorded):
        return "the XML spaces choices as they were typed"
    if field_type == FieldType.SLIDER and column in (8, 9) and not got:
        return "the XML holds no range of a slider"
    if field_type == FieldType.SQL and column == 5 and not got:
        return "the XML holds no query of an sql field"
    return ""


@pytest.mark.parametrize("name", PROJECTS)
def test_the_dictionary_comes_back(create: Callable[[str], Api], conformance: Path, name: str) -> None:
    api = _load(create, conformance, name)
    got = list(csv.reader(io.StringIO(api.ok("metadata", format="csv").text)))
    recorded = list(
        csv.reader(io.StringIO((conformance / "projects" / name / "dictionary.csv").read_text("utf-8")))
    )
    kept = [row for row in got[1:] if row[0] not in OLDER.get(name, ()) or row[0] in {one[0] for one in recorded}]
    for own, theirs in zip(kept, recorded[1:], strict=True):
        for column, (value, expected) in enumerate(zip(own, theirs, strict=True)):
            same = value == expected or _explain_dictionary(own[3], column, value, expected)
            assert same, f"{own[0]}, column {column}: {value!r}, recorded {expected!r}"


@pytest.mark.parametrize("name", PROJECTS)
def test_an_exported_dictionary_can_be_imported(
    create: Callable[[str], Api], conformance: Path, name: str
) -> None:
    api = _load(create, conformance, name)
    before, data = api.ok("metadata", format="csv").text, api.ok("record", format="csv").text
    assert int(api.ok("metadata", format="csv", data=before).text) == len(api.rows("metadata"))
    assert api.ok("metadata", format="csv").text == before
    assert api.ok("record", format="csv").text == data


@pytest.mark.parametrize("name", PROJECTS)
def test_exported_data_can_be_imported(create: Callable[[str], Api], conformance: Path, name: str) -> None:
    api = _load(create, conformance, name)
    files = {str(row["field_name"]) for row in api.rows("metadata") if row["field_type"] == "file"}
    rows = [{column: value for column, value in row.items() if column not in files} for row in api.rows()]
    reply = api.put(rows, overwriteBehavior="overwrite")
    assert reply.status_code == 200, reply.text
    again = [{column: value for column, value in row.items() if column not in files} for row in api.rows()]
    calculated = {str(row["field_name"]) for row in api.rows("metadata") if row["field_type"] == "calc"}
    assert [{**row, **dict.fromkeys(calculated & row.keys(), "")} for row in again] == rows


@pytest.mark.parametrize("name", PROJECTS)
def test_the_data_come_back(create: Callable[[str], Api], conformance: Path, name: str) -> None:
    api = _load(create, conformance, name)
    recorded = _read(conformance / "projects" / name / "data.csv")
    got = _parse(
        api.ok(
            "record",
            format="csv",
            exportDataAccessGroups="redcap_data_access_group" in recorded[0],
            exportSurveyFields="redcap_survey_identifier" in recorded[0],
        ).text
    )
    older = OLDER.get(name, set())
    assert [column for column in got[0] if column not in older] == [
        column for column in recorded[0] if column not in older
    ]
    assert len(got) == len(recorded)
    types = {
        field.name: field.type
        for field in read_project((conformance / "projects" / name / "project.xml").read_bytes()).dictionary
    }
    explained: Counter[str] = Counter()
    for own, theirs in zip(got, recorded, strict=True):
        for column, value in own.items():
            if column in theirs and value != theirs[column]:
                reason = _explain(name, types.get(column), column, value, theirs[column])
                assert reason, (
                    f"{name}: {next(iter(own.values()))} {column}: {value!r}, recorded {theirs[column]!r}"
                )
                explained[reason] += 1
    print(name, dict(explained))


@pytest.mark.parametrize("name", ["arm-single-longitudinal", "longitudinal"])
def test_arms_and_events_come_back(create: Callable[[str], Api], conformance: Path, name: str) -> None:
    api = _load(create, conformance, name)
    folder = conformance / "projects" / name
    assert _parse(api.ok("arm", format="csv").text) == _read(folder / "arm.csv")
    got, recorded = _parse(api.ok("event", format="csv").text), _read(folder / "event.csv")
    for own, theirs in zip(got, recorded, strict=True):
        # Numbers of events are the server's own.
        assert {**own, "event_id": ""} == {**theirs, "event_id": ""}
    assert [int(row["event_id"]) for row in got] == sorted({int(row["event_id"]) for row in got})


def test_the_mapping_comes_back(create: Callable[[str], Api], conformance: Path) -> None:
    api = _load(create, conformance, "longitudinal")
    recorded = _read(conformance / "replies" / "longitudinal.event-instruments.csv")
    assert _parse(api.ok("formEventMapping", format="csv").text) == recorded


@pytest.fixture
def simple(create: Callable[[str], Api], conformance: Path) -> Api:
    return _load(create, conformance, "simple")


def _eav(rows: Rows) -> list[tuple[str, str, str]]:
    # bmi is calculated: a fresh project does not have it. A file's number is the server's own.
    return [
        (row["record"], row["field_name"], "#" if row["field_name"] == "mugshot" else row["value"])
        for row in rows
        if row["field_name"] != "bmi"
    ]


def test_eav_comes_back(simple: Api, conformance: Path) -> None:
    got = _parse(simple.ok("record", format="csv", type="eav").text)
    assert _eav(got) == _eav(_read(conformance / "replies" / "simple.eav.csv"))
    assert all(row["value"].isdigit() for row in got if row["field_name"] == "mugshot")


def test_eav_of_some_fields_comes_back(simple: Api, conformance: Path) -> None:
    got = simple.ok("record", format="csv", type="eav", fields=["record_id", "name_first", "name_last", "age"])
    assert _parse(got.text) == _read(conformance / "replies" / "simple.eav.specify-fields.csv")


def test_field_names_come_back(simple: Api, conformance: Path) -> None:
    got = _parse(simple.ok("exportFieldNames", format="csv").text)
    assert got == _read(conformance / "replies" / "simple.field-names.csv")


def test_one_form_without_record_id_comes_back(simple: Api, conformance: Path) -> None:
    got = _parse(simple.ok("record", format="csv", forms=["race_and_ethnicity"]).text)
    assert got == _read(conformance / "replies" / "simple.forms-only-2nd.csv")


@pytest.mark.parametrize(
    ("reply", "options"),
    [
        ("simple.label.csv", {"rawOrLabel": "label"}),
        ("simple.raw-and-dag.csv", {"exportDataAccessGroups": "true"}),
    ],
)
def test_flat_replies_come_back(simple: Api, conformance: Path, reply: str, options: dict[str, str]) -> None:
    got = _parse(simple.ok("record", format="csv", **options).text)
    recorded = _read(conformance / "replies" / reply)
    # readr turned True and False into its own truth values.
    read = {"True": "TRUE", "False": "FALSE"}
    for row in [*got, *recorded]:
        row["bmi"] = ""
        row["interpreter_needed"] = read.get(row["interpreter_needed"], row["interpreter_needed"])
    assert got == recorded


def test_project_information_has_the_recorded_keys(simple: Api, conformance: Path) -> None:
    recorded = _read(conformance / "replies" / "simple.project-info.csv")[0]
    got = simple.ok("project", format="json").json()
    assert list(got) == list(recorded)
    same = ("project_language", "purpose_other", "secondary_unique_field", "missing_data_codes")
    assert {name: got[name] for name in same} == {name: recorded[name] for name in same}


def test_users_have_the_recorded_columns(create: Callable[[str], Api], conformance: Path) -> None:
    api = _load(create, conformance, "dag")
    recorded = _read(conformance / "replies" / "users.with-dags.csv")[0]
    # The recording lost e-mail addresses, group numbers and the rights of forms on its way.
    lost = {"email", "data_access_group_id", "forms"}
    assert [column for column in api.rows("user")[0] if column not in lost] == list(recorded)
