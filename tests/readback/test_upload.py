"""Workbooks uploaded to the File Repository, each only into a folder that nobody else can open."""

from __future__ import annotations

import pytest
from readback_study import Study

from redcap_licats.errors import GuardError, ServerError
from redcap_licats.report.upload import Shelf, find_folder

CONFIG = "[project.upload]\n"
MONITORS, TOKYO = "LICATS monitors", "LICATS tokyo"


def role_number(study: Study, label: str) -> int:
    """REDCap shows the number of a role on its pages only; here it is found by trying."""
    for number in range(1, 5_000):
        try:
            made = study.client.pycap.create_folder_in_repository(f"try {number}", role_id=number)
        except ServerError:  # no role has this number
            continue
        rows = study.client.pycap.export_file_repository()
        if {"folder_id": made[0]["folder_id"], "name": f"try {number}", "role": label} in rows:
            return number
    raise AssertionError(label)


def group_number(study: Study, name: str) -> int:
    groups = study.client.pycap.export_dags()
    return next(int(one["data_access_group_id"]) for one in groups if one["unique_group_name"] == name)


def folder(study: Study, name: str, **restriction: int) -> int:
    return int(study.client.pycap.create_folder_in_repository(name, **restriction)[0]["folder_id"])


def names(study: Study, number: int) -> list[str]:
    return [one["name"] for one in study.client.pycap.export_file_repository(folder_id=number)]


def test_each_workbook_goes_into_its_own_folder(study: Study) -> None:
    study.configure(CONFIG)
    monitors = folder(study, MONITORS, role_id=role_number(study, "Monitor"))
    tokyo = folder(study, TOKYO, role_id=role_number(study, "Coordinator"), dag_id=group_number(study, "tokyo"))
    answer = study.told("report", "--out", "out", "--upload")
    (path,) = answer["files"]  # type: ignore[misc]
    name = str(path).rpartition("/")[2]
    assert answer["uploaded"] == [f"{MONITORS}/{name}"]
    assert names(study, monitors) == [name]
    site = study.told("report", "--out", "out", "--site", "tokyo", "--upload")
    assert site["exit"] == 0
    assert len(names(study, tokyo)) == 1
    number = study.client.pycap.export_file_repository(folder_id=tokyo)[0]["doc_id"]
    held, _ = study.client.pycap.export_file_from_repository(number)
    assert held == (study.folder / str(site["files"][0])).read_bytes()  # type: ignore[index]
    # made anew on the same day it takes the former one's place
    study.told("report", "--out", "out", "--upload")
    assert names(study, monitors) == [name]


def test_folders_that_others_can_open_are_refused_before_anything_is_uploaded(study: Study) -> None:
    study.configure(CONFIG)
    coordinator, tokyo = role_number(study, "Coordinator"), group_number(study, "tokyo")
    missing = study.told("report", "--out", "out", "--upload")
    assert (missing["exit"], missing["error"]["code"]) == (4, "UPLOAD-FOLDER")  # type: ignore[index]
    monitors = folder(study, MONITORS, role_id=coordinator)
    refused = study.told("report", "--out", "out", "--upload")
    assert (refused["exit"], refused["error"]["code"]) == (4, "UPLOAD-OPEN")  # type: ignore[index]
    good = folder(study, TOKYO, role_id=coordinator, dag_id=tokyo)
    bad = folder(study, "LICATS osaka", dag_id=tokyo)
    both = study.told("report", "--out", "out", "--every-site", "--upload")
    assert (both["exit"], both["error"]["code"]) == (4, "UPLOAD-OPEN")  # type: ignore[index]
    assert [names(study, one) for one in (monitors, good, bad)] == [[], [], []]


def test_nothing_is_uploaded_unless_configured(study: Study) -> None:
    refused = study.told("report", "--out", "out", "--upload")
    assert (refused["exit"], refused["error"]["code"]) == (2, "REPORT-DELIVERY")  # type: ignore[index]
    assert not (study.folder / "out").exists()


@pytest.mark.parametrize(
    ("role", "group", "good"),
    [
        ("Coordinator", "tokyo", True),
        ("Coordinator", "Tokyo University", True),
        ("Coordinator", "7", True),
        ("Coordinator", "osaka", False),
        ("Coordinator", "", False),
        ("", "tokyo", False),
        ("Monitor", "tokyo", False),
    ],
)
def test_a_sites_folder(role: str, group: str, good: bool) -> None:
    top = [{"folder_id": "3", "doc_id": "", "name": TOKYO, "role": role, "dag": group}]
    shelf, known = Shelf(TOKYO, "tokyo", "Coordinator"), frozenset({"Tokyo University", "7"})
    if good:
        assert find_folder(top, shelf, known) == 3
    else:
        with pytest.raises(GuardError, match="not restricted"):
            find_folder(top, shelf, known)


def test_a_server_that_does_not_tell_of_restrictions() -> None:
    for row in (
        {"folder_id": "3", "name": MONITORS},
        {"folder_id": "3", "name": MONITORS, "dag": "tokyo", "role": "Monitor"},
    ):
        with pytest.raises(GuardError, match="not restricted"):
            find_folder([row], Shelf(MONITORS, "", "Monitor"))
    twice = [{"folder_id": number, "name": MONITORS, "role": "Monitor", "dag": ""} for number in "12"]
    with pytest.raises(GuardError, match="several"):
        find_folder(twice, Shelf(MONITORS, "", "Monitor"))


@pytest.mark.parametrize(
    "wrong",
    [
        'site_folder = "LICATS"',
        'site_folder = "{site} {x}"',
        'site_role = "Monitor"',
        'monitor_folder = ""',
        "x = 1",
    ],
)
def test_settings_that_would_mix_sites_are_refused(study: Study, wrong: str) -> None:
    study.configure(f"{CONFIG}{wrong}\n")
    assert study.told("report", "--out", "out")["exit"] == 2
