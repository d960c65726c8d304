"""Who calls, and how often: whose word on an address is believed, and what is too much."""

from __future__ import annotations

import pytest
import requests
from service_process import SECRET, Service, Study

from redcap_licats.api.client import RedcapClient

QUIET = "debounce = 300\nmax_wait = 300\npoll_every = 1440\n"
WRONG = "0" * 32


def refused(service: Service, address: str) -> int:
    headers = {"X-Forwarded-For": address}
    return requests.post(service.address(WRONG), data={"a": "b"}, headers=headers, timeout=30).status_code


def test_a_stranger_cannot_call_himself_another(study: Study, client: RedcapClient) -> None:
    with Service(study.configure(QUIET)) as service:
        assert {refused(service, f"10.0.0.{number}") for number in range(20)} == {404}
        assert 429 in {refused(service, f"10.0.1.{number}") for number in range(20)}
        assert service.post(study.trigger()) == 204, "who knows the secret is let in all the same"


def test_a_proxy_that_is_configured_is_believed(study: Study, client: RedcapClient) -> None:
    with Service(study.configure(QUIET + 'proxies = ["127.0.0.0/8"]')) as service:
        assert {refused(service, f"10.0.0.{number}") for number in range(60)} == {404}
        assert 429 in {refused(service, "10.0.0.1") for _ in range(40)}


def test_too_many_triggers_are_refused_and_counted(study: Study, client: RedcapClient) -> None:
    with Service(study.configure(QUIET + "rate_per_second = 0.2")) as service:
        assert [service.post(study.trigger(str(number))) for number in range(4)] == [204, 204, 429, 429]
        assert 'licats_triggers_total{result="too_many"} 2' in service.get("metrics").text
    assert study.waiting() == 2


@pytest.mark.parametrize("service", ["secrets = []", ""])
def test_without_secrets_nobody_is_let_in(study: Study, client: RedcapClient, service: str) -> None:
    config = study.configure(QUIET)
    text = config.read_text()
    start = text.index("secrets = ")
    config.write_text(text[:start] + service + text[text.index("\n", start) :])
    with Service(config) as running:
        assert running.post(study.trigger(), SECRET) == 404
        assert running.post(study.trigger(), "x") == 404
        assert running.get("health").status_code == 200
