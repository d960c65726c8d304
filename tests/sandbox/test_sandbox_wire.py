"""Protocol ground rules: tokens, envelopes, arrays, booleans, hosts, the clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests
from sandbox_helpers import TIMEOUT, Api

from redcap_licats.sandbox.process import SandboxProcess

UNKNOWN_TOKEN = "0" * 32
NO_ACCESS = "You do not have permissions to use the API"


def test_tokens_are_hexadecimal(sandbox: SandboxProcess, classic: Api) -> None:
    assert len(bytes.fromhex(sandbox.super_token)) == 32
    assert len(bytes.fromhex(classic.token)) == 16


@pytest.mark.parametrize(("token", "status"), [(UNKNOWN_TOKEN, 403), ("0" * 64, 403), ("", 401), ("short", 401)])
def test_a_token_that_is_not_one(sandbox: SandboxProcess, token: str, status: int) -> None:
    reply = requests.post(
        sandbox.url, data={"token": token, "content": "version", "format": "json"}, timeout=TIMEOUT
    )
    assert (reply.status_code, reply.json()) == (status, {"error": NO_ACCESS})


@pytest.mark.parametrize(
    ("style", "body", "media_type"),
    [
        ("json", '{"error":"The value of the parameter \\"content\\" is not valid"}', "application/json"),
        ("csv", 'ERROR: The value of the parameter "content" is not valid', "text/csv; charset=utf-8"),
        (
            "xml",
            '<?xml version="1.0" encoding="UTF-8" ?><hash><error>The value of the parameter "content" is not valid'
            "</error></hash>",
            "text/xml; charset=utf-8",
        ),
    ],
)
def test_errors_follow_the_return_format(classic: Api, style: str, body: str, media_type: str) -> None:
    reply = classic.post("nonsense", format="csv", returnFormat=style)
    assert (reply.status_code, reply.text, reply.headers["content-type"]) == (400, body, media_type)


def test_without_any_format_errors_are_xml(classic: Api) -> None:
    assert classic.post("").text.startswith("<?xml")


def test_an_unknown_action_is_refused(classic: Api) -> None:
    assert classic.error("record", action="dance") == (400, 'The value of the parameter "action" is not valid')


def test_fields_must_be_an_array(classic: Api) -> None:
    status, message = classic.error("record", fields="record_id,name")
    assert status == 400
    assert message.startswith(
        'The "fields" parameter has been provided with a value, but the value is not an array'
    )


def test_arrays_come_in_two_spellings(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann"}])
    form = [("token", classic.token), ("content", "record"), ("format", "json"), ("fields[]", "record_id")]
    form.append(("fields[]", "name"))
    reply = requests.post(classic.url, data=form, timeout=TIMEOUT)
    assert reply.json() == classic.rows(fields=["record_id", "name"]) == [{"record_id": "1", "name": "Ann"}]


def test_records_may_be_a_comma_string(classic: Api) -> None:
    classic.put([{"record_id": str(number)} for number in (1, 2, 3)])
    assert [row["record_id"] for row in classic.rows(records="3,1", fields=["record_id"])] == ["1", "3"]


@pytest.mark.parametrize("name", ["redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "x"])
def test_unknown_and_pseudo_fields_are_refused(classic: Api, name: str) -> None:
    expected = f"The following values in the parameter \"fields\" are not valid: '{name}'"
    assert classic.error("record", fields=["record_id", name]) == (400, expected)


@pytest.mark.parametrize(
    ("given", "is_true"), [("True", True), ("1", True), ("False", False), ("0", False), ("", False)]
)
def test_booleans_in_all_spellings(classic: Api, given: str, is_true: bool) -> None:
    classic.put([{"record_id": "1", "name": "Ann"}])
    row = classic.rows(exportBlankForGrayFormStatus=given)[0]
    assert row["labs_complete"] == ("" if is_true else "0")


def test_thousands_of_fields_arrive(classic: Api) -> None:
    records = [str(number) for number in range(3000)]
    classic.put([{"record_id": "2999"}])
    assert [row["record_id"] for row in classic.rows(records=records)] == ["2999"]


@pytest.mark.parametrize("style", ["json", "csv", "xml"])
@pytest.mark.parametrize("content", ["record", "metadata", "user", "arm", "event", "repeatingFormsEvents", "dag"])
def test_broken_data_are_refused_not_a_crash(longitudinal: Api, style: str, content: str) -> None:
    broken = {"json": '[{"record_id":', "csv": 'record_id,"name\n1', "xml": "<records><item>"}[style]
    reply = longitudinal.post(content, action="import", format=style, data=broken, returnFormat="json")
    assert reply.status_code == 400, reply.text
    assert "error" in reply.json()


def test_entities_in_xml_are_refused(classic: Api) -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa">]><records><item><record_id>&a;</record_id></item></records>'
    assert classic.post("record", format="xml", data=bomb).status_code == 400


def test_a_broken_multipart_body_is_refused(sandbox: SandboxProcess) -> None:
    reply = requests.post(
        sandbox.url,
        data=b"--x\r\nbad",
        headers={"content-type": "multipart/form-data; boundary=x"},
        timeout=TIMEOUT,
    )
    assert reply.status_code in (400, 401)


def test_multipart_without_file_works_like_a_form(classic: Api) -> None:
    parts = {name: (None, value) for name, value in {"token": classic.token, "content": "version"}.items()}
    assert requests.post(classic.url, files=parts, timeout=TIMEOUT).text.count(".") == 2


def test_version_is_plain_text_whatever_the_format(classic: Api) -> None:
    assert {classic.ok("version", format=style).text for style in ("json", "csv", "xml")} == {"16.0.8"}


def test_foreign_host_names_are_refused(sandbox: SandboxProcess) -> None:
    reply = requests.get(sandbox.url.removesuffix("api/"), headers={"Host": "evil.example"}, timeout=TIMEOUT)
    assert reply.status_code == 400


def test_it_says_that_it_is_not_redcap(sandbox: SandboxProcess) -> None:
    assert "It is not REDCap" in requests.get(sandbox.url.removesuffix("api/"), timeout=TIMEOUT).text


def test_the_url_without_slash_redirects(sandbox: SandboxProcess) -> None:
    reply = requests.post(sandbox.url.removesuffix("/"), timeout=TIMEOUT, allow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (301, "/api/")


def test_the_date_header_is_the_servers_clock() -> None:
    with SandboxProcess() as own:
        ahead = {"ahead_seconds": 7200}
        authorization = {"Authorization": f"Bearer {own.super_token}"}
        root = own.url.removesuffix("api/")
        requests.post(f"{root}sandbox/clock", json=ahead, headers=authorization, timeout=TIMEOUT)
        date = parsedate_to_datetime(requests.get(root, timeout=TIMEOUT).headers["date"])
    assert 7100 < (date - datetime.now(UTC)).total_seconds() < 7300


def test_control_needs_the_super_token(classic: Api) -> None:
    url = classic.url.removesuffix("api/") + "sandbox/projects"
    assert requests.get(url, timeout=TIMEOUT).status_code == 403
    assert (
        requests.get(url, headers={"Authorization": f"Bearer {classic.token}"}, timeout=TIMEOUT).status_code == 403
    )


def test_control_refuses_a_body_it_cannot_read(classic: Api) -> None:
    url = classic.url.removesuffix("api/") + f"sandbox/projects/{classic.project_id}/status"
    authorization = {"Authorization": f"Bearer {classic.super_token}"}
    reply = requests.post(url, data=json.dumps({"status": "asleep"}), headers=authorization, timeout=TIMEOUT)
    assert reply.status_code == 400
