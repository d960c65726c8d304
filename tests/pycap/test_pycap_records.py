"""PyCap's methods on data: records, files, reports, surveys."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest
from pycap_study import BASELINE, FORMATS, RECORDS, VISIT, in_all_formats, written
from redcap import Project as PyCap
from redcap import RedcapError

PLACE = {"record": "1", "event": BASELINE}
SCAN = {**PLACE, "field": "scan"}
SURVEY = {**PLACE, "instrument": "basics"}
LABS = {"record_id": "1", "redcap_event_name": VISIT, "redcap_repeat_instrument": "labs"}


@pytest.mark.parametrize(
    ("params", "columns"),
    [
        ({}, 13),
        ({"fields": ["name"]}, 5),
        ({"forms": ["labs"]}, 6),
        ({"export_survey_fields": True, "export_data_access_groups": True}, 16),
        ({"raw_or_label": "label", "export_checkbox_labels": True}, 13),
        ({"raw_or_label": "both"}, 13),
        ({"export_blank_for_gray_form_status": True, "decimal_character": ","}, 13),
        ({"records": ["2"], "events": [BASELINE]}, 13),
        ({"filter_logic": "[sex] = '0'"}, 13),
        ({"date_begin": datetime(2020, 1, 1)}, 13),  # noqa: DTZ001 - as PyCap wants it
    ],
)
def test_export_records(proj: PyCap, params: dict[str, object], columns: int) -> None:
    rows = in_all_formats(proj.export_records, **params)
    assert {len(row) for row in rows} == {columns}


def test_export_records_of_the_future(proj: PyCap) -> None:
    tomorrow = datetime.now() + timedelta(days=2)  # noqa: DTZ005 - as PyCap wants it
    assert in_all_formats(proj.export_records, date_begin=tomorrow) == []


def test_export_records_eav(proj: PyCap) -> None:
    rows = in_all_formats(proj.export_records, record_type="eav", records=["1"])
    assert [(row["field_name"], row["value"]) for row in rows if row["redcap_event_name"] == BASELINE] == [
        ("record_id", "1"),
        ("name", "Ann"),
        ("sex", "0"),
        ("signs", "2"),
    ]


@pytest.mark.parametrize("style", FORMATS)
def test_import_records(proj: PyCap, style: str) -> None:
    row = {"record_id": "3", "redcap_event_name": BASELINE, "name": 'Çé "x", <b>\n&', "born": "2000-12-31"}
    assert proj.import_records(written([row], style), import_format=style) == {"count": 1}
    (got,) = proj.export_records(records=["3"])
    assert {name: got[name] for name in row} == row


@pytest.mark.parametrize(
    ("content", "style", "reply"),
    [
        ("count", "json", {"count": 2}),
        ("count", "csv", "2"),
        ("count", "xml", '<?xml version="1.0" encoding="UTF-8" ?><count>2</count>'),
        ("ids", "json", ["1", "2"]),
        ("ids", "csv", "id\n1\n2\n"),
        ("nothing", "json", [{}]),
        ("nothing", "csv", ""),
        ("nothing", "xml", ""),
        ("auto_ids", "json", ["3,1", "4,2"]),
        ("auto_ids", "csv", 'id\n"3,1"\n"4,2"\n'),
    ],
)
def test_import_records_return_content(proj: PyCap, content: str, style: str, reply: object) -> None:
    numbered = content == "auto_ids"
    got = proj.import_records(
        RECORDS, return_content=content, return_format_type=style, force_auto_number=numbered
    )
    assert got == reply


@pytest.mark.parametrize(("order", "day"), [("YMD", "1980-03-01"), ("DMY", "01/03/1980"), ("MDY", "03/01/1980")])
def test_import_records_date_format(proj: PyCap, order: str, day: str) -> None:
    proj.import_records([{"record_id": "1", "redcap_event_name": BASELINE, "born": day}], date_format=order)
    assert proj.export_records(records=["1"])[0]["born"] == "1980-03-01"


@pytest.mark.parametrize(("overwrite", "name"), [("normal", "Ann"), ("overwrite", "")])
def test_import_records_overwrite(proj: PyCap, overwrite: str, name: str) -> None:
    proj.import_records([{"record_id": "1", "redcap_event_name": BASELINE, "name": ""}], overwrite=overwrite)
    assert proj.export_records(records=["1"])[0]["name"] == name


@pytest.mark.parametrize("style", FORMATS)
def test_import_records_refused(proj: PyCap, style: str) -> None:
    with pytest.raises(RedcapError, match="not found in the project as real data fields: foo"):
        proj.import_records([{"record_id": "1", "foo": "bar"}], return_format_type=style)


@pytest.mark.parametrize(("style", "reply"), [("json", 1), ("csv", "1"), ("xml", "1")])
def test_delete_records(proj: PyCap, style: str, reply: object) -> None:
    assert proj.delete_records(["2"], return_format_type=style) == reply
    assert {row["record_id"] for row in proj.export_records()} == {"1"}


def test_delete_records_in_part(proj: PyCap) -> None:
    proj.import_records([LABS | {"redcap_repeat_instance": 2, "weight": "61"}])
    assert proj.delete_records(["1"], instrument="labs", event=VISIT, repeat_instance=1) == 1
    assert [row["weight"] for row in proj.export_records(records=["1"], events=[VISIT])] == ["61"]
    assert proj.delete_records(["1"], event=VISIT, delete_logging=True) == 1
    assert proj.delete_records(["1"], arm="1") == 1
    with pytest.raises(RedcapError, match="do not exist: 1"):
        proj.delete_records(["1", "2"])
    assert [row["record_id"] for row in proj.export_records()] == ["2"]


def test_generate_next_record_name(proj: PyCap) -> None:
    assert proj.generate_next_record_name() == "3"


def test_import_file(proj: PyCap) -> None:
    assert proj.import_file(file_name="é scan.txt", file_object=io.BytesIO(b"one"), **SCAN) == [{}]
    assert proj.export_records(records=["1"])[0]["scan"] == "é scan.txt"


def test_import_file_keeps_its_name_where_it_may_not_be_a_header(proj: PyCap) -> None:
    proj.import_file(file_name="scan.txt", file_object=io.StringIO("text"), **SCAN)
    with pytest.raises(ValueError, match="not a 'file' field"):
        proj.import_file(file_name="scan.txt", file_object=io.BytesIO(b""), **{**SCAN, "field": "name"})
    assert proj.export_file(**SCAN)[0] == b"text"


def test_export_file(proj: PyCap) -> None:
    proj.import_file(file_name="scan.txt", file_object=io.BytesIO(b"\x00\xff"), **SCAN)
    assert proj.export_file(**SCAN) == (b"\x00\xff", {"name": "scan.txt", "charset": "UTF-8"})
    with pytest.raises(RedcapError):
        proj.export_file(**{**SCAN, "record": "2"})


def test_delete_file(proj: PyCap) -> None:
    proj.import_file(file_name="scan.txt", file_object=io.BytesIO(b"one"), **SCAN)
    assert proj.delete_file(**SCAN) == [{}]
    with pytest.raises(RedcapError):
        proj.export_file(**SCAN)


def test_export_report(proj: PyCap, report_id: str) -> None:
    rows = in_all_formats(proj.export_report, report_id=report_id, raw_or_label="label")
    assert [(row["record_id"], row["sex"]) for row in rows if row["sex"]] == [("1", "Female"), ("2", "Male")]
    with pytest.raises(RedcapError, match="report_id"):
        proj.export_report("0")


def test_export_survey_link(proj: PyCap) -> None:
    assert proj.export_survey_link(**SURVEY) == proj.export_survey_link(**SURVEY)
    assert "/surveys/?s=" in proj.export_survey_link(**SURVEY)


def test_export_survey_queue_link(proj: PyCap) -> None:
    assert "/surveys/?sq=" in proj.export_survey_queue_link(record="1")


def test_export_survey_access_code(proj: PyCap) -> None:
    assert len(proj.export_survey_access_code(**SURVEY)) == 9


def test_export_survey_return_code(proj: PyCap) -> None:
    assert len(proj.export_survey_return_code(**SURVEY)) == 8
    with pytest.raises(RedcapError):
        proj.export_survey_return_code(**{**SURVEY, "record": "nobody"})


def test_export_survey_participant_list(proj: PyCap) -> None:
    people = in_all_formats(proj.export_survey_participant_list, instrument="basics", event=BASELINE)
    assert [person["record"] for person in people] == ["1", "2"]


def test_export_logging(proj: PyCap) -> None:
    log = in_all_formats(proj.export_logging, log_type="record_add")
    assert [row["action"] for row in log] == ["Create record (API) 2", "Create record (API) 1"]
    begin = datetime(2020, 1, 1)  # noqa: DTZ001 - as PyCap wants it
    narrow = {"record": "2", "user": log[0]["username"], "begin_time": begin, "return_format_type": "json"}
    assert {row["record"] for row in proj.export_logging(**narrow)} == {"2"}
    assert proj.export_logging(dag="north") == []
    assert proj.export_logging(end_time=begin) == []
