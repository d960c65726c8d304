from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from study import Row, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.check.model import NO_LOGGING_RIGHT
from redcap_licats.config import ProjectSettings
from redcap_licats.protocol import load_protocol
from redcap_licats.report.produce import read_source
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import sync

LEAST = {"api_export": 1, "api_import": 1, "logging": 1}

Order = Callable[..., dict[str, str]]


@pytest.fixture
def as_user(order: Order, project: ProjectSettings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunSummary]:
    """Run the worker with the token of a user of its own."""

    def run(**user: object) -> RunSummary:
        token = order("users", username="worker", **user)["token"]
        monkeypatch.setenv("LICATS_TEST_TOKEN", token)
        return sync(project, load_protocol())

    return run


def results(client: RedcapClient) -> dict[str, Row]:
    rows = client.export_rows()
    return {row["record_id"]: row for row in rows if row["redcap_repeat_instrument"] == "licats_result"}


def test_the_least_rights_are_enough(client: RedcapClient, as_user: Callable[..., RunSummary]) -> None:
    client.import_rows(subject("1"))
    summary = as_user(rights=LEAST)
    assert summary.error is None
    assert results(client)["1"]["res_grade_d"] == "1"


def test_without_the_logging_right_the_run_goes_on(
    client: RedcapClient, as_user: Callable[..., RunSummary], project: ProjectSettings
) -> None:
    client.import_rows(subject("1"))
    summary = as_user(rights={**LEAST, "logging": 0})
    assert summary.error is None
    assert results(client)["1"]["res_grade_d"] == "1"
    with RedcapClient(project.url, os.environ["LICATS_TEST_TOKEN"], rate_per_minute=0) as worker:
        assert read_source(worker, project, load_protocol()).unread == NO_LOGGING_RIGHT
    assert read_source(client, project, load_protocol()).unread is None


@pytest.mark.parametrize(
    ("rights", "code"),
    [
        ({"api_export": 1, "logging": 1}, "API-RIGHT-IMPORT"),
        ({"api_import": 1, "logging": 1}, "API-RIGHT-EXPORT"),
        ({}, "API-TOKEN"),
    ],
)
def test_a_missing_right_is_named_and_nothing_written(
    client: RedcapClient, as_user: Callable[..., RunSummary], rights: dict[str, int], code: str
) -> None:
    client.import_rows(subject("1"))
    before = client.export_rows()
    summary = as_user(rights=rights)
    assert summary.error is not None
    assert (summary.error.code, summary.exit) == (code, 3)
    assert client.export_rows() == before


def test_a_form_hidden_from_the_export_stops_the_run(
    client: RedcapClient, as_user: Callable[..., RunSummary]
) -> None:
    client.import_rows(subject("1"))
    before = client.export_rows()
    summary = as_user(rights=LEAST, forms_export={"hospital_stay": 0})
    assert summary.error is not None
    assert summary.error.code == "API-COLUMNS"
    assert "hos_adm" in summary.error.message
    assert client.export_rows() == before


def test_a_worker_in_a_data_access_group_is_refused(
    client: RedcapClient, as_user: Callable[..., RunSummary]
) -> None:
    rows = [*subject("1"), *subject("2")]
    rows[0]["redcap_data_access_group"] = "site_a"
    client.import_rows(rows)
    summary = as_user(rights=LEAST, group="site_a")
    assert summary.error is not None
    assert (summary.error.code, summary.exit) == ("GUARD-GROUP", 4)
    assert results(client) == {}


def test_a_locked_record_is_frozen_and_not_failed(
    client: RedcapClient, project: ProjectSettings, order: Order
) -> None:
    client.import_rows([*subject("1"), *subject("2")])
    order("lock", record="1")
    summary = sync(project, load_protocol())
    assert summary.exit == 0
    assert summary.as_dict()["records_frozen"] == ["1"]
    assert list(results(client)) == ["2"]
    order("lock", record="1", locked=False)
    assert sync(project, load_protocol()).as_dict()["records_frozen"] == []
    assert list(results(client)) == ["1", "2"]
