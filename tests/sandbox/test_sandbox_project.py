"""Projects, their plan of arms and events, repeats, settings, files, surveys, PDF, randomization."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import requests
from sandbox_helpers import FIELDS, TIMEOUT, Api, project, text

from redcap_licats.definition.dictionary import field_as_row
from redcap_licats.definition.model import Project, Repeat
from redcap_licats.definition.odm import read_project
from redcap_licats.sandbox.process import SandboxProcess

PLAIN_XML = "<project_title>Plain</project_title><purpose>0</purpose><is_longitudinal>1</is_longitudinal>"


def rows_json(rows: object) -> dict[str, str]:
    return {"format": "json", "returnFormat": "json", "data": json.dumps(rows)}


@pytest.mark.parametrize(
    ("style", "data"),
    [
        ("json", '[{"project_title": "Plain", "purpose": 0, "is_longitudinal": 1}]'),
        ("json", '{"project_title": "Plain", "purpose": "0", "is_longitudinal": true}'),
        ("csv", "project_title,purpose,is_longitudinal\nPlain,0,1\n"),
        ("xml", f"<item>{PLAIN_XML}</item>"),
        ("xml", f"<items><item>{PLAIN_XML}</item></items>"),
    ],
)
def test_a_plain_project(sandbox: SandboxProcess, style: str, data: str) -> None:
    form = {"token": sandbox.super_token, "content": "project", "format": style, "data": data}
    reply = requests.post(sandbox.url, data=form, timeout=TIMEOUT)
    api = Api(sandbox.url, reply.text, sandbox.super_token)
    info = api.ok("project", format="json").json()
    assert (info["project_title"], info["purpose"], info["is_longitudinal"]) == ("Plain", 0, 1)
    assert [row["field_name"] for row in api.rows("metadata")] == ["record_id"]


@pytest.mark.parametrize(
    "changes", [{"data": '[{"purpose": 0}]'}, {"data": '[{"project_title": "x"}]'}, {"data": "{"}, {"data": "[]"},
                {"odm": "<x/>"}, {"content": "record"}],
)  # fmt: skip
def test_projects_that_cannot_be_made(sandbox: SandboxProcess, changes: dict[str, str]) -> None:
    form = {"token": sandbox.super_token, "content": "project", "format": "json"}
    form["data"] = '[{"project_title": "x", "purpose": 0}]'
    assert requests.post(sandbox.url, data=form | changes, timeout=TIMEOUT).status_code == 400


def test_classic_projects_have_no_arms_events_mappings(classic: Api) -> None:
    for content, what in (("arm", "arms"), ("event", "events"), ("formEventMapping", "form/event mappings")):
        assert classic.error(content) == (400, f"You cannot export {what} for classic projects")


def test_arms(longitudinal: Api) -> None:
    assert longitudinal.rows("arm") == [{"arm_num": 1, "name": "Drug A"}, {"arm_num": 2, "name": "Drug B"}]
    assert longitudinal.ok("arm", action="import", **rows_json([{"arm_num": 3, "name": "Empty"}])).text == "1"
    assert len(longitudinal.rows("arm")) == 2  # an arm without an event is not listed
    assert longitudinal.ok("arm", action="delete", arms=["2"], returnFormat="json").text == "1"
    assert [row["arm_num"] for row in longitudinal.rows("event")] == [1, 1]
    new = [{"arm_num": 1, "name": "One"}, {"arm_num": 2, "name": "Two"}]
    assert longitudinal.ok("arm", action="import", override=1, **rows_json(new)).text == "2"
    assert longitudinal.rows("event") == []


def test_events_get_their_unique_names(longitudinal: Api) -> None:
    new = [
        {"event_name": "Deadline to opt out of study", "arm_num": "2"},
        {"event_name": "来院", "arm_num": "1"},
        {"event_name": "Visit 1", "arm_num": "1", "custom_event_label": "[name]"},
    ]
    assert longitudinal.ok("event", action="import", **rows_json(new)).text == "3"
    events = {row["event_name"]: row for row in longitudinal.rows("event")}
    assert events["Deadline to opt out of study"]["unique_event_name"] == "deadline_to_opt_ou_arm_2"
    assert str(events["来院"]["unique_event_name"]).endswith("_arm_1")
    assert events["Visit 1"]["custom_event_label"] == "[name]"
    assert list(events["Visit 1"]) == [
        "event_name", "arm_num", "unique_event_name", "custom_event_label", "event_id",
    ]  # fmt: skip
    assert longitudinal.ok("event", action="delete", events=["visit_1_arm_1"]).text == "1"
    assert longitudinal.error("event", action="delete", events=["visit_1_arm_1"])[0] == 400


def test_events_show_their_days_when_scheduling_is_on(longitudinal: Api) -> None:
    longitudinal.control("settings", settings={"SchedulingEnabled": "1"})
    assert "day_offset" in longitudinal.rows("event")[0]


def test_mapping_is_replaced_as_a_whole(longitudinal: Api) -> None:
    assert len(longitudinal.rows("formEventMapping")) == 5
    new = [{"arm_num": 1, "unique_event_name": "visit_1_arm_1", "form": "labs"}]
    assert longitudinal.ok("formEventMapping", action="import", **rows_json(new)).text == "1"
    assert longitudinal.rows("formEventMapping") == new
    assert longitudinal.error("formEventMapping", action="import", data='[{"unique_event_name": "x"}]')[0] == 400
    assert longitudinal.ok("formEventMapping", action="import", **rows_json([])).text == "0"
    assert longitudinal.ok("formEventMapping", format="csv").text == "arm_num,unique_event_name,form\n"


def test_repeating_setup(classic: Api, longitudinal: Api) -> None:
    expected = (
        "You cannot export repeating instruments and events because the project does not contain any repeating"
        " instruments and events"
    )
    assert classic.error("repeatingFormsEvents") == (400, expected)
    row = {"form_name": "labs", "custom_form_label": "[height] [weight]"}
    assert classic.ok("repeatingFormsEvents", **rows_json([row])).text == "1"
    csv = classic.ok("repeatingFormsEvents", format="csv").text
    assert csv == 'form_name,custom_form_label\nlabs,"[height] [weight]"\n'
    assert classic.ok("repeatingFormsEvents", **rows_json([])).text == "0"
    row = {"event_name": "event_1_arm_1", "form_name": ""}
    assert longitudinal.error("repeatingFormsEvents", **rows_json([row])) == (
        400, "event 'event_1_arm_1' is not available in project",
    )  # fmt: skip
    row = {"event_name": "visit_1_arm_1", "form_name": "", "custom_form_label": ""}
    longitudinal.ok("repeatingFormsEvents", **rows_json([row]))
    assert longitudinal.rows("repeatingFormsEvents") == [row]


def test_metadata(classic: Api) -> None:
    rows = classic.rows("metadata")
    assert rows == [field_as_row(field) for field in FIELDS]
    assert [row["field_name"] for row in classic.rows("metadata", fields=["name"])] == ["name"]
    assert {row["form_name"] for row in classic.rows("metadata", forms=["labs"])} == {"labs"}


def test_metadata_import_replaces_the_dictionary(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann", "height": "1"}])
    kept = [field_as_row(field) for field in (*FIELDS[:2], text("new", "extra"))]
    assert classic.ok("metadata", **rows_json(kept)).text == "3"
    assert list(classic.rows()[0]) == ["record_id", "name", "basics_complete", "new", "extra_complete"]
    assert [row["instrument_name"] for row in classic.rows("instrument")] == ["basics", "extra"]
    classic.ok("metadata", **rows_json([field_as_row(field) for field in FIELDS]))
    assert classic.rows()[0]["height"] == "1"
    assert classic.error("metadata", data='[{"field_name": "x"}]')[0] == 400


def test_the_definition_can_change_in_development_only(classic: Api) -> None:
    classic.control("status", status="production")
    info = classic.ok("project", format="json").json()
    assert (info["in_production"], len(info["production_time"])) == (1, 19)
    assert classic.error("metadata", **rows_json([field_as_row(FIELDS[0])]))[0] == 400
    assert classic.put([{"record_id": "1"}]).status_code == 200


def test_field_names_leave_out_files_and_texts(classic: Api) -> None:
    names = classic.rows("exportFieldNames")
    assert {"original_field_name": "race", "choice_value": "-9", "export_field_name": "race____9"} in names
    exported = [row["export_field_name"] for row in names]
    assert "scan" not in exported
    assert "hint" not in exported
    assert {"bmi", "labs_complete"} <= set(exported)
    assert len(classic.rows("exportFieldNames", field="race")) == 3
    _, message = classic.error("exportFieldNames", field="x")
    assert message == "The following values in the parameter \"field\" are not valid: 'x'"


def test_settings(classic: Api) -> None:
    given = {
        "project_title": "New",
        "secondary_unique_field": "name",
        "project_pi_lastname": "Lee",
        "unknown": "1",
    }
    assert classic.ok("project_settings", **rows_json(given)).text == "3"
    info = classic.ok("project", format="json").json()
    assert {name: info[name] for name in given if name != "unknown"} == {
        name: value for name, value in given.items() if name != "unknown"
    }
    header, values = classic.ok("project", format="csv").text.splitlines()
    assert dict(zip(header.split(","), values.split(","), strict=True))["project_title"] == "New"


def test_project_xml_makes_the_same_project_again(create: Callable[[Project | str], Api]) -> None:
    api = create(project(repeats=[Repeat("labs")]))
    labs = {"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": 2, "height": "1"}
    api.put([{"record_id": "1", "name": "Ann", "race___b": "1", "redcap_data_access_group": "north"}, labs])
    xml = api.ok("project_xml", exportDataAccessGroups="true").text
    again = create(xml)
    assert again.rows(exportDataAccessGroups="true") == api.rows(exportDataAccessGroups="true")
    assert again.rows("metadata") == api.rows("metadata")
    assert read_project(api.ok("project_xml", returnMetadataOnly="true").content).cells == ()


def test_project_xml_tells_nothing_of_fields_that_are_not_exported(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann", "race___b": "1", "height": "2"}])
    blind = classic.as_user("blind", forms_export={"basics": 0})
    for api, call in ((classic, {"fields": ["record_id", "height"]}), (blind, {})):
        xml = api.ok("project_xml", **call).text
        data = xml[xml.index("<ClinicalData") :]
        assert 'ItemOID="height" Value="2"' in data
        assert "race___" not in data
        assert "Ann" not in data


def test_project_xml_carries_rows_of_nothing_but_the_record_id(
    create: Callable[[Project | str], Api], longitudinal: Api
) -> None:
    longitudinal.put([{"record_id": "1", "redcap_event_name": "visit_1_arm_1"}])
    again = create(longitudinal.ok("project_xml").text)
    assert [row["redcap_event_name"] for row in again.rows()] == ["visit_1_arm_1"]


def test_project_xml_carries_files(create: Callable[[Project | str], Api], classic: Api) -> None:
    classic.put([{"record_id": "1"}])
    classic.post("file", files={"file": ("ä.txt", b"hello")}, action="import", record="1", field="scan")
    again = create(classic.ok("project_xml", exportFiles="true").text)
    assert again.ok("file", action="export", record="1", field="scan").content == b"hello"
    assert "hello" not in classic.ok("project_xml").text


def test_files(classic: Api) -> None:
    classic.put([{"record_id": "1"}])
    place = {"record": "1", "field": "scan"}
    assert classic.error("file", action="export", **place)[0] == 400
    reply = classic.post("file", files={"file": ("ä test.txt", b"hello")}, action="import", **place)
    assert (reply.status_code, reply.content) == (200, b"")
    reply = classic.ok("file", action="export", **place)
    assert reply.content == b"hello"
    name = reply.headers["content-type"].encode("latin-1").decode()
    assert name == 'application/octet-stream; name="ä test.txt";charset=UTF-8'
    assert classic.rows()[0]["scan"] == "ä test.txt"
    assert str(classic.rows(type="eav")[-1]["value"]).isdigit()
    assert classic.ok("file", action="delete", **place).content == b""
    assert classic.rows()[0]["scan"] == ""
    assert classic.error("file", action="delete", **place)[0] == 400


def test_a_file_keeps_the_type_it_was_uploaded_with(classic: Api) -> None:
    classic.put([{"record_id": "1"}])
    upload = {"file": ("a.txt", b"hello", "text/plain")}
    classic.post("file", files=upload, action="import", record="1", field="scan")
    reply = classic.ok("file", action="export", record="1", field="scan")
    assert reply.headers["content-type"] == 'text/plain; name="a.txt";charset=UTF-8'


def test_files_follow_the_export_rights(classic: Api) -> None:
    classic.put([{"record_id": "1"}])
    classic.post("file", files={"file": ("a.txt", b"x")}, action="import", record="1", field="scan")
    place = {"action": "export", "record": "1", "field": "scan"}
    for level, status in ((0, 403), (1, 200), (2, 403), (3, 200)):
        user = classic.as_user(f"level{level}", forms_export={"labs": level})
        assert user.post("file", **place).status_code == status


@pytest.mark.parametrize("form", ["", "labs"])
def test_files_of_a_locked_form_stay(classic: Api, form: str) -> None:
    classic.put([{"record_id": "1"}])
    place = {"record": "1", "field": "scan"}
    classic.post("file", files={"file": ("a.txt", b"x")}, action="import", **place)
    classic.control("lock", record="1", form=form, locked=True)
    assert "locked" in classic.post("file", files={"file": ("b.txt", b"y")}, action="import", **place).text
    assert classic.error("file", action="delete", **place)[0] == 400
    assert classic.ok("file", action="export", **place).content == b"x"


def test_files_go_to_the_right_instance(repeating: Api) -> None:
    repeating.put([{"record_id": "1"}])
    place = {"record": "1", "field": "scan", "repeat_instance": "3"}
    repeating.post("file", files={"file": ("a.txt", b"x")}, action="import", **place)
    assert [(row["redcap_repeat_instance"], row["scan"]) for row in repeating.rows()] == [(3, "a.txt")]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            {"record": "1", "field": "mugshotttttt"},
            "The field 'mugshotttttt' does not exist or is not a 'file' field",
        ),
        ({"record": "1", "field": "name"}, "The field 'name' does not exist or is not a 'file' field"),
        ({"record": "9", "field": "scan"}, "The record '9' does not exist"),
    ],
)
def test_files_with_no_place(classic: Api, place: dict[str, str], message: str) -> None:
    classic.put([{"record_id": "1"}])
    assert classic.error("file", action="export", **place) == (400, message)


def test_file_repository(classic: Api) -> None:
    assert classic.rows("fileRepository", action="list") == []
    folder = classic.rows("fileRepository", action="createFolder", name="Docs")[0]["folder_id"]
    upload = {"file": ("test.txt", b"hello")}
    reply = classic.post("fileRepository", files=upload, action="import", folder_id=folder)
    assert (reply.status_code, reply.text) == (200, "")
    assert classic.rows("fileRepository", action="list") == [{"folder_id": folder, "name": "Docs"}]
    (held,) = classic.rows("fileRepository", action="list", folder_id=folder)
    assert list(held) == ["doc_id", "name"]
    header = classic.ok("fileRepository", action="list", format="csv").text.splitlines()[0]
    assert header == "folder_id,doc_id,name,role,dag"
    assert classic.ok("fileRepository", action="export", doc_id=held["doc_id"]).content == b"hello"
    assert classic.ok("fileRepository", action="delete", doc_id=held["doc_id"]).content == b""
    assert classic.error("fileRepository", action="export", doc_id=held["doc_id"])[0] == 400
    expected = (
        "The File Repository folder folder_id=99999 does not exist or else you do not have permission to that"
        " folder because it is DAG-restricted or Role-restricted."
    )
    assert classic.error("fileRepository", action="list", folder_id="99999") == (400, expected)


def test_surveys(surveyed: Api) -> None:
    surveyed.put([{"record_id": "1"}])
    place = {"record": "1", "instrument": "basics"}
    link = surveyed.ok("surveyLink", **place).text
    assert link.startswith(surveyed.url.removesuffix("api/") + "surveys/?s=")
    assert surveyed.ok("surveyLink", **place).text == link
    assert "/surveys/?sq=" in surveyed.ok("surveyQueueLink", record="1").text
    assert len(surveyed.ok("surveyReturnCode", **place).text) == 8
    assert len(surveyed.ok("surveyAccessCode", **place).text) == 9
    (person,) = surveyed.rows("participantList", instrument="basics")
    assert (person["record"], person["survey_link"], person["response_status"]) == ("1", link, 0)
    assert surveyed.error("surveyLink", record="9", instrument="basics")[0] == 400
    assert surveyed.error("surveyLink", record="1", instrument="labs")[0] == 400
    surveyed.control("surveys", form="labs")
    assert surveyed.ok("surveyLink", record="1", instrument="labs").text != link


def test_pdf(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "来院"}])
    blank = classic.ok("pdf", instrument="basics").content
    filled = classic.ok("pdf", record="1").content
    assert blank.startswith(b"%PDF-")
    assert "来院".encode("utf-16-be").hex().encode() in filled
    assert classic.ok("pdf", record="1").content == filled
    assert classic.ok("pdf", allRecords="1").content.endswith(b"%%EOF\n")
    assert classic.error("pdf", instrument="nonsense")[0] == 400


def test_randomization(classic: Api) -> None:
    classic.put([{"record_id": str(number)} for number in (1, 2, 3)])
    allocations = [["1", "R-1"], ["0", "R-2"]]
    number = classic.control("randomizations", field="sex", allocations=allocations)["randomization_id"]
    call = {"action": "randomize", "randomization_id": number, "format": "json", "returnAlt": "true"}
    assert classic.ok("record", record="2", **call).json() == {
        "randomization_id": number, "record": "2", "target_field": "1", "target_field_alt": "R-1",
    }  # fmt: skip
    assert classic.rows(records=["2"])[0]["sex"] == "1"
    assert classic.error("record", record="2", **call)[0] == 400
    assert classic.ok("record", record="1", **call).json()["target_field"] == "0"
    assert classic.error("record", record="3", **call)[0] == 400


def test_external_modules_are_not_there(classic: Api) -> None:
    assert classic.error("externalModule", prefix="x", action="export")[0] == 400


def test_the_server_remembers(tmp_path) -> None:
    db = tmp_path / "sandbox.sqlite"
    with SandboxProcess(db=db) as first:
        super_token = first.super_token
        form = {
            "token": super_token,
            "content": "project",
            "format": "csv",
            "data": "project_title,purpose\nx,0\n",
        }
        token = requests.post(first.url, data=form, timeout=TIMEOUT).text
        Api(first.url, token, super_token).put([{"record_id": "1"}])
    with SandboxProcess(db=db) as second:
        assert second.super_token == super_token
        assert Api(second.url, token, super_token).rows()[0]["record_id"] == "1"


def test_a_project_can_be_given_at_the_start(tmp_path, classic: Api) -> None:
    xml = tmp_path / "project.xml"
    xml.write_text(classic.ok("project_xml").text, "utf-8")
    with SandboxProcess(project=xml) as own:
        assert Api(own.url, own.token, own.super_token).rows("metadata") == classic.rows("metadata")
