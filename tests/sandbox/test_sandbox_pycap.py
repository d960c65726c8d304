"""PyCap 2.7.0 as the client, call by call as its own documentation shows them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from redcap import Project as PyCap
from redcap import RedcapError
from sandbox_helpers import Api, project, text

from redcap_licats.definition.model import Attributes, Field, FieldType, Project, Repeat

FIELDS = (
    text("record_id", "form_1"),
    Field("field_1", "form_1", FieldType.YESNO, label="Field 1"),
    Field("checkbox_field", "form_1", FieldType.CHECKBOX, choices_or_calculations="1, One | 2, Two"),
    Field("upload_field", "form_1", FieldType.FILE, label="Upload"),
)


@pytest.fixture
def server(create: Callable[[Project], Api]) -> Api:
    repeats = [Repeat("", "enrollment_arm_1")]
    surveys = (Attributes("redcap:Surveys", {"form_name": "form_1"}),)
    return create(project(FIELDS, longitudinal=True, repeats=repeats, surveys=surveys, access_groups=()))


@pytest.fixture
def proj(server: Api) -> PyCap:
    client = PyCap(server.url, server.token)
    client.import_records(
        [
            {"record_id": "1", "redcap_repeat_instance": 1, "field_1": "1", "checkbox_field___2": "1"},
            {"record_id": "2", "redcap_repeat_instance": 1, "field_1": "0"},
        ]
    )
    return client


def test_export_records(proj: PyCap) -> None:
    first = {
        "record_id": "1", "redcap_event_name": "enrollment_arm_1", "redcap_repeat_instrument": "",
        "redcap_repeat_instance": 1, "field_1": "1", "checkbox_field___1": "0", "checkbox_field___2": "1",
        "upload_field": "", "form_1_complete": "0",
    }  # fmt: skip
    assert proj.export_records()[0] == first
    assert proj.export_records(filter_logic="[field_1] = 1") == [first]
    assert proj.export_records(format_type="csv", fields=["field_1", "checkbox_field"], raw_or_label="label") == (
        "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,field_1,checkbox_field___1,"
        "checkbox_field___2\n"
        '1,"Enrollment (Arm 1: Drug A)",,1,Yes,Unchecked,Checked\n'
        '2,"Enrollment (Arm 1: Drug A)",,1,No,Unchecked,Unchecked\n'
    )
    assert proj.export_records(date_begin=datetime.now() + timedelta(days=2)) == []  # noqa: DTZ005 - as PyCap wants it
    assert {row["field_name"] for row in proj.export_records(record_type="eav")} == {
        "record_id", "field_1", "checkbox_field",
    }  # fmt: skip


def test_import_and_delete_records(proj: PyCap) -> None:
    assert proj.import_records([{"record_id": 3, "redcap_repeat_instance": 1, "field_1": 1}]) == {"count": 1}
    two = [
        {"record_id": 3, "redcap_event_name": "enrollment_arm_1", "redcap_repeat_instance": at, "field_1": 1}
        for at in (1, 2)
    ]
    assert proj.import_records(two) == {"count": 1}
    assert proj.delete_records(records=["3"], event="enrollment_arm_1", repeat_instance=2) == 1
    assert [row["redcap_repeat_instance"] for row in proj.export_records(records=["3"])] == [1]
    assert proj.generate_next_record_name() == "4"
    assert proj.delete_records(["3"]) == 1
    assert proj.import_records(two, return_content="ids") == ["3"]
    assert proj.import_records(two, return_content="nothing") == [{}]
    assert proj.import_records(two, force_auto_number=True, return_content="auto_ids") == ["4,3"]
    with pytest.raises(RedcapError):
        proj.delete_records(["99"])
    with pytest.raises(RedcapError):
        proj.import_records([{"record_id": "1", "field_1": "7"}])


def test_project(proj: PyCap) -> None:
    assert proj.export_project_info()["project_language"] == "English"
    assert proj.is_longitudinal
    assert proj.def_field == "record_id"
    assert proj.field_names == [field.name for field in FIELDS]
    assert str(proj.export_version()) == "16.0.8"
    assert proj.export_instruments() == [{"instrument_name": "form_1", "instrument_label": "Form_1"}]
    assert [row["export_field_name"] for row in proj.export_field_names()] == [
        "record_id", "field_1", "checkbox_field___1", "checkbox_field___2", "form_1_complete",
    ]  # fmt: skip
    assert proj.import_metadata(proj.export_metadata(format_type="csv"), import_format="csv") == 4
    content, headers = proj.export_pdf()
    assert content.startswith(b"%PDF")
    assert "charset" in headers


def test_plan(proj: PyCap) -> None:
    assert proj.export_arms(arms=["2"]) == [{"arm_num": 2, "name": "Drug B"}]
    assert proj.import_arms([{"arm_num": 3, "name": "Drug C"}]) == 1
    assert proj.import_events([{"event_name": "Event 2", "arm_num": "3"}]) == 1
    assert proj.delete_events(["event_2_arm_3"]) == 1
    assert proj.delete_arms(["3"]) == 1
    mappings = proj.export_instrument_event_mappings()
    assert mappings == [
        {"arm_num": arm, "unique_event_name": f"enrollment_arm_{arm}", "form": "form_1"} for arm in (1, 2)
    ]
    assert proj.import_instrument_event_mappings(mappings) == 2
    repeating = proj.export_repeating_instruments_events(format_type="csv")
    assert proj.import_repeating_instruments_events(repeating, import_format="csv") == 1


def test_people(proj: PyCap) -> None:
    assert proj.import_dags([{"data_access_group_name": "New DAG", "unique_group_name": ""}]) == 1
    assert proj.import_users([{"username": "pandeharris@gmail.com"}]) == 1
    mapping = [{"username": "pandeharris@gmail.com", "redcap_data_access_group": "new_dag"}]
    assert proj.import_user_dag_assignment(mapping) == 1
    assert mapping[0] in proj.export_user_dag_assignment()
    assert proj.export_dags()[0]["unique_group_name"] == "new_dag"
    assert proj.import_user_roles([{"role_label": "New Role"}]) == 1
    role = proj.export_user_roles()[0]["unique_role_name"]
    assert proj.import_user_role_assignment(proj.export_user_role_assignment()) == 2
    assert proj.delete_user_roles([role]) == 1
    assert proj.delete_users(["pandeharris@gmail.com"], return_format_type="xml") == "1"
    assert proj.delete_dags(["new_dag"]) == 1
    assert proj.export_users()[0]["api_export"] == 1


def test_files(proj: PyCap) -> None:
    place = {"record": "1", "field": "upload_field", "event": "enrollment_arm_1"}
    assert proj.import_file(file_name="test_upload.txt", file_object=io.BytesIO(b"test upload\n"), **place) == [{}]
    assert proj.export_file(**place) == (b"test upload\n", {"name": "test_upload.txt", "charset": "UTF-8"})
    assert proj.export_records(records=["1"])[0]["upload_field"] == "test_upload.txt"
    assert proj.delete_file(**place) == [{}]
    folder = proj.create_folder_in_repository(name="New Folder")[0]["folder_id"]
    proj.import_file_into_repository(file_name="test.txt", file_object=io.BytesIO(b"hello"), folder_id=folder)
    (held,) = proj.export_file_repository(folder_id=folder)
    assert proj.export_file_from_repository(held["doc_id"]) == (b"hello", {"name": "test.txt", "charset": "UTF-8"})
    assert proj.delete_file_from_repository(held["doc_id"]) == [{}]


def test_surveys_and_log(proj: PyCap) -> None:
    place = {"record": "1", "instrument": "form_1", "event": "enrollment_arm_1"}
    assert "/surveys/?s=" in proj.export_survey_link(**place)
    assert len(proj.export_survey_access_code(**place)) == 9
    assert len(proj.export_survey_return_code(**place)) == 8
    assert "/surveys/?sq=" in proj.export_survey_queue_link(record="1")
    assert len(proj.export_survey_participant_list(instrument="form_1", event="enrollment_arm_1")) == 2
    log = proj.export_logging(log_type="record", begin_time=datetime(2020, 1, 1))  # noqa: DTZ001 - as PyCap wants it
    assert log[-1]["action"] == "Create record (API) 1"
