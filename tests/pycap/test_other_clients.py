"""Calls in the shapes in which other clients put them on the wire (R, PHP, Julia, curl): each means the same."""

from __future__ import annotations

import json

import pytest
import requests
from pycap_study import BASELINE, TIMEOUT, VISIT, as_xml
from redcap import Project as PyCap

Form = dict[str, str]


def post(proj: PyCap, form: Form, **more: object) -> requests.Response:
    return requests.post(proj.url, data={"token": proj.token} | form, timeout=TIMEOUT, **more)


#: What clients send that means nothing: defaults spelled out, and blanks.
DEFAULTS = {
    "rawOrLabel": "raw",
    "rawOrLabelHeaders": "raw",
    "exportCheckboxLabel": "false",
    "exportSurveyFields": "FALSE",
    "exportDataAccessGroups": "False",
    "exportBlankForGrayFormStatus": "0",
    "combineCheckboxOptions": "",
    "filterLogic": "",
    "dateRangeBegin": "",
    "dateRangeEnd": "",
    "csvDelimiter": "",
    "decimalCharacter": "",
    "records": "",
    "fields": "",
    "forms": "",
    "events": "",
    "eventName": "unique",
    "returnFormat": "csv",
}


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (DEFAULTS, {}),
        ({"action": "export", "csvDelimiter": ","}, {}),
        ({"records": "1,2"}, {"records[0]": "1", "records[1]": "2"}),
        ({"records[]": "2"}, {"records[0]": "2"}),
        ({"records[a]": "2"}, {"records[0]": "2"}),
        ({"records": "2, 1"}, {}),
        ({"records[0]": "1", "records[1]": "no such record"}, {"records[0]": "1"}),
        ({"forms": "basics,labs"}, {}),
        ({"forms": "labs", "fields[0]": "record_id"}, {"fields[0]": "record_id", "forms[0]": "labs"}),
        ({"forms[0]": "labs", "fields[5]": "record_id"}, {"fields[0]": "record_id", "forms[0]": "labs"}),
        ({"fields[0]": "name", "fields[1]": "record_id"}, {"fields[0]": "record_id", "fields[1]": "name"}),
        ({"events": f"{BASELINE},{VISIT}"}, {"events[0]": BASELINE, "events[1]": VISIT}),
        ({"exportDataAccessGroups": "TRUE"}, {"exportDataAccessGroups": "true"}),
        ({"exportSurveyFields": "1"}, {"exportSurveyFields": "True"}),
        ({"dateRangeBegin": "2020-01-01 00:00"}, {"dateRangeBegin": "2020-01-01 00:00:00"}),
        ({"filterLogic": "[sex]='1'"}, {"filterLogic": '[sex] = "1"'}),
    ],
)
@pytest.mark.parametrize("style", ["csv", "json", "xml"])
def test_exports(proj: PyCap, style: str, sent: Form, meant: Form) -> None:
    call = {"content": "record", "type": "flat", "format": style}
    one, other = post(proj, call | sent), post(proj, call | meant)
    assert (one.status_code, one.text) == (200, other.text)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ({"content": "metadata", "forms": "labs"}, {"content": "metadata", "forms[0]": "labs"}),
        ({"content": "metadata", "fields": "", "forms": ""}, {"content": "metadata"}),
        ({"content": "event", "arms": "1,2"}, {"content": "event"}),
        ({"content": "arm", "arms[]": "2"}, {"content": "arm", "arms[0]": "2"}),
        ({"content": "formEventMapping", "arms": "2"}, {"content": "formEventMapping", "arms[0]": "2"}),
        ({"content": "exportFieldNames", "field": ""}, {"content": "exportFieldNames"}),
        ({"content": "user", "action": "export"}, {"content": "user"}),
        ({"content": "project", "returnFormat": "json"}, {"content": "project"}),
        (
            {"content": "log", "logtype": "record_add", "user": "", "beginTime": "", "endTime": ""},
            {"content": "log", "logtype": "record_add"},
        ),
    ],
)
def test_other_exports(proj: PyCap, sent: Form, meant: Form) -> None:
    one, other = post(proj, {"format": "csv"} | sent), post(proj, {"format": "csv"} | meant)
    assert (one.status_code, one.text) == (200, other.text)


def test_xml_is_what_comes_without_any_format(proj: PyCap) -> None:
    assert post(proj, {"content": "record"}).text == post(proj, {"content": "record", "format": "xml"}).text


def test_a_token_in_small_letters(proj: PyCap) -> None:
    assert post(proj, {"content": "version", "token": proj.token.lower()}).status_code == 200


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded; charset=UTF-8", ""])
def test_the_charset_may_be_named(proj: PyCap, content_type: str) -> None:
    logic = "%5Bname%5D%3D%27B%C3%A9e%2C+%E2%80%9CB%E2%80%9D%27"
    body = f"token={proj.token}&content=record&format=json&filterLogic={logic}"
    headers = {"Content-Type": content_type} if content_type else {}
    reply = requests.post(proj.url, data=body.encode(), headers=headers, timeout=TIMEOUT)
    assert [row["record_id"] for row in reply.json()] == ["2"]


def test_all_parameters_as_parts_of_a_form(proj: PyCap) -> None:
    call = {"token": proj.token, "content": "record", "format": "json", "records[0]": "1", "fields[]": "name"}
    parts = {name: (None, value) for name, value in call.items()}
    assert requests.post(proj.url, files=parts, timeout=TIMEOUT).json() == [{"name": "Ann"}]


NEW = {
    "record_id": "9",
    "redcap_event_name": BASELINE,
    "name": 'Zoë, "Z"\nline 2',
    "born": "1999-01-31",
    "sex": "0",
}
_CSV = 'record_id,redcap_event_name,name,born,sex\n9,baseline_arm_1,"Zoë, ""Z""\nline 2",1999-01-31,0\n'
_EAV = [{"record": "9", "redcap_event_name": BASELINE, "field_name": name, "value": NEW[name]} for name in NEW]
_ODM = (
    '<?xml version="1.0" encoding="UTF-8" ?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"'
    ' xmlns:redcap="https://projectredcap.org"><ClinicalData><SubjectData SubjectKey="9">'
    f'<StudyEventData StudyEventOID="Event.{BASELINE}" redcap:UniqueEventName="{BASELINE}">'
    '<FormData FormOID="Form.basics" FormRepeatKey="1"><ItemGroupData ItemGroupOID="basics.record_id">'
    '<ItemData ItemOID="record_id" Value="9"/><ItemData ItemOID="name" Value="Zoë, &quot;Z&quot;&#10;line 2"/>'
    '<ItemData ItemOID="born" Value="1999-01-31"/><ItemData ItemOID="sex" Value="0"/>'
    "</ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData></ODM>"
)


@pytest.mark.parametrize(
    "sent",
    [
        {"format": "json", "data": json.dumps([NEW])},
        {"format": "json", "data": json.dumps([NEW], ensure_ascii=False, indent=1)},
        {"format": "json", "data": json.dumps([NEW | {"record_id": 9, "sex": 0, "weight": None}])},
        {"format": "csv", "data": _CSV},
        {"format": "csv", "data": "\ufeff" + _CSV.replace("\n9", "\r\n9")},
        {"format": "csv", "data": _CSV + "\n\n"},
        {"format": "csv", "data": _CSV.replace(",born,sex", ";born;sex").replace("id,red", "id;red")
            .replace("name,name", "name;name").replace("9,base", "9;base").replace('1,"', '1;"')
            .replace('2",1999-01-31,0', '2";1999-01-31;0'), "csvDelimiter": ";"},
        {"format": "xml", "data": as_xml([NEW])},
        {"format": "xml", "data": as_xml([NEW]).replace("items>", "records>")},
        {"format": "xml", "data": as_xml([NEW]).partition("?>")[2]},
        {"data": as_xml([NEW])},
        {"format": "json", "type": "eav", "data": json.dumps(_EAV)},
        {"format": "odm", "data": _ODM},
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "more",
    [
        {},
        {
            "action": "import",
            "type": "flat",
            "overwriteBehavior": "normal",
            "forceAutoNumber": "false",
            "backgroundProcess": "0",
            "returnContent": "count",
            "dateFormat": "YMD",
            "csvDelimiter": "",
        },
    ],
)
def test_imports(proj: PyCap, sent: Form, more: Form) -> None:
    reply = post(proj, {"content": "record", "returnFormat": "json"} | more | sent)
    assert (reply.status_code, reply.text.replace(" ", "")) == (200, '{"count":1}')
    (got,) = proj.export_records(records=["9"])
    assert {name: got[name] for name in NEW} == NEW


@pytest.mark.parametrize(
    "sent",
    [
        {"records[0]": "1", "records[1]": "2"},
        {"records": "1,2"},
        {"records[]": "1", "records[1]": "2"},
        {
            "records": "1,2",
            "arm": "1",
            "instrument": "",
            "event": "",
            "repeat_instance": "",
            "delete_logging": "false",
        },
    ],
)
def test_deletions(proj: PyCap, sent: Form) -> None:
    assert post(proj, {"content": "record", "action": "delete"} | sent).text == "2"
    assert proj.export_records() == []


@pytest.mark.parametrize(
    ("content", "data"),
    [
        ("dag", "<r><item><data_access_group_name>E</data_access_group_name><unique_group_name/></item></r>"),
        ("arm", "<arms><item><arm_num>3</arm_num><name>Third</name></item></arms>"),
        ("user", "<users><item><username>ann</username><forms><basics>1</basics></forms></item></users>"),
        ("userRole", "<userRoles><item><role_label><![CDATA[M & N]]></role_label></item></userRoles>"),
        ("event", "<events><item><event_name>Week 1</event_name><arm_num>1</arm_num></item></events>"),
        ("repeatingFormsEvents", f"<r><item><event_name>{VISIT}</event_name><form_name/></item></r>"),
    ],
)
def test_definitions_in_xml(proj: PyCap, content: str, data: str) -> None:
    reply = post(proj, {"content": content, "action": "import", "format": "xml", "override": "0", "data": data})
    assert (reply.status_code, reply.text) == (200, "1")


def test_project_xml_in_the_shapes_of_clients(proj: PyCap) -> None:
    whole = post(proj, {"content": "project_xml", "returnMetadataOnly": "false", "exportFiles": "false"}).text
    assert "<ClinicalData" in whole
    assert post(proj, {"content": "project_xml", "returnMetadataOnly": ""}).text == whole
    only_one = {"content": "project_xml", "records": "2", "exportSurveyFields": "FALSE", "format": "odm"}
    assert 'SubjectKey="1"' not in post(proj, only_one).text
    assert "<ClinicalData" not in post(proj, {"content": "project_xml", "returnMetadataOnly": "true"}).text
    records = post(proj, {"content": "record", "format": "odm"}).text
    assert records.count("<SubjectData") == 2


@pytest.mark.parametrize("style", ["json", "csv", "xml", "odm", ""])
def test_what_every_client_asks_first(proj: PyCap, style: str) -> None:
    assert post(proj, {"content": "version", "format": style}).text.count(".") == 2
    assert post(proj, {"content": "generateNextRecordName", "format": style}).text == "3"
