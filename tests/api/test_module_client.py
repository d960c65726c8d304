"""The module's answers are not believed where they cannot be true."""

from __future__ import annotations

import pytest
from scripted_server import ScriptedServer, answer_json

from redcap_licats.api.client import RedcapClient
from redcap_licats.errors import ServerError

STEP = {
    "id": 1,
    "at": None,
    "user": "u",
    "ours": True,
    "status": "OPEN",
    "response": "",
    "comment": "",
    "asks": [],
}
THREAD = {"record": "1", "event": "", "form": "labs", "instance": 1, "field": "lab_date", "status": "OPEN"}


def refused(client: RedcapClient, server: ScriptedServer, answer: object, after: int | None = None) -> str:
    server.respond = lambda form: answer_json(answer)
    with pytest.raises(ServerError) as refusal:
        if after is None:
            client.module.threads(["1"])
        else:
            client.module.thread_news(after)
    return refusal.value.code


def test_a_step_may_have_no_time(client: RedcapClient, server: ScriptedServer) -> None:
    server.respond = lambda form: answer_json({"threads": [THREAD | {"steps": [STEP]}]})
    (thread,) = client.module.threads(["1"])
    assert thread.steps[0].at is None


@pytest.mark.parametrize(
    ("thread", "code"),
    [
        (THREAD | {"record": "2", "steps": [STEP]}, "MODULE-ANSWER"),
        (THREAD | {"steps": []}, "MODULE-ANSWER"),
        (THREAD | {"steps": [STEP | {"id": "one"}]}, "MODULE-REPLY"),
        (THREAD, "MODULE-REPLY"),
    ],
)
def test_threads_that_cannot_be(
    client: RedcapClient, server: ScriptedServer, thread: dict[str, object], code: str
) -> None:
    assert refused(client, server, {"threads": [thread]}) == code


@pytest.mark.parametrize("more", [5, 4, 0, -1])
def test_news_that_would_never_end(client: RedcapClient, server: ScriptedServer, more: int) -> None:
    news = {"last": 5, "more": more, "steps": [{"id": 5, "record": "1"}]}
    assert refused(client, server, news, after=5) == "MODULE-ANSWER"
    assert len(server.forms) == 1
