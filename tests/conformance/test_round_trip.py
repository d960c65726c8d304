"""A project with one of everything comes back from the sandbox as it went in, as often as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from recorded_projects import load, round_trip

from redcap_licats.definition.model import (
    AccessGroup,
    Arm,
    Attributes,
    Cell,
    DataDictionary,
    Event,
    Field,
    FieldType,
    Project,
    Repeat,
    StoredFile,
)
from redcap_licats.definition.odm import write_project
from redcap_licats.sandbox.process import SandboxProcess

START, VISIT, EXTRA = "start_arm_1", "visit_arm_1", "extra_arm_2"
FIELDS = (
    Field("record_id", "first", FieldType.TEXT, "Record"),
    Field("sex", "first", FieldType.RADIO, "<b>Sex</b> & more", choices_or_calculations="0, < 1 | 1, b, c"),
    Field("signs", "first", FieldType.CHECKBOX, "Signs", choices_or_calculations="1, One | -2, Two | B, Three"),
    Field("scan", "first", FieldType.FILE, "Scan"),
    Field("note", "second", FieldType.NOTES, "Note", branching_logic="[sex] = '1' and [weight] > 3"),
    Field("weight", "second", FieldType.TEXT, "Weight", validation="number", minimum="1", maximum="300"),
)
ROLE = {
    "role_name": "Reader",
    "unique_role_name": "U-0123456789",
    "data_entry": "[first,129][second,138]",
    "data_export_instruments": "[first,1][second,2]",
    "data_logging": "1",
    "external_module_config": "kept",
    "double_data": "0",
}
CELLS = (
    Cell("2", "record_id", "2", START),
    Cell("2", "redcap_survey_identifier", "Bee", START),
    Cell("2", "sex", "1", START),
    Cell("2", "signs", "-2", START),
    Cell("2", "signs", "B", START),
    Cell("2", "scan", "é.png", START, file=StoredFile("é.png", "image/png", b"\x00\xff")),
    Cell("2", "first_complete", "2", START),
    Cell("2", "note", ' line 1\n\n"line" 3\t', VISIT, "second", 1),
    Cell("2", "weight", "60.50", VISIT, "second", 2),
    Cell("2", "second_complete", "0", VISIT, "second", 2),
    Cell("2", "record_id", "2", EXTRA),
    Cell("2", "record_id", "2", EXTRA, instance=3),
    Cell("2", "sex", "UNK", EXTRA, instance=3),
    Cell("10-1", "record_id", "10-1", START),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


def test_everything_comes_back(sandbox: SandboxProcess, tmp_path: Path) -> None:
    project = Project(
        title="One of everything",
        dictionary=DataDictionary(FIELDS),
        form_labels={"first": "First & <best>", "second": "Second"},
        settings={"MissingDataCodes": "UNK, Unknown", "SurveysEnabled": "1"},
        arms=(Arm(1, "Arm 1"), Arm(2, "Two")),
        events=(
            Event("Start", 1, START, forms=("first",)),
            Event("Visit", 1, VISIT, custom_label="[weight]", day_offset="7", forms=("second",)),
            Event("Extra", 2, EXTRA, forms=("first", "second")),
        ),
        longitudinal=True,
        repeats=(Repeat("second", VISIT, "[weight] kg"), Repeat("", EXTRA)),
        access_groups=(AccessGroup("Site Étoile", "site_toile"), AccessGroup("South", "south")),
        roles=(ROLE,),
        reports=({"title": "All", "unique_report_name": "R-1", "redcap_reports_fields": "record_id"},),
        surveys=(Attributes("redcap:Surveys", {"form_name": "first", "title": "Hello"}),),
        cells=CELLS,
        record_groups={"2": "south"},
    )
    (tmp_path / "project.xml").write_text(write_project(project), "utf-8")
    outcome = round_trip(sandbox, load(sandbox, tmp_path))
    assert outcome.different == ()
    assert outcome.cells == len(CELLS)
