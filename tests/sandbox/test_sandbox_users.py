"""Users, rights, roles, access groups, data queries."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import requests
from sandbox_helpers import TIMEOUT, Api, project

from redcap_licats.definition.model import Project

DELETE = {"action": "delete"}
ALL = dict.fromkeys(("api_export", "api_import", "record_create", "record_delete", "record_rename"), 1)


def without(*rights: str) -> dict[str, int]:
    return {name: value for name, value in ALL.items() if name not in rights}


def data(rows: object) -> dict[str, str]:
    return {"format": "json", "returnFormat": "json", "data": json.dumps(rows)}


@pytest.mark.parametrize(
    ("lacking", "content", "call", "message"),
    [
        (("api_export", "api_import"), "record", {}, "You do not have permissions to use the API"),
        (("api_export",), "record", {}, "You do not have API Export privileges"),
        (("api_import",), "record", {"data": "[]"}, "You do not have API Import/Update privileges"),
        (("record_delete",), "record", DELETE, "You do not have Delete Record privileges"),
        (("api_import", "record_delete"), "record", DELETE, "You do not have Delete Record privileges"),
        (("record_rename",), "record", {"action": "rename"}, "You do not have Rename Record privileges"),
        ((), "log", {}, "You do not have Logging privileges"),
        ((), "user", {}, "You do not have User Rights privileges"),
        ((), "dag", {}, "You do not have Data Access Groups privileges"),
        ((), "metadata", {"data": "[]"}, "You do not have Project Design/Setup privileges"),
        ((), "fileRepository", {"action": "list"}, "You do not have File Repository privileges"),
    ],
)  # fmt: skip
def test_rights(
    classic: Api, lacking: tuple[str, ...], content: str, call: dict[str, object], message: str
) -> None:
    user = classic.as_user("worker", rights=without(*lacking))
    assert user.error(content, **call) == (403, message)


def test_new_records_need_their_right(classic: Api) -> None:
    classic.put([{"record_id": "1"}])
    user = classic.as_user("worker", rights=without("record_create"))
    assert user.put([{"record_id": "1", "name": "Ann"}]).status_code == 200
    error = user.put([{"record_id": "2"}], returnFormat="json").json()["error"]
    assert error == '"2","record_id","2","Your user privileges do NOT allow you to create new records."'


def test_an_expired_user_has_no_access(classic: Api) -> None:
    assert classic.as_user("old", expiration="2001-01-01").error("version")[0] == 403
    assert classic.as_user("new", expiration="2099-01-01").ok("version")


def test_export_rights_drop_columns_without_a_word(classic: Api) -> None:
    classic.put([{"record_id": "1", "name": "Ann", "born": "2000-01-01", "sex": "1", "height": "1", "note": "n"}])
    none = classic.as_user("none", forms_export={"labs": 0})
    assert "height" not in none.rows()[0]
    assert "labs_complete" not in none.rows()[0]
    safe = classic.as_user("safe", forms_export={"basics": 3, "labs": 3}).rows()[0]
    assert "name" not in safe
    assert (safe["record_id"], safe["born"], safe["note"]) == ("1", "2000-01-01", "n")
    bare = classic.as_user("bare", forms_export={"basics": 2, "labs": 2}).rows()[0]
    assert {"name", "born", "note", "tag", "scan"}.isdisjoint(bare)
    assert (bare["sex"], bare["height"]) == ("1", "1")


def test_record_names_are_hashed_the_same_way_every_time(classic: Api) -> None:
    classic.put([{"record_id": "1", "sex": "1"}])
    bare = classic.as_user("bare", forms_export={"basics": 2})
    name = bare.rows()[0]["record_id"]
    assert len(str(name)) == 32
    assert {row["record"] for row in bare.rows(type="eav")} == {name}
    assert bare.rows()[0]["record_id"] == name


def test_members_of_a_group_see_only_its_records(classic: Api) -> None:
    classic.put([
        {"record_id": "1", "redcap_data_access_group": "north"},
        {"record_id": "2", "redcap_data_access_group": "south"},
        {"record_id": "3"},
    ])  # fmt: skip
    north = classic.as_user("northerner", group="north")
    assert [row["record_id"] for row in north.rows()] == ["1"]
    assert north.rows(records=["2"]) == []
    assert "redcap_data_access_group" not in north.rows(exportDataAccessGroups="true")[0]
    assert north.error("record", action="delete", records=["2"])[0] == 400
    assert "another Data Access Group" in north.put([{"record_id": "2", "name": "x"}]).text
    expected = "Illegal use of 'redcap_data_access_group' field!"
    row = {"record_id": "1", "redcap_data_access_group": "north"}
    assert north.put([row], returnFormat="json").json() == {"error": expected}
    north.put([{"record_id": "9"}])
    groups = {
        row["record_id"]: row["redcap_data_access_group"] for row in classic.rows(exportDataAccessGroups="1")
    }
    assert groups == {"1": "north", "2": "south", "3": "", "9": "north"}
    assert {row["record"] for row in north.rows("log") if row["record"]} == {"1", "9"}


def test_a_record_moves_between_groups_and_keeps_its_name(classic: Api) -> None:
    row = {"record_id": "1", "redcap_data_access_group": "north"}
    classic.put([row])
    classic.put([row | {"redcap_data_access_group": ""}])
    assert classic.rows(exportDataAccessGroups="1")[0]["redcap_data_access_group"] == "north"
    classic.put([row | {"redcap_data_access_group": "south"}])
    assert classic.rows(exportDataAccessGroups="1", rawOrLabel="label")[0]["redcap_data_access_group"] == "South"
    assert classic.put([row | {"redcap_data_access_group": "east"}]).status_code == 400


def test_groups(classic: Api) -> None:
    new = {"data_access_group_name": "New DAG", "unique_group_name": ""}
    assert classic.ok("dag", action="import", **data([new])).text == "1"
    classic.put([{"record_id": "1", "redcap_data_access_group": "new_dag"}])
    number = {row["unique_group_name"]: row["data_access_group_id"] for row in classic.rows("dag")}["new_dag"]
    renamed = {"data_access_group_name": "Newer", "unique_group_name": "new_dag"}
    classic.ok("dag", action="import", **data([renamed]))
    assert {row["unique_group_name"]: row["data_access_group_id"] for row in classic.rows("dag")}[
        "newer"
    ] == number
    assert classic.rows(exportDataAccessGroups="1")[0]["redcap_data_access_group"] == "newer"
    assert classic.ok("dag", action="delete", dags=["newer"]).text == "1"
    assert classic.rows(exportDataAccessGroups="1")[0]["redcap_data_access_group"] == ""
    assert classic.error("dag", action="delete", dags=["newer"])[0] == 400


def test_switching_groups(classic: Api) -> None:
    user = classic.as_user("mover", group="north", groups=["north", "south"])
    assert user.ok("dag", action="switch", dag="south", returnFormat="csv").text == "1"
    assert {"username": "mover", "redcap_data_access_group": "south"} in classic.rows("userDagMapping")
    assert user.error("dag", action="switch", dag="east")[0] == 400


def test_users(classic: Api) -> None:
    new = {"username": "ann@example.org", "api_export": 1, "forms_export": {"labs": 3}}
    assert classic.ok("user", **data([new])).text == "1"
    row = next(row for row in classic.rows("user") if row["username"] == "ann@example.org")
    assert (row["api_export"], row["api_import"], row["forms_export"]) == (1, 0, {"basics": 2, "labs": 3})
    classic.ok("user", **data([{"username": "ann@example.org", "api_import": "1"}]))
    row = next(row for row in classic.rows("user") if row["username"] == "ann@example.org")
    assert (row["api_export"], row["api_import"]) == (1, 1)
    assert '"basics:2,labs:3"' in classic.ok("user", format="csv").text
    assert "<forms_export><basics>2</basics>" in classic.ok("user", format="xml").text
    assert classic.ok("user", action="delete", users=["ann@example.org"]).text == "1"
    assert classic.error("user", action="delete", users=["ann@example.org"])[0] == 400
    for wrong in ({}, {"username": "x", "design": "many"}, {"username": "x", "data_access_group": "east"}):
        assert classic.error("user", data=json.dumps([wrong]))[0] == 400


def test_a_refused_import_leaves_nothing_behind(classic: Api) -> None:
    assert classic.error("user", data=json.dumps([{"username": "ann"}, {"username": ""}]))[0] == 400
    assert "ann" not in {row["username"] for row in classic.rows("user")}


def test_roles(classic: Api) -> None:
    classic.ok("userRole", **data([{"role_label": "Reader", "api_export": 1}]))
    (role,) = classic.rows("userRole")
    name = str(role["unique_role_name"])
    assert (len(name), name[:2], role["role_label"], role["api_export"], role["design"]) == (
        12,
        "U-",
        "Reader",
        "1",
        "0",
    )
    user = classic.as_user("reader")
    mapping = [{"username": "reader", "unique_role_name": name, "data_access_group": "north"}]
    assert classic.ok("userRoleMapping", action="import", **data(mapping)).text == "1"
    assert mapping[0] in classic.rows("userRoleMapping")
    assert user.error("record", data="[]")[0] == 403  # the role's rights count now
    assert classic.ok("userRole", action="delete", roles=[name]).text == "1"
    assert user.put([]).status_code == 200
    assert [row["unique_role_name"] for row in classic.rows("userRoleMapping")] == ["", ""]
    for wrong in ({"role_label": ""}, {"unique_role_name": "U-NOBODY0000", "role_label": "x"}):
        assert classic.error("userRole", data=json.dumps([wrong]))[0] == 400


def test_one_user_has_a_token_for_each_project(create: Callable[[Project], Api]) -> None:
    first, second = create(project()), create(project())
    tokens = {first.as_user("ann").token, first.as_user("ann").token, second.as_user("ann").token}
    assert len(tokens) == 2


@pytest.fixture
def resolving(create: Callable[[Project], Api]) -> Api:
    api = create(project(settings={"DataResolutionWorkflowEnabled": "2"}))
    api.put([{"record_id": "1", "name": "Ann"}])
    return api


def module(api: Api, page: str, **form: str) -> requests.Response:
    query = {"prefix": "vanderbilt_dataQuality", "page": page, "type": "module", "NOAUTH": "", "pid": "1"}
    body = {"token": api.token, "format": "json", "returnFormat": "json"} | form
    return requests.post(api.url, params=query, data=body, timeout=TIMEOUT)


def test_data_queries_go_through_the_module(resolving: Api) -> None:
    assert module(resolving, "export").json() == []
    said = {
        "ts": "2024-01-01 10:00:00", "response_requested": "1", "comment": "Please check",
        "current_query_status": "OPEN", "username": "ann",
    }  # fmt: skip
    query = {"record": "1", "event_id": None, "field_name": "name", "instance": "1", "query_status": "OPEN"}
    item = query | {"resolutions": {"1": said}}
    added = module(resolving, "import", data=json.dumps({"1": item})).json()
    assert len(added) == 1
    assert module(resolving, "import", data=json.dumps([item])).json() == []
    (held,) = module(resolving, "export", status="OPEN").json().values()
    assert (held["record"], held["field_name"], held["query_status"]) == ("1", "name", "OPEN")
    assert held["resolutions"][str(added[0])]["comment"] == "Please check"
    closing = said | {"ts": "2024-01-02 10:00:00", "current_query_status": "CLOSED", "username": "bea"}
    module(resolving, "import", data=json.dumps([query | {"resolutions": {"1": closing}}]))
    assert module(resolving, "export", status="OPEN").json() == []
    assert len(module(resolving, "export", user="bea").json()) == 1


def test_data_queries_in_the_wrong_place_are_skipped(resolving: Api) -> None:
    wrong = [{"record": "1", "field_name": "nonsense"}, {"record": "9", "field_name": "name"}, "text"]
    assert module(resolving, "import", data=json.dumps(wrong)).json() == []
    assert module(resolving, "import", data="{").status_code == 400


def test_data_queries_need_the_workflow(classic: Api) -> None:
    assert module(classic, "export").status_code == 403
