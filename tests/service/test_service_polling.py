"""Where nothing announces a save: from an edit to derived values by looking now and then."""

from __future__ import annotations

import threading

from service_process import Order, Service, Study, until
from study import kidney_event, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import load_config
from redcap_licats.journal.engine import open_engine
from redcap_licats.journal.hints import HintQueue
from redcap_licats.service.worker import ProjectWorker
from redcap_licats.sync.job import Ended


def test_an_edit_that_nobody_announced_is_found(study: Study, client: RedcapClient, order: Order) -> None:
    client.import_rows(subject("1")[:-1])
    config = study.configure("poll_every = 0.02")

    def results() -> set[str]:
        return {row["res_onset_d"] for row in client.export_rows(["1"]) if row["res_onset_d"]}

    with Service(config) as service:
        until(lambda: service.get("health").json()["projects"]["study"]["last_exit"] == 0)
        assert results() == set()
        event = {name: value for name, value in kidney_event("1").items() if name.startswith("kidney_")}
        order("save", record="1", form="licats_kidney", values=event, instance=1)
        until(lambda: results() == {"2026-01-20"})
        assert 'licats_triggers_total{result="accepted"} 0' in service.get("metrics").text
        assert service.stop() == 0
    assert service.said() == ""


def test_a_module_that_is_not_there_is_told_once_and_runs_go_on(study: Study) -> None:
    config = load_config(study.configure("pull_every = 1\npoll_every = 0.005", "module = true"))
    settings = config.project[0]
    engine, stopped = open_engine(settings.state), threading.Event()
    runs: list[Ended] = []
    unheard: list[str] = []
    queue = HintQueue(engine, settings.key)
    worker = ProjectWorker(
        settings, config.service, queue, lambda ended, _: runs.append(ended), unheard.append, stopped
    )
    try:
        worker.start()
        until(lambda: len(runs) > 1)
    finally:
        stopped.set()
        worker.join()
        engine.dispose()
    assert {one.summary.exit for one in runs} == {0}
    (told,) = unheard
    assert "project 'study': MODULE-ABSENT" in told
