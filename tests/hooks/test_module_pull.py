"""From a save to derived values through the module's list: real PHP, the real service, a sandbox's data."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from drw_study import Study as Asked
from one_address import one_address
from service_process import Service, Study, until
from small_redcap import SmallRedcap
from study import kidney_event, project_xml, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.journal.engine import open_engine
from redcap_licats.journal.hints import NONE, HintQueue
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.service.pull import Puller


def test_a_save_comes_back_as_derived_values(redcap: SmallRedcap, sandbox: SandboxProcess, tmp_path: Path) -> None:
    token = create_project(sandbox.url, sandbox.super_token, title="LICATS", odm=project_xml(), rate_per_minute=0)
    with (
        RedcapClient(sandbox.url, token, rate_per_minute=0) as client,
        one_address(sandbox.url, f"{redcap.url}/api/") as url,
    ):
        client.import_rows(subject("1")[:-1])
        study = Study(tmp_path, url, client.project_info().project_id, token)
        config = study.configure("pull_every = 1\npoll_every = 1440", "module = true")

        def results() -> set[str]:
            return {row["res_onset_d"] for row in client.export_rows(["1"]) if row["res_onset_d"]}

        with redcap.client() as module, Service(config) as service:
            until(lambda: service.get("health").json()["projects"]["study"]["last_exit"] == 0)
            assert results() == set()
            client.import_rows([kidney_event("1")])
            redcap.save("1", "licats_kidney", 1)
            redcap.save("1", "labs", 2)
            until(lambda: results() == {"2026-01-20"})
            until(lambda: module.module.changes().waiting == 0)
            assert study.waiting() == 0
            assert "Computed at" in json.loads(redcap.do("banner"))
            # nothing can be worked off: it stays on the list
            (tmp_path / "study.token").write_text("A" * 32)
            redcap.save("1", "licats_kidney", 1)
            until(lambda: service.get("health").json()["projects"]["study"]["last_exit"] == 3)
            assert module.module.changes().waiting == 1
            (tmp_path / "study.token").write_text(token)
            until(lambda: module.module.changes().waiting == 0)
            assert service.stop() == 0
    assert service.said() == ""


def test_what_is_only_said_in_a_thread_is_heard_once_with_the_list(asked: Asked) -> None:
    engine = open_engine(asked.project.state)
    try:
        queue = HintQueue(engine, asked.project.key)
        puller = Puller(asked.project, queue)

        def heard() -> list[str]:
            puller.fetch()
            hints = queue.take(dt.datetime.now(dt.UTC), 10)
            queue.settle(hints, dt.datetime.now(dt.UTC), NONE)
            return [one.record for one in hints]

        assert heard() == []
        asked.say("kidney_onset", response="OTHER")
        assert heard() == ["1"]
        assert heard() == []
        asked.redcap.save("1", "labs")
        asked.say("kidney_onset", user="3")
        assert heard() == ["1"]
    finally:
        engine.dispose()
