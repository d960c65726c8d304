"""Recorded project files of a real server: what is read is what it said, what is written is what it wrote."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from redcap_licats.definition.dictionary import field_as_row, read_dictionary, write_dictionary
from redcap_licats.definition.events import unique_event_name
from redcap_licats.definition.logic import parse, print_logic
from redcap_licats.definition.model import FieldType
from redcap_licats.definition.odm import read_project, write_project
from redcap_licats.definition.odm.newlines import keep_line_ends


@pytest.fixture(scope="session")
def projects(conformance):
    return sorted(path.parent for path in conformance.glob("projects/*/project.xml"))


def _read(folder: Path):
    return read_project((folder / "project.xml").read_bytes())


def test_dictionary_files_come_back_byte_for_byte(projects):
    for folder in projects:
        recorded = (folder / "dictionary.csv").read_bytes().decode("utf-8")
        assert write_dictionary(read_dictionary(recorded)) == recorded, folder.name


def _explain(recorded: dict[str, str], read: dict[str, str]) -> Counter[str]:
    """Name the reason for each cell that differs; an unknown reason stays under its own name."""
    reasons: Counter[str] = Counter()
    for column in recorded:
        if recorded[column] == read[column]:
            continue
        one, other = (re.sub(r"\s*\|\s*", "|", row[column]) for row in (recorded, read))
        if read["field_type"] == FieldType.CHECKBOX and one == other:
            reasons["blanks around the bar: the XML has them or not, whatever the dictionary has"] += 1
        elif (
            read["field_type"] == FieldType.SLIDER and column.startswith("text_validation_m") and not read[column]
        ):
            reasons["the XML holds no range of a slider"] += 1
        elif (
            read["field_type"] == FieldType.SQL and column == "select_choices_or_calculations" and not read[column]
        ):
            reasons["the XML holds no query of an sql field"] += 1
        else:
            reasons[f"UNEXPLAINED {read['field_name']}.{column}"] += 1
    return reasons


def test_project_xml_holds_the_recorded_dictionary(projects, capsys):
    for folder in projects:
        recorded = read_dictionary((folder / "dictionary.csv").read_text("utf-8"))
        project = _read(folder)
        names = [field.name for field in project.dictionary if field.name in recorded]
        assert names == [field.name for field in recorded], folder.name
        reasons = sum(
            (_explain(field_as_row(field), field_as_row(project.dictionary[field.name])) for field in recorded),
            Counter({"field added after the dictionary was recorded": len(project.dictionary) - len(recorded)}),
        )
        with capsys.disabled():
            for reason, count in (+reasons).items():
                print(f"\n  {folder.name}: {count} x {reason}", end="")
        assert not [reason for reason in reasons if reason.startswith("UNEXPLAINED")], folder.name


def test_events_and_arms_are_the_recorded_ones(projects):
    for folder in projects:
        project = _read(folder)
        if not (folder / "event.csv").exists():
            continue
        with (folder / "event.csv").open(newline="", encoding="utf-8") as file:
            recorded = [(r["event_name"], int(r["arm_num"]), r["unique_event_name"]) for r in csv.DictReader(file)]
        assert [(e.name, e.arm, e.unique_name) for e in project.events] == recorded
        assert [unique_event_name(name, arm) for name, arm, _ in recorded] == [unique for *_, unique in recorded]
        with (folder / "arm.csv").open(newline="", encoding="utf-8") as file:
            arms = [(int(r["arm_num"]), r["name"]) for r in csv.DictReader(file)]
        assert [(arm.number, arm.name) for arm in project.arms] == arms


def test_nothing_is_lost_by_writing(projects):
    for folder in projects:
        project = _read(folder)
        written = write_project(project)
        again = read_project(written.encode("utf-8"))
        assert again == project, folder.name
        assert write_project(again) == written, folder.name


def _metadata(xml: bytes) -> list[tuple[str, tuple[tuple[str, str], ...], str]]:
    """List the elements of the definition with attributes and text, choices without blanks around the bar."""
    root = fromstring(keep_line_ends(xml))
    elements = []
    for element in root[0].iter():
        attributes = {key: re.sub(r"\s*\|\s*", "|", value) for key, value in element.attrib.items()}
        elements.append((element.tag, tuple(sorted(attributes.items())), (element.text or "").strip()))
    return elements


def test_the_definition_is_written_element_by_element_as_the_server_does(projects):
    for folder in projects:
        recorded = (folder / "project.xml").read_bytes()
        written = write_project(read_project(recorded)).encode("utf-8")
        assert _metadata(written) == _metadata(recorded), folder.name


def _items(xml: bytes) -> list[tuple[str, ...]]:
    """List the values in order, each with the record, event and form it stands in."""
    items = []
    for subject in fromstring(keep_line_ends(xml)).iter("{*}SubjectData"):
        at: dict[str, str] = {}
        for element in subject.iter():
            name = element.tag.rpartition("}")[2]
            if name in ("StudyEventData", "FormData"):
                at[name] = str(sorted(element.attrib.items()))
            elif name in ("ItemData", "ItemDataBase64Binary"):
                items.append((subject.get("SubjectKey", ""), *at.values(), str(sorted(element.attrib.items()))))
    return items


def test_the_data_are_written_value_by_value_as_the_server_does(projects):
    for folder in projects:
        recorded = (folder / "project.xml").read_bytes()
        written = write_project(read_project(recorded)).encode("utf-8")
        assert _items(written) == _items(recorded), folder.name


def test_all_recorded_logic_is_understood(projects):
    texts = {
        text
        for folder in projects
        for field in _read(folder).dictionary
        for text in (field.branching_logic, field.choices_or_calculations if field.type is FieldType.CALC else "")
        if text
    }
    assert texts or not projects
    for text in texts:
        assert parse(print_logic(parse(text))) == parse(text)
