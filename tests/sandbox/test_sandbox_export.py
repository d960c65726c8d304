"""Export of records: columns, rows, labels, filters, formats."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sandbox_helpers import FIELDS, Api, project, text

from redcap_licats.definition.model import Project, Repeat

ANN = {"record_id": "1", "name": "Ann", "sex": "0", "race___1": "1", "race____9": "1"}


def test_csv_is_quoted_as_php_does(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": 'Ann "A" Lee'}, {"record_id": "2", "name": "O'Neill"}])
    reply = classic.ok("record", format="csv", fields=["record_id", "name"])
    assert reply.text == 'record_id,name\n1,"Ann ""A"" Lee"\n2,O\'Neill\n'
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(("delimiter", "sign"), [(",", ","), (";", ";"), ("tab", "\t"), ("|", "|"), ("^", "^")])
def test_csv_delimiters(classic: Api, delimiter: str, sign: str) -> None:
    classic.put([{"record_id": "1", "name": "Ann"}])
    reply = classic.ok("record", format="csv", fields=["record_id", "name"], csvDelimiter=delimiter)
    assert reply.text == f"record_id{sign}name\n1{sign}Ann\n"


def test_xml(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "A & B ]]>"}])
    reply = classic.ok("record", format="xml", fields=["record_id", "name"])
    assert reply.text == (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<records>\n<item><record_id><![CDATA[1]]></record_id>'
        "<name><![CDATA[A & B ]]]]><![CDATA[>]]></name></item>\n</records>"
    )


@pytest.mark.parametrize(("style", "body"), [("json", "[]"), ("csv", "\n")])
def test_nothing_to_export(classic: Api, style: str, body: str) -> None:
    assert classic.ok("record", format=style).text == body
    assert classic.ok("record", format=style, records=["7"]).text == body


def test_records_come_in_order_of_their_numbers(classic: Api) -> None:
    classic.put([{"record_id": name} for name in ("10", "9", "B2", "a10", "1")])
    assert [row["record_id"] for row in classic.rows(fields=["record_id"])] == ["1", "9", "10", "a10", "B2"]


def test_columns_come_in_dictionary_order_with_form_status(classic: Api) -> None:
    classic.put([ANN])
    row = classic.rows()[0]
    assert list(row) == [
        "record_id", "name", "born", "sex", "race___1", "race___b", "race____9", "basics_complete",
        "height", "weight", "bmi", "note", "scan", "fever", "tag", "labs_complete",
    ]  # fmt: skip
    assert (row["race___1"], row["race___b"], row["race____9"]) == ("1", "0", "1")


def test_the_record_id_comes_only_if_asked_for(repeating: Api) -> None:
    repeating.put([ANN])
    assert repeating.rows(fields=["name"]) == [{"name": "Ann"}]
    assert list(repeating.rows(forms=["labs"])) == []
    assert list(repeating.rows(fields=["name", "record_id"])[0]) == [
        "record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "name",
    ]  # fmt: skip


def test_form_status_comes_with_its_form_not_with_its_fields(classic: Api) -> None:
    classic.put([ANN | {"height": "2"}])
    assert "labs_complete" in classic.rows(forms=["labs"])[0]
    assert "labs_complete" not in classic.rows(fields=["height"])[0]
    assert classic.rows(fields=["record_id", "labs_complete"]) == [{"record_id": "1", "labs_complete": "0"}]


def test_gray_form_status(classic: Api) -> None:
    classic.put([ANN | {"basics_complete": "0"}])
    assert classic.rows()[0]["labs_complete"] == "0"
    row = classic.rows(exportBlankForGrayFormStatus="true")[0]
    assert (row["basics_complete"], row["labs_complete"]) == ("0", "")


def test_labels(classic: Api) -> None:
    classic.put([ANN | {"fever": "1", "basics_complete": "2"}])
    row = classic.rows(rawOrLabel="label")[0]
    assert (row["sex"], row["race___1"], row["race___b"]) == ("Female", "Checked", "Unchecked")
    assert (row["fever"], row["basics_complete"], row["labs_complete"]) == ("Yes", "Complete", "Incomplete")


def test_checkbox_labels(classic: Api) -> None:
    classic.put([ANN])
    row = classic.rows(rawOrLabel="label", exportCheckboxLabel="true")[0]
    assert (row["race___1"], row["race___b"], row["race____9"]) == ("One", "", "Minus")


def test_combined_checkboxes(classic: Api) -> None:
    classic.put([ANN])
    assert classic.rows(fields=["race"], combineCheckboxOptions="true") == [{"race": "1,-9"}]
    labels = classic.rows(fields=["race"], combineCheckboxOptions="true", rawOrLabel="label")
    assert labels == [{"race": "One,Minus"}]


def test_label_headers(classic: Api) -> None:
    classic.put([ANN])
    header = classic.ok("record", format="csv", rawOrLabelHeaders="label", forms=["basics"]).text.split("\n")[0]
    assert (
        header == 'Record_Id,Name,Born,Sex,"Race (choice=One)","Race (choice=Bee)","Race (choice=Minus)",Complete?'
    )


def test_doctest_line_of_pycap(create: Callable[[Project], Api]) -> None:
    fever = next(field for field in FIELDS if field.name == "fever")
    repeats = [Repeat("", "enrollment_arm_1")]
    api = create(project([text("record_id", "labs"), fever], repeats=repeats, longitudinal=True))
    api.put([{"record_id": "1", "redcap_repeat_instance": 1, "fever": "1"}])
    line = api.ok("record", format="csv", rawOrLabel="label", fields=["record_id", "fever"]).text.split("\n")[1]
    assert line == '1,"Enrollment (Arm 1: Drug A)",,1,Yes'


def test_decimal_character(classic: Api) -> None:
    classic.put([ANN | {"height": "1.5", "weight": "60.0", "note": "1.5"}])
    row = classic.rows(decimalCharacter=",")[0]
    assert (row["height"], row["weight"], row["bmi"], row["note"]) == ("1,5", "60,0", "26,7", "1.5")


def test_longitudinal_rows(longitudinal: Api) -> None:
    longitudinal.put([
        {"record_id": "1", "redcap_event_name": "visit_1_arm_1", "height": "2"},
        {"record_id": "1", "redcap_event_name": "enrollment_arm_1", "name": "Ann"},
        {"record_id": "2", "redcap_event_name": "enrollment_arm_2"},
    ])  # fmt: skip
    rows = longitudinal.rows()
    assert [(row["record_id"], row["redcap_event_name"]) for row in rows] == [
        ("1", "enrollment_arm_1"), ("1", "visit_1_arm_1"), ("2", "enrollment_arm_2"),
    ]  # fmt: skip
    assert (rows[1]["basics_complete"], rows[1]["race___1"], rows[1]["labs_complete"]) == ("", "", "0")
    assert [row["record_id"] for row in longitudinal.rows(events=["enrollment_arm_2"])] == ["2"]
    assert longitudinal.rows(rawOrLabel="label")[0]["redcap_event_name"] == "Enrollment (Arm 1: Drug A)"


def test_repeating_rows(repeating: Api) -> None:
    repeating.put([
        {"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": 2, "height": "2"},
        {"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": 1, "height": "1"},
        {"record_id": "1", "name": "Ann"},
    ])  # fmt: skip
    rows = repeating.rows(fields=["record_id", "name", "height", "labs_complete", "basics_complete"])
    keys = (
        "redcap_repeat_instrument",
        "redcap_repeat_instance",
        "name",
        "basics_complete",
        "height",
        "labs_complete",
    )
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("", "", "Ann", "0", "", ""), ("labs", 1, "", "", "1", "0"), ("labs", 2, "", "", "2", "0"),
    ]  # fmt: skip
    assert repeating.rows(rawOrLabel="label")[1]["redcap_repeat_instrument"] == "Labs"


def test_a_record_of_instances_has_no_base_row_but_is_listed(repeating: Api) -> None:
    repeating.put(
        [{"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": 1, "height": "1"}]
    )
    assert [row["redcap_repeat_instrument"] for row in repeating.rows()] == ["labs"]
    assert [row["record_id"] for row in repeating.rows(fields=["record_id"])] == ["1"]


def test_the_base_row_stays_where_it_holds_other_data(repeating: Api) -> None:
    row = {"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": 1, "height": "1"}
    repeating.put([{"record_id": "1", "name": "Ann"}, row])
    assert [row["redcap_repeat_instance"] for row in repeating.rows(fields=["record_id", "height"])] == ["", 1]


def test_eav(repeating: Api) -> None:
    repeating.put([ANN | {"name": ""}])
    repeating.put(
        [{"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": 2, "height": "1"}]
    )
    repeating.put([{"record_id": "1", "name": "Ann"}])
    rows = repeating.rows(type="eav")
    assert list(rows[0]) == ["record", "redcap_repeat_instrument", "redcap_repeat_instance", "field_name", "value"]
    assert [(row["redcap_repeat_instance"], row["field_name"], row["value"]) for row in rows] == [
        ("", "record_id", "1"), ("", "sex", "0"), ("", "race", "1"), ("", "race", "-9"),
        ("2", "height", "1"), ("", "name", "Ann"),
    ]  # fmt: skip
    assert rows[4]["redcap_repeat_instrument"] == "labs"
    assert repeating.rows(type="eav", rawOrLabel="label")[4]["redcap_repeat_instrument"] == "Labs"


def test_filter_logic(repeating: Api) -> None:
    repeating.put([{"record_id": "1", "name": "Ann", "race___b": "1"}, {"record_id": "2", "name": "Bea"}])
    repeating.put([
        {"record_id": "2", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": at, "height": str(at)}
        for at in (1, 2)
    ])  # fmt: skip
    assert [row["record_id"] for row in repeating.rows(filterLogic="[race(b)] = '1'")] == ["1"]
    assert [row["redcap_repeat_instance"] for row in repeating.rows(filterLogic="[height] > 1")] == [2]
    assert repeating.rows(filterLogic="[name] = 'Zoe'") == []


@pytest.mark.parametrize("logic", ["[name", "[nosuchfield] = 1", "frob([name])"])
def test_filter_logic_that_cannot_be_read(classic: Api, logic: str) -> None:
    assert classic.error("record", filterLogic=logic)[0] == 400


def test_date_range_gives_whole_records_by_the_log(longitudinal: Api) -> None:
    first = {"record_id": "1", "redcap_event_name": "enrollment_arm_1", "name": "Ann"}
    longitudinal.put([first, {"record_id": "1", "redcap_event_name": "visit_1_arm_1", "height": "1"}])
    assert len(longitudinal.rows(dateRangeBegin="2020-01-01 00:00:00")) == 2
    assert longitudinal.rows(dateRangeBegin="2099-01-01 00:00:00") == []
    assert longitudinal.rows(dateRangeEnd="2020-01-01 00:00:00") == []


def test_a_missing_code_column_appears_only_when_used(create: Callable[[Project], Api]) -> None:
    api = create(project(settings={"MissingDataCodes": "UNK, Unknown | -999, Lost"}))
    api.put([{"record_id": "1", "height": "UNK"}])
    assert "race___unk" not in api.rows()[0]
    api.put([{"record_id": "2", "race___unk": "1"}])
    assert [(row["height"], row["race___unk"]) for row in api.rows()] == [("UNK", "0"), ("", "1")]
    assert {"record": "2", "field_name": "race", "value": "UNK"} in api.rows(type="eav")
    assert api.rows(rawOrLabel="label")[0]["height"] == "Unknown"


def test_survey_columns(surveyed: Api) -> None:
    surveyed.put([ANN])
    names = list(surveyed.rows(exportSurveyFields="true")[0])
    assert names[:3] == ["record_id", "redcap_survey_identifier", "basics_timestamp"]
    assert "labs_timestamp" not in names


def test_reports(create: Callable[[Project], Api]) -> None:
    report = {
        "title": "Heights", "unique_report_name": "R-1", "redcap_reports_fields": "height,name",
        "combine_checkbox_values": "0", "output_dags": "0", "output_survey_fields": "0", "advanced_logic": "",
        "redcap_reports_filter_events": "",
    }  # fmt: skip
    api = create(project(reports=(report,)))
    api.put([ANN | {"height": "2"}])
    number = next(iter(api.overview["reports"].values()))
    assert api.ok("report", report_id=number, format="csv").text == "height,name\n2,Ann\n"
    assert api.ok("report", report_id=number).text.startswith("<?xml")
    assert api.error("report", report_id="99999")[0] == 400
