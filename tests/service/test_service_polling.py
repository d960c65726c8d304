"""Where nothing announces a save: from an edit to derived values by looking now and then."""

from __future__ import annotations

from service_process import Order, Service, Study, until
from study import kidney_event, subject

from redcap_licats.api.client import RedcapClient


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
