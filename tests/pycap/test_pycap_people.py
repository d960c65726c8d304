"""PyCap's methods on users, roles, Data Access Groups and the File Repository."""

from __future__ import annotations

import io

import pytest
from pycap_study import BASELINE, FORMATS, in_all_formats, written
from redcap import Project as PyCap
from redcap import RedcapError

ANN = "ann@example.org"


def _both(style: str) -> dict[str, str]:
    """PyCap reads what comes by the format of errors."""
    return {"format_type": style, "return_format_type": style}


def test_export_users(proj: PyCap) -> None:
    (user,) = in_all_formats(proj.export_users)
    assert (user["api_export"], user["forms"], user["forms_export"]) == (
        1,
        {"basics": 1, "labs": 1},
        {"basics": 1, "labs": 1},
    )


@pytest.mark.parametrize(
    ("style", "forms"),
    [("json", {"basics": 1, "labs": 0}), ("csv", "basics:1,labs:0"), ("xml", "basics:1,labs:0")],
)
def test_import_users(proj: PyCap, style: str, forms: object) -> None:
    user = {"username": ANN, "expiration": "", "api_import": 1, "forms": forms}
    assert proj.import_users(written([user], style), import_format=style) == 1
    got = next(one for one in proj.export_users() if one["username"] == ANN)
    assert (got["api_import"], got["api_export"], got["forms"]) == (1, 0, {"basics": 1, "labs": 0})


def test_import_users_needs_a_name_only(proj: PyCap) -> None:
    assert proj.import_users([{"username": ANN}], return_format_type="csv") == "1"


def test_import_users_as_they_were_exported(proj: PyCap) -> None:
    before = proj.export_users()
    for style in FORMATS:
        assert proj.import_users(proj.export_users(format_type=style), import_format=style) == 1
    assert proj.export_users() == before


def test_delete_users(proj: PyCap) -> None:
    proj.import_users([{"username": ANN}])
    assert proj.delete_users([ANN]) == 1
    assert len(proj.export_users()) == 1


def test_export_user_roles(proj: PyCap) -> None:
    proj.import_user_roles([{"role_label": "Monitor", "logging": "1"}])
    (role,) = in_all_formats(proj.export_user_roles)
    assert (role["role_label"], role["logging"], role["design"]) == ("Monitor", "1", "0")
    assert len(role["unique_role_name"]) == len("U-0123456789")


@pytest.mark.parametrize("style", FORMATS)
def test_import_user_roles(proj: PyCap, style: str) -> None:
    new = written([{"unique_role_name": "", "role_label": "Monitor"}], style)
    assert proj.import_user_roles(new, import_format=style) == 1
    exported = proj.export_user_roles(format_type=style)
    assert proj.import_user_roles(exported, import_format=style) == 1
    assert proj.export_user_roles(format_type=style) == exported


def test_delete_user_roles(proj: PyCap) -> None:
    proj.import_user_roles([{"role_label": "Monitor"}])
    assert proj.delete_user_roles([proj.export_user_roles()[0]["unique_role_name"]]) == 1
    assert in_all_formats(proj.export_user_roles) == []


def test_export_user_role_assignment(proj: PyCap) -> None:
    (user,) = in_all_formats(proj.export_user_role_assignment)
    assert (user["unique_role_name"], user["data_access_group"]) == ("", "")


@pytest.mark.parametrize("style", FORMATS)
def test_import_user_role_assignment(proj: PyCap, style: str) -> None:
    proj.import_users([{"username": ANN}])
    proj.import_user_roles([{"role_label": "Monitor"}])
    role = proj.export_user_roles()[0]["unique_role_name"]
    given = [{"username": ANN, "unique_role_name": role, "data_access_group": "north"}]
    assert proj.import_user_role_assignment(written(given, style), import_format=style) == 1
    assert given[0] in proj.export_user_role_assignment()


def test_export_dags(proj: PyCap) -> None:
    assert [row["unique_group_name"] for row in in_all_formats(proj.export_dags)] == ["north", "south"]


@pytest.mark.parametrize("style", FORMATS)
def test_import_dags(proj: PyCap, style: str) -> None:
    groups = [
        {"data_access_group_name": "Far East", "unique_group_name": ""},
        {"data_access_group_name": "Far North", "unique_group_name": "north"},
    ]
    assert proj.import_dags(written(groups, style), import_format=style) == 2
    assert {row["unique_group_name"] for row in proj.export_dags()} == {"far_east", "far_north", "south"}


def test_delete_dags(proj: PyCap) -> None:
    assert proj.delete_dags(["north"]) == 1
    assert [row["unique_group_name"] for row in proj.export_dags()] == ["south"]


def test_switch_dag(switching: PyCap, proj: PyCap) -> None:
    group = {"record_id": "1", "redcap_event_name": BASELINE, "redcap_data_access_group": "south"}
    proj.import_records([group])
    assert switching.export_records() == []
    assert switching.switch_dag("south") == "1"
    assert {row["record_id"] for row in switching.export_records()} == {"1"}
    with pytest.raises(RedcapError):
        switching.switch_dag("nowhere")


def test_export_user_dag_assignment(proj: PyCap) -> None:
    assert [row["redcap_data_access_group"] for row in in_all_formats(proj.export_user_dag_assignment)] == [""]


@pytest.mark.parametrize("style", FORMATS)
def test_import_user_dag_assignment(proj: PyCap, style: str) -> None:
    proj.import_users([{"username": ANN}])
    given = [{"username": ANN, "redcap_data_access_group": "north"}]
    assert proj.import_user_dag_assignment(written(given, style), import_format=style) == 1
    assert given[0] in proj.export_user_dag_assignment()


def test_create_folder_in_repository(proj: PyCap) -> None:
    ((name, outer),) = proj.create_folder_in_repository("Outer")[0].items()
    assert name == "folder_id"
    assert proj.create_folder_in_repository("Inner", folder_id=outer)[0]["folder_id"] != outer
    assert proj.create_folder_in_repository("Third", **_both("csv")).startswith("folder_id\n")
    assert "<folder_id>" in proj.create_folder_in_repository("Fourth", **_both("xml"))


def test_export_file_repository(proj: PyCap) -> None:
    assert proj.export_file_repository() == []
    outer = proj.create_folder_in_repository("Outer")[0]["folder_id"]
    assert proj.export_file_repository() == [{"folder_id": outer, "name": "Outer"}]
    assert proj.export_file_repository(**_both("csv")) == f"folder_id,doc_id,name,role,dag\n{outer},,Outer,,\n"
    with pytest.raises(RedcapError, match="folder_id=99 does not exist"):
        proj.export_file_repository(folder_id=99)


def test_import_file_into_repository(proj: PyCap) -> None:
    outer = proj.create_folder_in_repository("Outer")[0]["folder_id"]
    given = {"file_name": "é.txt", "file_object": io.BytesIO(b"one")}
    assert proj.import_file_into_repository(folder_id=outer, **given) == [{}]
    assert [row["name"] for row in proj.export_file_repository(folder_id=outer)] == ["é.txt"]


def test_export_file_from_repository(proj: PyCap) -> None:
    proj.import_file_into_repository(file_name="a.txt", file_object=io.BytesIO(b"one"))
    number = proj.export_file_repository()[0]["doc_id"]
    assert proj.export_file_from_repository(number) == (b"one", {"name": "a.txt", "charset": "UTF-8"})


def test_delete_file_from_repository(proj: PyCap) -> None:
    proj.import_file_into_repository(file_name="a.txt", file_object=io.BytesIO(b"one"))
    assert proj.delete_file_from_repository(proj.export_file_repository()[0]["doc_id"]) == [{}]
    assert proj.export_file_repository() == []
