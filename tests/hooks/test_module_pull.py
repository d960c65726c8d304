"""From a save to derived values through the module's list: real PHP, the real service, a sandbox's data."""

from __future__ import annotations

import json
from pathlib import Path

from one_address import one_address
from service_process import Service, Study, until
from small_redcap import SmallRedcap
from study import kidney_event, project_xml, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.sandbox.process import SandboxProcess


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
