"""The generated project in the sandbox: every door, reports, Data Quality rules, previews."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.dictionary import field_as_row, fields_from_rows, read_dictionary
from redcap_licats.definition.odm import read_project
from redcap_licats.errors import ConfigError
from redcap_licats.forms import build_project, expand_forms
from redcap_licats.forms.crosscheck import crosscheck
from redcap_licats.forms.quality_rules import quality_rules
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess

INSTRUMENTS = Path(__file__).parents[2] / "instruments"
PROTOCOL = load_protocol()
PROJECT = build_project(PROTOCOL)
TIMEOUT = 30


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


@pytest.fixture(scope="module")
def token(sandbox: SandboxProcess) -> str:
    """Token of a project made from the checked-in XML."""
    odm = (INSTRUMENTS / "project.xml").read_text(encoding="utf-8")
    return create_project(sandbox.url, sandbox.super_token, title="LICATS", odm=odm, rate_per_minute=0)


@pytest.fixture(scope="module")
def client(sandbox: SandboxProcess, token: str) -> Iterator[RedcapClient]:
    """The project with two subjects, queries, an event."""
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        rows: list[dict[str, str]] = [
            {"record_id": "1", "sum_q_any_d": "1", "sum_q_hard_d": "1"},
            {"record_id": "2", "sum_q_any_d": "0"},
        ]
        for form, number, row in (
            ("licats_query", "1", {"qry_id_d": "a", "qry_state_d": "open"}),
            ("licats_query", "2", {"qry_id_d": "b", "qry_state_d": "answered"}),
            ("licats_query", "3", {"qry_id_d": "c", "qry_state_d": "closed"}),
            ("licats_medical_query", "1", {"mqry_id_d": "m", "mqry_state_d": "open"}),
            ("licats_result", "1", {"res_key_d": "skin-1", "res_organ_d": "skin", "res_onset_day_d": "9"}),
        ):
            keys = {"record_id": "1", "redcap_repeat_instrument": form, "redcap_repeat_instance": number}
            rows.append(keys | row)
        client.import_rows(rows)
        yield client


@pytest.fixture(scope="module")
def numbers(sandbox: SandboxProcess, client: RedcapClient) -> dict[str, int]:
    """Numbers of the reports by title, which no API method tells."""
    url = sandbox.url.replace("/api/", f"/sandbox/projects/{client.project_info().project_id}")
    reply = requests.get(url, headers={"Authorization": f"Bearer {sandbox.super_token}"}, timeout=TIMEOUT)
    found: dict[str, int] = reply.json()["reports"]
    return found


@pytest.mark.parametrize(
    ("title", "column", "values"),
    [
        ("Open queries", "qry_id_d", ["a", "b"]),
        ("Queries waiting for the site", "qry_id_d", ["a"]),
        ("Answered queries waiting for the monitor", "qry_id_d", ["b"]),
        ("LICATS events: grade, timing, day of onset", "res_onset_day_d", ["9"]),
        ("Subjects with an open query", "sum_q_hard_d", ["1"]),
        ("Medical queries", "mqry_id_d", ["m"]),
    ],
)
@pytest.mark.usefixtures("client")
def test_a_report_shows_the_rows_it_is_for(
    sandbox: SandboxProcess, token: str, numbers: dict[str, int], title: str, column: str, values: list[str]
) -> None:
    form = {"token": token, "content": "report", "format": "json", "report_id": str(numbers[title])}
    reply = requests.post(sandbox.url, data=form, timeout=TIMEOUT)
    rows: list[dict[str, str]] = reply.json()
    assert [row[column] for row in rows] == values
    assert {row["record_id"] for row in rows} == {"1"}
    # what reports of REDCap carry beside their own columns
    shown = next(one for one in PROJECT.reports if one["title"] == title)["redcap_reports_fields"].split(",")
    assert [name for name in rows[0] if name in PROJECT.dictionary] == shown


def test_reports_have_the_attributes_of_recorded_ones(conformance: Path) -> None:
    recorded = read_project((conformance / "projects" / "simple" / "project.xml").read_bytes()).reports[0]
    for report in PROJECT.reports:
        assert list(report) == list(recorded)
        for name in ("unique_report_name", "ID"):
            assert len(report[name]) == len(recorded[name])
        assert report["filter_type"] == recorded["filter_type"]
    assert len({report["unique_report_name"] for report in PROJECT.reports}) == len(PROJECT.reports)


def test_only_the_report_of_medical_queries_is_not_for_everybody() -> None:
    hidden = {form.name for form in expand_forms(PROTOCOL) if not form.instrument.site_reads}
    for report in PROJECT.reports:
        fields = report["redcap_reports_fields"].split(",")
        of_hidden = any(PROJECT.dictionary[name].form in hidden for name in fields)
        assert report["user_access"] == ("SELECTED" if of_hidden else "ALL")


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ("fields = ['qry_idd']", "[qry_idd], which no form has"),
        ("logic = \"[qry_state_d] = 'opened'\"", "compares [qry_state_d] with 'opened'"),
    ],
)
def test_a_report_on_what_does_not_exist_is_refused(tmp_path: Path, patch: str, said: str) -> None:
    (tmp_path / "reports.toml").write_text(f"[[report]]\nid = 'open'\n{patch}\n", encoding="utf-8")
    protocol = load_protocol(tmp_path)
    with pytest.raises(ConfigError) as caught:
        crosscheck(build_project(protocol), protocol, frozenset())
    assert said in str(caught.value)


def test_every_door_gives_the_same_dictionary(sandbox: SandboxProcess, token: str) -> None:
    """The project XML creates a project; what the CSV says replaces the dictionary of an empty one."""
    xml_made = {"token": token, "content": "metadata", "format": "json"}
    rows = requests.post(sandbox.url, data=xml_made, timeout=TIMEOUT).json()
    assert fields_from_rows(rows) == PROJECT.dictionary
    data = json.dumps([{"project_title": "Empty", "purpose": 0}])
    new = {"token": sandbox.super_token, "content": "project", "format": "json", "data": data}
    other = requests.post(sandbox.url, data=new, timeout=TIMEOUT).text
    text = (INSTRUMENTS / "data_dictionary.csv").read_text(encoding="utf-8")
    # the API takes other headers than those of the file that people upload
    given = json.dumps([field_as_row(field) for field in read_dictionary(text)])
    put = {"token": other, "content": "metadata", "format": "json", "data": given}
    reply = requests.post(sandbox.url, data=put, timeout=TIMEOUT)
    assert (reply.status_code, reply.text) == (200, str(len(PROJECT.dictionary)))
    csv_made = requests.post(sandbox.url, data={**xml_made, "token": other}, timeout=TIMEOUT).json()
    assert csv_made == rows


def test_previews_and_rules_work_on_rows_as_they_are_stored(
    sandbox: SandboxProcess, token: str, client: RedcapClient
) -> None:
    client.import_rows(
        [
            {"record_id": "7", "inf_date": "2025-01-10"},
            event("1", skin_onset="2025-01-09", skin_ongoing="1"),
            event("2", skin_onset="2025-01-25", skin_end="2025-01-24"),
            event("3", skin_onset_prec="month", skin_onset_ym="2025-02"),
        ]
    )
    kept = [row for row in client.export_rows(["7"]) if row["redcap_repeat_instrument"] == "licats_skin"]
    shown = [(row["skin_pv_day"], row["skin_pv_timing"]) for row in kept]
    assert shown == [("-1", ""), ("15", "Intermediate (Day 15–30)"), ("", "")]
    for check, instances in (("DT01", ["1"]), ("DT02", ["2"]), ("DT07", ["3"]), ("DT11", [])):
        rules = quality_rules(PROTOCOL, PROJECT.dictionary)
        logic = next(one.rule.logic for one in rules if (one.check, one.form) == (check, "licats_skin"))
        form = {"token": token, "content": "record", "format": "json", "filterLogic": logic}
        rows = requests.post(sandbox.url, data=form, timeout=TIMEOUT).json()
        assert [str(row["redcap_repeat_instance"]) for row in rows if row["record_id"] == "7"] == instances, check
    # the day of infusion was wrong: every preview follows
    client.import_rows([{"record_id": "7", "inf_date": "2025-01-01"}])
    kept = [row for row in client.export_rows(["7"]) if row["redcap_repeat_instrument"] == "licats_skin"]
    assert [row["skin_pv_day"] for row in kept] == ["8", "24", ""]


def event(number: str, **cells: str) -> dict[str, str]:
    keys = {"record_id": "7", "redcap_repeat_instrument": "licats_skin", "redcap_repeat_instance": number}
    return keys | cells
