"""Import of records: formats, flags, refusals, the error block, side effects."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from sandbox_helpers import FIELDS, Api, project, text

from redcap_licats.definition.model import Field, FieldType, Project, Repeat

FORMAT = (
    "The value you provided could not be validated because it does not follow the expected format."
    " Please try again."
)


def problems(api: Api, rows: object, **params: object) -> list[list[str]]:
    """Import rows that must be refused; give the error block as cells."""
    reply = api.put(rows, returnFormat="json", **params)
    assert reply.status_code == 400, reply.text
    return list(csv.reader(io.StringIO(reply.json()["error"])))


def test_success_values(classic: Api) -> None:
    rows = [{"record_id": "1", "name": "Ann"}, {"record_id": "2"}]
    assert classic.put(rows).text == '{"count":2}'
    assert classic.put(rows, returnContent="ids").json() == ["1", "2"]
    assert classic.put(rows, returnContent="nothing").text == ""
    assert classic.put(rows, returnFormat="csv").text == "2"
    assert classic.put(rows, returnFormat="csv", returnContent="ids").text == "id\n1\n2\n"
    xml = classic.put(rows, returnFormat="xml").text
    assert xml == '<?xml version="1.0" encoding="UTF-8" ?><count>2</count>'


def test_count_is_records_not_rows(repeating: Api) -> None:
    rows = [
        {"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": at, "height": "1"}
        for at in (1, 2)
    ]
    assert repeating.put(rows).json() == {"count": 1}


@pytest.mark.parametrize("data", ['{"record_id": "1"}', "[]", "null", '"text"'])
def test_json_that_is_no_list_of_rows_counts_nothing(classic: Api, data: str) -> None:
    assert classic.ok("record", format="json", data=data).json() == {"count": 0}
    assert classic.rows() == []


@pytest.mark.parametrize(
    ("style", "data"),
    [
        ("csv", "record_id,name\n1,Ann\n"),
        ("csv", "\ufeffrecord_id,name\r\n1,Ann\r\n"),
        ("xml", "<records><item><record_id><![CDATA[1]]></record_id><name>Ann</name></item></records>"),
        ("json", '[{"record_id": 1, "name": "Ann"}]'),
    ],
)
def test_formats(classic: Api, style: str, data: str) -> None:
    reply = classic.ok("record", format=style, data=data, returnFormat="json")
    assert reply.json() == {"count": 1}
    assert classic.rows(fields=["record_id", "name"]) == [{"record_id": "1", "name": "Ann"}]


def test_csv_with_another_delimiter(classic: Api) -> None:
    classic.ok("record", format="csv", data="record_id;name\n1;Ann\n", csvDelimiter=";")
    assert classic.rows(fields=["name"]) == [{"name": "Ann"}]


def test_eav(repeating: Api) -> None:
    rows = [
        {"record": "1", "field_name": "name", "value": "Ann"},
        {"record": "1", "field_name": "race___b", "value": "1"},
        {"record": "1", "field_name": "height", "value": "2"}
        | {"redcap_repeat_instrument": "labs", "redcap_repeat_instance": 1},
    ]
    assert repeating.put(rows, type="eav").json() == {"count": 1}
    row = repeating.rows()[0]
    assert (row["name"], row["race___b"], repeating.rows()[1]["height"]) == ("Ann", "1", "2")


def test_odm(create: Callable[[Project], Api], repeating: Api) -> None:
    repeating.put([{"record_id": "1", "name": "Ann", "race___b": "1"}])
    repeating.put(
        [{"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": 3, "height": "2"}]
    )
    xml = repeating.ok("record", format="odm").text
    other = create(project(repeats=[Repeat("labs")]))
    assert other.ok("record", format="odm", data=xml, returnFormat="json").json() == {"count": 1}
    assert other.rows() == repeating.rows()


def test_key_only_rows_create_rows(longitudinal: Api) -> None:
    event = {"redcap_event_name": "enrollment_arm_1"}
    assert longitudinal.put([{"record_id": name} | event for name in ("1", "2")]).json() == {"count": 2}
    assert len(longitudinal.rows()) == 2


def test_key_only_instances_create_rows(repeating: Api) -> None:
    repeating.put([{"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": 4}])
    assert [row["redcap_repeat_instance"] for row in repeating.rows()] == [4]


def test_without_event_the_first_one_is_meant(longitudinal: Api) -> None:
    longitudinal.put([{"record_id": "1", "name": "Ann"}])
    assert longitudinal.rows()[0]["redcap_event_name"] == "enrollment_arm_1"


def test_blanks_erase_only_when_overwriting(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann", "sex": "1", "race___b": "1"}])
    blank = [{"record_id": "1", "name": "", "race___b": ""}]
    classic.put(blank)
    row = classic.rows()[0]
    assert (row["name"], row["sex"], row["race___b"]) == ("Ann", "1", "1")
    classic.put(blank, overwriteBehavior="overwrite")
    row = classic.rows()[0]
    assert (row["name"], row["sex"], row["race___b"]) == ("", "1", "0")


def test_an_unchecked_box_is_written_in_normal_mode(classic: Api) -> None:
    classic.put([{"record_id": "1", "race___b": "1"}])
    classic.put([{"record_id": "1", "race___b": "0"}])
    assert classic.rows()[0]["race___b"] == "0"


@pytest.mark.parametrize(
    ("order", "given"),
    [("YMD", "2024-02-03"), ("MDY", "02/03/2024"), ("MDY", "2-3-2024"), ("DMY", "03/02/2024")],
)
def test_dates_are_stored_year_first(classic: Api, order: str, given: str) -> None:
    classic.put([{"record_id": "1", "born": given}], dateFormat=order)
    assert classic.rows()[0]["born"] == "2024-02-03"


def test_a_date_in_another_order_is_refused_as_it_was_given(classic: Api) -> None:
    error = classic.put([{"record_id": "1", "born": "12/31/2020"}], dateFormat="DMY", returnFormat="json").json()
    assert str(error["error"]).startswith('"1","born","12/31/2020",')


def test_automatic_names(classic: Api) -> None:
    classic.put([{"record_id": "7"}])
    rows = [{"record_id": "x", "name": "Ann"}, {"record_id": "y"}]
    reply = classic.put(rows, forceAutoNumber="True", returnContent="auto_ids")
    assert reply.json() == ["8,x", "9,y"]
    csv_reply = classic.put(rows, forceAutoNumber="true", returnContent="auto_ids", returnFormat="csv")
    assert csv_reply.text == 'id\n"10,x"\n"11,y"\n'
    assert classic.put(rows, returnContent="auto_ids").status_code == 400


def test_new_instances_take_the_next_number(repeating: Api) -> None:
    new = {"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": "new"}
    repeating.put([new | {"redcap_repeat_instance": 3, "height": "1"}])
    repeating.put([new | {"height": "2"}, new | {"height": "3"}])
    rows = repeating.rows(fields=["record_id", "height"])
    assert [(row["redcap_repeat_instance"], row["height"]) for row in rows] == [(3, "1"), (4, "2"), (5, "3")]


def test_unknown_columns_refuse_everything(classic: Api) -> None:
    rows = [{"record_id": "1", "name": "Ann", "foo": "1"}, {"record_id": "2", "baz": "1"}]
    expected = "The following fields were not found in the project as real data fields: foo, baz"
    assert classic.put(rows, returnFormat="json").json() == {"error": expected}
    assert classic.rows() == []


@pytest.mark.parametrize("name", ["scan", "hint"])
def test_files_and_texts_cannot_be_imported(classic: Api, name: str) -> None:
    reply = classic.put([{"record_id": "1", name: "x"}], returnFormat="json")
    assert reply.json()["error"].endswith(f"real data fields: {name}")


def test_unknown_events_are_listed(longitudinal: Api) -> None:
    rows = [{"record_id": "1", "redcap_event_name": name} for name in ("visit_11_arm_1", "visit_12_arm_1")]
    expected = "The following values of redcap_event_name are invalid: visit_11_arm_1, visit_12_arm_1"
    assert longitudinal.put(rows, returnFormat="json").json() == {"error": expected}


def test_a_project_without_events_takes_no_data(longitudinal: Api) -> None:
    longitudinal.ok("arm", action="import", override=1, format="json", data='[{"arm_num": 1, "name": "A"}]')
    refused = longitudinal.put([{"record_id": "1"}], returnFormat="json")
    assert (refused.status_code, "no events" in refused.json()["error"]) == (400, True)


def test_a_row_without_record_id_is_refused(classic: Api) -> None:
    assert classic.put([{"name": "Ann"}]).status_code == 400
    assert classic.put([{"record_id": " ", "name": "Ann"}]).status_code == 400


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sex", "01", "The value is not a valid category for sex"),
        ("sex", "Female", "The value is not a valid category for sex"),
        ("fever", "yes", "The value is not a valid category for fever"),
        ("race___b", "2", "The value is not a valid category for race"),
        ("labs_complete", "3", "The value is not a valid category for labs_complete"),
        ("weight", "22", FORMAT),
        ("born", "03/02/2024", FORMAT),
        ("born", "2024-02-30", FORMAT),
        ("height", "tall", "This value you provided is not a number. Please try again."),
    ],
)
def test_values_that_are_refused(classic: Api, field: str, value: str, message: str) -> None:
    assert problems(classic, [{"record_id": "1", field: value}]) == [["1", field, value, message]]


@pytest.mark.parametrize(
    ("field", "value"), [("weight", "22.0"), ("height", "1.5"), ("sex", "1"), ("born", "2024-02-29")]
)
def test_values_that_are_stored(classic: Api, field: str, value: str) -> None:
    classic.put([{"record_id": "1", field: value}])
    assert classic.rows()[0][field] == value


def test_a_json_number_has_no_trailing_zero(classic: Api) -> None:
    assert classic.put([{"record_id": 1.0, "sex": 1.0, "height": 1.50}]).json() == {"count": 1}
    assert classic.rows(fields=["record_id", "sex", "height"]) == [{"record_id": "1", "sex": "1", "height": "1.5"}]
    assert classic.put([{"record_id": 1, "weight": 22.0}]).status_code == 400
    assert classic.put([{"record_id": 1, "weight": "22.0"}]).status_code == 200


def test_one_bad_cell_blocks_all_rows(classic: Api) -> None:
    found = problems(classic, [{"record_id": "1", "name": 'A "q"'}, {"record_id": "2", "sex": 'x"y'}])
    assert found == [["2", "sex", 'x"y', "The value is not a valid category for sex"]]
    assert classic.rows() == []


def test_the_error_block_is_quoted_in_full(classic: Api) -> None:
    reply = classic.put([{"record_id": "1", "sex": "01234"}], returnFormat="csv")
    assert reply.text == 'ERROR: "1","sex","01234","The value is not a valid category for sex"'


def test_forms_of_other_events_are_refused(longitudinal: Api) -> None:
    row = {"record_id": "1", "redcap_event_name": "visit_1_arm_1", "name": "Ann"}
    message = (
        "This field ('name') exists on an instrument that is not designated for the event named"
        " 'Visit 1 (Arm 1: Drug A)'. You are not allowed to import data for this field into this event."
    )
    assert problems(longitudinal, [row]) == [["1", "name", "Ann", message]]
    assert longitudinal.put([row | {"name": ""}]).status_code == 200


def test_repeat_columns_that_make_no_sense(repeating: Api, classic: Api) -> None:
    row = {"record_id": "1", "redcap_repeat_instrument": "nonsense", "redcap_repeat_instance": 1}
    assert problems(repeating, [row])[0][:3] == ["1", "redcap_repeat_instrument", "nonsense"]
    assert problems(classic, [{"record_id": "1", "redcap_repeat_instance": 1}])[0][:3] == [
        "1", "redcap_repeat_instance", "1",
    ]  # fmt: skip
    field, message = problems(repeating, [{"record_id": "1", "height": "1"}])[0][1::2]
    assert field == "height"
    assert message.startswith(
        "This field ('height') exists on a Repeating Instrument named 'labs'. However, the fields"
    )
    assert classic.put([{"record_id": "1", "redcap_repeat_instance": ""}]).status_code == 200


@pytest.mark.parametrize("instance", ["0", "-1", "x", "1.5", ""])
def test_instances_are_positive_numbers(repeating: Api, instance: str) -> None:
    row = {"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": instance, "height": "1"}
    assert problems(repeating, [row])[0][1] == "redcap_repeat_instance"


def test_survey_columns_are_ignored(surveyed: Api) -> None:
    row = {"record_id": "1", "redcap_survey_identifier": "x", "basics_timestamp": "2020-01-01 00:00:00"}
    assert surveyed.put([row]).status_code == 200
    assert surveyed.rows(exportSurveyFields="true")[0]["basics_timestamp"] == ""


def test_calculated_fields_are_computed_not_imported(classic: Api) -> None:
    classic.put([{"record_id": "1", "height": "1.5", "weight": "60.0", "bmi": "99", "fever": "1", "tag": "x"}])
    row = classic.rows()[0]
    assert (row["bmi"], row["tag"]) == ("26.7", "hot")
    classic.put([{"record_id": "1", "fever": "0"}])
    assert classic.rows()[0]["tag"] == "cold"
    classic.put([{"record_id": "1", "weight": ""}], overwriteBehavior="overwrite")
    assert classic.rows()[0]["bmi"] == ""


def test_calculations_follow_each_other_and_can_be_switched_off(create: Callable[[Project], Api]) -> None:
    twice = Field("twice", "labs", FieldType.CALC, label="Twice", choices_or_calculations="[bmi] * 2")
    api = create(project([*FIELDS, twice]))
    api.put([{"record_id": "1", "height": "1", "weight": "20.0"}])
    assert api.rows()[0]["twice"] == "40"
    api.control("behaviour", calculate=False)
    api.put([{"record_id": "1", "height": "2"}])
    assert api.rows()[0]["twice"] == "40"


def test_calcdate(create: Callable[[Project], Api]) -> None:
    due = text("due", "labs", "date_ymd", annotation="@CALCDATE([born], 10, 'd')")
    api = create(project([*FIELDS, due]))
    api.put([{"record_id": "1", "born": "2024-02-25"}])
    assert api.rows()[0]["due"] == "2024-03-06"


def test_behaviours_no_recording_settles(create: Callable[[Project], Api]) -> None:
    ranged = text("dose", "labs", "integer", minimum="1", maximum="9", annotation="@READONLY")
    api = create(project([*FIELDS, ranged]))
    assert api.put([{"record_id": "1", "dose": "99"}]).status_code == 200
    api.control("behaviour", refuse_out_of_range=True)
    assert problems(api, [{"record_id": "1", "dose": "99"}])
    api.control("behaviour", refuse_read_only=True)
    assert problems(api, [{"record_id": "1", "dose": "5"}])
    api.control("behaviour", refuse_calculated=True)
    assert "bmi" in api.put([{"record_id": "1", "bmi": "5"}]).text


def test_missing_codes_are_values_of_any_type(create: Callable[[Project], Api]) -> None:
    strict = text("strict", "labs", "number", annotation="@NOMISSING")
    api = create(project([*FIELDS, strict], settings={"MissingDataCodes": "UNK, Unknown"}))
    assert api.put([{"record_id": "1", "born": "UNK", "sex": "UNK", "weight": "UNK"}]).status_code == 200
    assert problems(api, [{"record_id": "1", "strict": "UNK"}])


def test_a_secondary_unique_field_is_unique(create: Callable[[Project], Api]) -> None:
    api = create(project(settings={"SecondaryUniqueField": "name"}))
    api.put([{"record_id": "1", "name": "Ann"}])
    assert api.put([{"record_id": "1", "name": "Ann"}]).status_code == 200
    assert problems(api, [{"record_id": "2", "name": "Ann"}])[0][:3] == ["2", "name", "Ann"]


def test_locked_records_and_forms(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann", "height": "1"}])
    classic.control("lock", record="1", form="labs")
    assert problems(classic, [{"record_id": "1", "height": "2"}])[0][:2] == ["1", "height"]
    assert classic.put([{"record_id": "1", "name": "Bea"}]).status_code == 200
    classic.control("lock", record="1")
    message = "This record has been locked at the record level. No value within this record can be modified."
    assert problems(classic, [{"record_id": "1", "name": "Cea"}]) == [["1", "name", "Cea", message]]
    classic.control("lock", record="1", locked=False)
    classic.control("lock", record="1", form="labs", locked=False)
    assert classic.put([{"record_id": "1", "height": "2"}]).status_code == 200


def test_a_background_import_is_logged_as_the_servers_own(classic: Api) -> None:
    classic.put([{"record_id": "50"}], backgroundProcess="1")
    (row,) = classic.rows("log", record="50")
    assert (row["username"], row["action"]) == ("SYSTEM (sandbox_admin)", "Create record 50")


def test_a_background_import_skips_bad_records(classic: Api) -> None:
    rows = [{"record_id": "1", "sex": "9"}, {"record_id": "2", "sex": "1"}]
    assert classic.put(rows, backgroundProcess="1", returnFormat="json").json() == {"success": True}
    assert [row["record_id"] for row in classic.rows()] == ["2"]


def test_a_repeating_event_needs_the_instance_only(create: Callable[[Project], Api]) -> None:
    api = create(project(longitudinal=True, repeats=[Repeat("", "visit_1_arm_1")]))
    event = {"record_id": "1", "redcap_event_name": "visit_1_arm_1"}
    api.put([event | {"redcap_repeat_instance": at, "height": str(at)} for at in (2, 1)])
    rows = api.rows(events=["visit_1_arm_1"])
    assert [(row["redcap_repeat_instrument"], row["redcap_repeat_instance"], row["height"]) for row in rows] == [
        ("", 1, "1"), ("", 2, "2"),
    ]  # fmt: skip
