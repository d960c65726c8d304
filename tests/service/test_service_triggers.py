"""From a save in REDCap to the derived values, through the service as it runs in the field."""

from __future__ import annotations

import json
import signal

import pytest
from service_process import OTHER, SECRET, Order, Service, Study, until
from study import base, kidney_event, project_xml, sample, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.sandbox.process import SandboxProcess


def first_run_done(service: Service) -> bool:
    projects = service.get("health").json()["projects"]
    return projects["study"]["last_exit"] is not None


def cell(client: RedcapClient, record: str, field: str) -> set[str]:
    rows = client.export_rows(records=[record])
    return {row[field] for row in rows if row.get(field)}


def test_an_edit_comes_back_as_derived_values(study: Study, client: RedcapClient, order: Order) -> None:
    client.import_rows(subject("1")[:-1])
    config = study.configure("debounce = 1\npoll_every = 1440")
    with Service(config) as service:
        until(lambda: first_run_done(service))
        order("behaviour", trigger_url=service.address())
        event = kidney_event("1")
        values = {name: value for name, value in event.items() if name.startswith("kidney_")}
        assert cell(client, "1", "res_onset_d") == set()
        order("save", record="1", form="licats_kidney", values=values, instance=1)
        until(lambda: cell(client, "1", "res_onset_d") != set())
        until(lambda: study.waiting() == 0)
        assert service.stop() == 0
    assert service.said() == ""


def test_killed_between_acceptance_and_work_nothing_is_lost(study: Study, client: RedcapClient) -> None:
    client.import_rows(subject("1"))
    config = study.configure("debounce = 3\npoll_every = 1440")
    with Service(config) as service:
        assert service.post(study.trigger("1")) == 204
        assert service.stop(signal.SIGKILL) == -signal.SIGKILL
    assert study.waiting() == 1
    with Service(config):
        until(lambda: study.waiting() == 0)
    assert cell(client, "1", "res_onset_d")


def test_an_outage_of_redcap_delays_and_loses_nothing(study: Study, client: RedcapClient) -> None:
    client.import_rows(subject("1"))
    config = study.configure()
    token = study.folder / "study.token"
    with Service(config) as service:
        until(lambda: first_run_done(service))
        token.write_text("A" * 32)
        client.import_rows([kidney_event("1", kidney_end="2026-01-29")])
        assert service.post(study.trigger("1")) == 204
        until(lambda: service.get("health").json()["projects"]["study"]["last_exit"] == 3)
        assert service.get("health").status_code == 200
        assert study.waiting() == 1
        token.write_text(study.token)
        until(lambda: study.waiting() == 0)


def test_a_record_that_is_not_there_is_passed_over(study: Study, client: RedcapClient) -> None:
    client.import_rows([base("1"), sample("1", 1, "2026-01-03", "0.8")])
    with Service(study.configure()) as service:
        assert service.post(study.trigger("no such record")) == 204
        assert service.post(study.trigger("1")) == 204
        until(lambda: study.waiting() == 0 and first_run_done(service))
        assert service.get("health").json()["projects"]["study"]["last_exit"] == 0


def test_only_what_is_due_is_let_in(study: Study, client: RedcapClient) -> None:
    client.import_rows([base("1")])
    config = study.configure("debounce = 300\nmax_wait = 300\npoll_every = 1440")
    with Service(config) as service:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert service.post(study.trigger(), "0" * 32) == 404
        assert service.post(study.trigger(), SECRET[:-1]) == 404
        assert service.post(study.trigger(project_id="999")) == 403
        assert service.post(study.trigger(redcap_url="https://elsewhere.example.org/")) == 403
        assert service.post(b"record=1&" + b"x" * 17_000, headers=form) == 413
        assert service.post(json.dumps(study.trigger()), headers={"Content-Type": "application/json"}) == 415
        assert service.post(b"\xff\xfe garbage", headers=form) == 400
        assert service.get(f"trigger/{SECRET}").status_code == 405
        assert study.waiting() == 0
        assert service.post(study.trigger("1", instrument="licats_result")) == 204
        assert service.post(study.trigger("1", username="licats_worker")) == 204
        assert study.waiting() == 0
        assert service.post(study.trigger("1")) == 204
        assert service.post(study.trigger("1"), OTHER) == 204
        assert service.post(study.trigger("日本"), OTHER) == 204
        assert study.waiting() == 2
        shown = service.get("metrics").text + service.get("health").text
        assert 'licats_triggers_total{result="accepted"} 3' in shown
        assert 'licats_triggers_total{result="own"} 2' in shown
        assert 'licats_hints_waiting{project="study"} 2' in shown
        for told in (shown, service.log(), service.said()):
            assert SECRET not in told
            assert OTHER not in told
            assert study.token not in told
            assert "日本" not in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(study: Study, client: RedcapClient, number: int) -> None:
    client.import_rows(subject("1"))
    with Service(study.configure()) as service:
        assert service.stop(number) == 0
    assert service.said() == ""


def test_two_projects_of_one_service_are_kept_apart(
    study: Study, client: RedcapClient, sandbox: SandboxProcess
) -> None:
    token = create_project(sandbox.url, sandbox.super_token, title="Two", odm=project_xml(), rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as other:
        for one in (client, other):
            one.import_rows(subject("1")[:-1])
        number = other.project_info().project_id
        config = study.configure()
        second = study.second(number, token)
        config.write_text(second + config.read_text())
        with Service(config) as service:
            until(lambda: first_run_done(service))
            until(lambda: service.get("health").json()["projects"]["second"]["last_exit"] == 0)
            for one in (client, other):
                one.import_rows([kidney_event("1")])
            assert service.post(study.trigger("1", project_id=str(number))) == 204
            until(lambda: cell(other, "1", "res_onset_d") != set())
            assert cell(client, "1", "res_onset_d") == set()
            assert service.post(study.trigger("1")) == 204
            until(lambda: cell(client, "1", "res_onset_d") != set())
            assert service.stop() == 0
