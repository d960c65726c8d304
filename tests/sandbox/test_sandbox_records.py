"""Deletion, renaming, next names, the log, and the data entry trigger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from sandbox_helpers import Api, project

from redcap_licats.definition.model import Project, Repeat


def names(api: Api) -> list[object]:
    return list(dict.fromkeys(row["record_id"] for row in api.rows(fields=["record_id"])))


def test_deletion_is_all_or_nothing(classic: Api) -> None:
    classic.put([{"record_id": "2"}, {"record_id": "3"}])
    expected = (
        "One or more of the records provided cannot be deleted because they do not exist in the project."
        " The following records do not exist: 1"
    )
    assert classic.error("record", action="delete", records=["2", "1"]) == (400, expected)
    assert names(classic) == ["2", "3"]
    assert classic.ok("record", action="delete", records=["2", "3"], returnFormat="json").text == "2"
    assert names(classic) == []


def test_a_deleted_record_can_come_again_without_its_values(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann"}])
    classic.ok("record", action="delete", records=["1"])
    classic.put([{"record_id": "1"}])
    assert classic.rows(fields=["name", "record_id"]) == [{"record_id": "1", "name": ""}]


def test_deletion_by_event_arm_and_instrument(longitudinal: Api) -> None:
    events = ("enrollment_arm_1", "visit_1_arm_1", "enrollment_arm_2")
    longitudinal.put([{"record_id": "1", "redcap_event_name": event, "height": "1"} for event in events])
    assert longitudinal.error("record", action="delete", records=["1"])[0] == 400  # which arm?
    assert (
        longitudinal.error("record", action="delete", records=["1"], instrument="labs")[0] == 400
    )  # which event?
    longitudinal.ok("record", action="delete", records=["1"], arm=2)
    assert [row["redcap_event_name"] for row in longitudinal.rows()] == ["enrollment_arm_1", "visit_1_arm_1"]
    longitudinal.ok("record", action="delete", records=["1"], event="enrollment_arm_1", instrument="labs")
    assert longitudinal.rows()[0]["height"] == ""
    longitudinal.ok("record", action="delete", records=["1"], event="visit_1_arm_1")
    assert [row["redcap_event_name"] for row in longitudinal.rows()] == ["enrollment_arm_1"]
    longitudinal.ok("record", action="delete", records=["1"], event="enrollment_arm_1")
    assert names(longitudinal) == []


def test_deletion_in_an_arm_is_logged_with_it_and_needs_the_record_there(longitudinal: Api) -> None:
    events = ("enrollment_arm_1", "enrollment_arm_2")
    longitudinal.put([{"record_id": "1", "redcap_event_name": event} for event in events])
    longitudinal.put([{"record_id": "2"}])
    status, message = longitudinal.error("record", action="delete", records=["1", "2"], arm=2)
    assert (status, message.rpartition(": ")[2]) == (400, "2")
    longitudinal.ok("record", action="delete", records=["1"], arm=2)
    assert [row["redcap_event_name"] for row in longitudinal.rows()] == ["enrollment_arm_1"] * 2
    assert longitudinal.rows("log", logtype="record")[0]["details"] == "Delete arm = '2'"


def test_deletion_where_nothing_is_leaves_no_trace(longitudinal: Api) -> None:
    longitudinal.put([{"record_id": "1", "name": "Ann"}])
    before = longitudinal.rows("log", logtype="record")
    longitudinal.ok("record", action="delete", records=["1"], event="visit_1_arm_1")
    assert longitudinal.rows("log", logtype="record") == before


def test_deletion_of_one_instance(repeating: Api) -> None:
    labs = {"record_id": "1", "redcap_repeat_instrument": "labs"}
    repeating.put([{"record_id": "1", "name": "Ann"}])
    repeating.put([labs | {"redcap_repeat_instance": at, "height": "1"} for at in (1, 2)])
    repeating.ok("record", action="delete", records=["1"], instrument="labs", repeat_instance=2)
    assert [row["redcap_repeat_instance"] for row in repeating.rows()] == ["", 1]


@pytest.mark.parametrize(
    "wrong",
    [{"arm": "9"}, {"arm": "x"}, {"event": "x"}, {"instrument": "x", "event": "visit_1_arm_1"}, {"records": []}],
)
def test_deletion_of_what_does_not_exist(longitudinal: Api, wrong: dict[str, object]) -> None:
    longitudinal.put([{"record_id": "1"}])
    assert longitudinal.error("record", **({"action": "delete", "records": ["1"]} | wrong))[0] == 400
    assert names(longitudinal) == ["1"]


def test_rename(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann"}, {"record_id": "3"}])
    assert classic.ok("record", action="rename", record="1", new_record_name="5").text == "1"
    assert names(classic) == ["3", "5"]
    assert {"record": "5", "field_name": "record_id", "value": "5"} in classic.rows(type="eav")
    assert classic.error("record", action="rename", record="5", new_record_name="3")[0] == 400
    assert classic.error("record", action="rename", record="9", new_record_name="10")[0] == 400
    assert classic.error("record", action="rename", record="5")[0] == 400


def test_next_record_name(classic: Api) -> None:
    assert classic.ok("generateNextRecordName", format="csv").text == "1"
    classic.put([{"record_id": "abc"}])
    assert classic.ok("generateNextRecordName", format="csv").text == "1"
    classic.put([{"record_id": "304"}, {"record_id": "9"}])
    assert classic.ok("generateNextRecordName", format="csv").text == "305"


def test_next_record_name_of_a_group(classic: Api) -> None:
    member = classic.as_user("north_user", group="north")
    first = member.ok("generateNextRecordName", format="csv").text
    group = next(row for row in classic.rows("dag") if row["unique_group_name"] == "north")
    assert first == f"{group['data_access_group_id']}-1"
    member.put([{"record_id": first}])
    assert member.ok("generateNextRecordName", format="csv").text == first.replace("-1", "-2")


def test_the_log_tells_what_happened_newest_first(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann\nLee", "race___b": "1"}])
    classic.put([{"record_id": "1", "race___b": "0"}])
    classic.rows()
    classic.ok("record", action="delete", records=["1"])
    log = [row for row in classic.rows("log") if row["record"] or "Data Export" in str(row["action"])]
    assert [
        (row["action"], row["details"], row["record"]) for row in log if "Export" not in str(row["action"])
    ] == [
        ("Delete record (API) 1", "record_id = '1'", "1"),
        ("Update record (API) 1", "race(b) = unchecked", "1"),
        ("Create record (API) 1", "record_id = '1', name = 'Ann Lee', race(b) = checked", "1"),
    ]
    assert any(row["action"] == "Data Export (API) " and row["record"] is None for row in log)
    assert classic.rows("log")[-1]["details"].startswith("Create project")
    assert len(str(log[0]["timestamp"])) == len("2024-10-11 10:44")


def test_an_import_that_changes_nothing_is_not_logged(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann"}])
    before = classic.rows("log", logtype="record")
    classic.put([{"record_id": "1", "name": "Ann"}])
    assert classic.rows("log", logtype="record") == before


def test_a_new_record_is_created_once_and_its_other_rows_are_updates(repeating: Api) -> None:
    instance = {"record_id": "1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": "2", "height": "1"}
    repeating.put([{"record_id": "1", "name": "Ann"}, instance])
    assert [(row["action"], row["details"]) for row in repeating.rows("log", logtype="record")][-2:] == [
        ("Update record (API) 1", "[instance = 2], height = '1'"),
        ("Create record (API) 1", "record_id = '1', name = 'Ann'"),
    ]


@pytest.mark.parametrize(
    ("logtype", "actions"),
    [
        ("record_add", ["Create record (API) 1"]),
        ("record_edit", []),
        ("record_delete", ["Delete record (API) 1"]),
        ("record", ["Delete record (API) 1", "Create record (API) 1"]),
        ("lock_record", []),
    ],
)
def test_log_types(classic: Api, logtype: str, actions: list[str]) -> None:
    classic.put([{"record_id": "1", "name": "Ann"}])
    classic.ok("record", action="delete", records=["1"])
    assert [row["action"] for row in classic.rows("log", logtype=logtype)] == actions


def test_log_filters(classic: Api) -> None:
    classic.put([{"record_id": "1"}, {"record_id": "2"}])
    assert {row["record"] for row in classic.rows("log", record="2")} == {"2"}
    assert classic.rows("log", user="nobody") == []
    assert classic.rows("log", beginTime="2099-01-01 00:00") == []
    assert classic.rows("log", endTime="2001-01-01 00:00") == []
    assert classic.rows("log", beginTime="2001-01-01 00:00:00", logtype="record_add")
    for wrong in ({"logtype": "x"}, {"beginTime": "yesterday"}):
        assert classic.error("log", **wrong)[0] == 400


def test_delete_logging_takes_the_traces_away(classic: Api) -> None:
    classic.put([{"record_id": "1"}])
    classic.ok("record", action="delete", records=["1"], delete_logging="1")
    assert classic.rows("log", logtype="record") == []


class _Receiver(BaseHTTPRequestHandler):
    received: list[dict[str, list[str]]] = []  # noqa: RUF012 - the handler is made anew for every request
    arrived = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.received.append(parse_qs(body))
        self.arrived.set()
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/det"
        server.shutdown()
        thread.join()


def test_saves_by_hand_are_announced_imports_are_not(create: Callable[[Project], Api], receiver: str) -> None:
    api = create(project(repeats=[Repeat("labs")]))
    api.control("behaviour", trigger_url=receiver)
    api.put([{"record_id": "1", "name": "Ann"}])
    api.control("save", record="1", form="labs", instance=2, values={"height": "1", "labs_complete": "2"})
    assert _Receiver.arrived.wait(20)
    assert _Receiver.received == [
        {
            "project_id": [str(api.project_id)],
            "username": ["data_entry"],
            "instrument": ["labs"],
            "record": ["1"],
            "labs_complete": ["2"],
            "redcap_repeat_instance": ["2"],
            "redcap_repeat_instrument": ["labs"],
            "redcap_url": [api.url.removesuffix("api/")],
            "project_url": [f"{api.url.removesuffix('api/')}redcap_v16.0.8/index.php?pid={api.project_id}"],
        }
    ]
    assert api.rows("log", logtype="record_edit")[0]["action"] == "Update record 1"
