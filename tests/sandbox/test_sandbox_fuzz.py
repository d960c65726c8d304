"""Whatever comes in, the server answers with a reply of the API, never with a failure of its own."""

from __future__ import annotations

import json

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_helpers import TIMEOUT, Api, project

from redcap_licats.definition.model import Attributes, Repeat
from redcap_licats.definition.odm import write_project
from redcap_licats.sandbox.control.routes import ORDERS
from redcap_licats.sandbox.dispatch import ROUTES
from redcap_licats.sandbox.process import SandboxProcess

PARAMETERS = """
    record records fields forms events arms event instrument field repeat_instance arm dag dags users roles data
    odm format returnFormat type filterLogic dateRangeBegin beginTime csvDelimiter decimalCharacter rawOrLabel
    folder_id doc_id name report_id logtype new_record_name randomization_id overwriteBehavior forceAutoNumber
    returnContent dateFormat override prefix user exportSurveyFields combineCheckboxOptions
"""
NASTY = [
    "",
    "-1",
    "9" * 40,
    "1e400",
    "²",
    "\ud800",
    "\x00",
    "é来",
    "a" * 300,
    "2024-02-30",
    "'; DROP TABLE data;--",
]
KNOWN = ["1", "new", "north", "name", "record_id", "visit_1_arm_1", "enrollment_arm_1", "labs", "[name] = 1"]
CELLS = st.sampled_from(NASTY) | st.sampled_from(KNOWN)
COLUMNS = """
    record_id name race___1 height scan labs_complete redcap_event_name redcap_repeat_instance
    redcap_repeat_instrument redcap_data_access_group arm_num event_name unique_event_name form username forms
    forms_export design role_label data_access_group_name unique_group_name field_name form_name field_type
    project_title purpose missing_data_codes record value
"""
KEYS = st.sampled_from(COLUMNS.split())
VALUES = CELLS | st.none() | st.integers() | st.floats() | st.booleans() | st.dictionaries(KEYS, CELLS, max_size=2)
ROWS = st.lists(st.dictionaries(KEYS, VALUES, max_size=5) | VALUES, max_size=3)
PARAMS = st.dictionaries(
    st.sampled_from(PARAMETERS.split()).flatmap(lambda name: st.sampled_from([name, f"{name}[0]", f"{name}[]"])),
    CELLS | st.sampled_from(["json", "csv", "xml", "odm", "eav", "label", "both"]) | ROWS.map(json.dumps),
    max_size=6,
)


@pytest.fixture(scope="module")
def fuzzed(sandbox: SandboxProcess) -> Api:
    definition = project(
        longitudinal=True,
        repeats=[Repeat("labs", "visit_1_arm_1"), Repeat("", "enrollment_arm_2")],
        surveys=(Attributes("redcap:Surveys", {"form_name": "basics"}),),
    )
    form = {
        "token": sandbox.super_token,
        "content": "project",
        "format": "csv",
        "data": "project_title,purpose\nx,0\n",
    }
    reply = requests.post(sandbox.url, data=form | {"odm": write_project(definition)}, timeout=TIMEOUT)
    api = Api(sandbox.url, reply.text, sandbox.super_token)
    api.put([{"record_id": "1", "name": "Ann"}])
    return api


@given(route=st.sampled_from(sorted(ROUTES)), params=PARAMS)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_request_makes_the_server_fail(fuzzed: Api, route: tuple[str, str], params: dict[str, str]) -> None:
    content, action = route
    if content == "user":
        params.pop("users[0]", None)
    form = {"content": content, "action": action} | params | {"token": fuzzed.token}
    encoded = {name.encode(): value.encode("utf-8", "surrogatepass") for name, value in form.items()}
    reply = requests.post(fuzzed.url, data=encoded, timeout=TIMEOUT)
    assert reply.status_code in (200, 400, 403, 406), (form, reply.status_code)


@given(
    order=st.sampled_from(sorted(ORDERS)),
    body=st.dictionaries(
        KEYS | st.sampled_from(["field", "locked", "values", "event", "instance"]), VALUES, max_size=4
    ),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_order_makes_the_server_fail(fuzzed: Api, order: str, body: dict[str, object]) -> None:
    url = fuzzed.url.removesuffix("api/") + f"sandbox/projects/{fuzzed.project_id}/{order}"
    headers = {"Authorization": f"Bearer {fuzzed.super_token}", "content-type": "application/json"}
    reply = requests.post(url, data=json.dumps(body), headers=headers, timeout=TIMEOUT)
    assert reply.status_code in (200, 400), (order, body, reply.status_code)
