from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from told_runs import FUSE, Watch, outcome

from redcap_licats.config import NotifySettings, TokenSource
from redcap_licats.errors import RUN_LOCKED, ConfigError, GuardError, ServerError
from redcap_licats.notify.log import json_log
from redcap_licats.notify.model import Outcome
from redcap_licats.notify.ping import ping
from redcap_licats.notify.repeated import not_yet_mailed, remember
from redcap_licats.notify.tell import tell_begin, tell_end

AT = dt.datetime(2026, 3, 1, 11, 30, tzinfo=dt.UTC)
DOWN = ServerError("API-UNREACHABLE", "The server cannot be reached")


def no_secret(_source: TokenSource) -> str:
    raise ConfigError("TOKEN-MISSING", "There is no password of the mail server")


def end(settings: NotifySettings, memory: Path, *outcomes: Outcome) -> tuple[str, ...]:
    return tell_end(settings, outcomes, projects=["tokyo"], memory=memory, secret=no_secret, at=AT)


def watched(watch: Watch, **more: object) -> NotifySettings:
    urls = {name: f"{watch.url}/{name}" for name in ("start", "success", "fail")}
    return NotifySettings.model_validate({"ping": urls | more})


def test_the_health_check_hears_of_start_and_end(watch: Watch, tmp_path: Path) -> None:
    settings = watched(watch)
    assert tell_begin(settings, ["tokyo"]) == ()
    assert end(settings, tmp_path, outcome()) == ()
    assert end(settings, tmp_path, outcome(), outcome("osaka", exit=1)) == ()
    assert end(settings, tmp_path, outcome(error=FUSE)) == ()
    assert watch.called == ["/start", "/success", "/fail", "/fail"]


def test_a_run_that_found_another_going_on_tells_nothing_but_the_log(watch: Watch, tmp_path: Path) -> None:
    busy = outcome(error=GuardError(RUN_LOCKED, "Another run is going on"))
    settings = watched(watch).model_copy(update={"metrics": tmp_path / "licats.prom"})
    with json_log(tmp_path / "log"):
        assert end(settings, tmp_path, busy) == ()
    assert watch.called == []
    assert not (tmp_path / "licats.prom").exists()
    assert RUN_LOCKED in (tmp_path / "log").read_text()
    assert end(settings, tmp_path, busy, outcome("osaka")) == ()
    assert watch.called == ["/success"]


def test_addresses_that_are_not_given_are_not_called(watch: Watch, tmp_path: Path) -> None:
    settings = NotifySettings.model_validate({"ping": {"fail": f"{watch.url}/fail"}})
    assert tell_begin(settings, ["tokyo"]) == ()
    assert end(settings, tmp_path, outcome()) == ()
    assert watch.called == []


@pytest.mark.parametrize(("path", "trouble"), [("/500/", "HTTP 500"), ("/302/", "HTTP 302"), ("/200/", "")])
def test_what_a_health_check_answers(watch: Watch, path: str, trouble: str) -> None:
    assert ping(watch.url + path, 5) == trouble
    assert watch.called == [path]


def test_a_health_check_that_does_not_answer_holds_up_nobody(watch: Watch) -> None:
    assert ping(f"{watch.url}/slow/", 0.2) in ("no answer in time", "ReadTimeout")
    assert ping("http://127.0.0.1:9/s3cret", 5) == "ConnectionError"


def test_what_cannot_be_told_is_said_and_logged_and_the_rest_is_told(watch: Watch, tmp_path: Path) -> None:
    settings = NotifySettings.model_validate(
        {
            "metrics": tmp_path / "none" / "licats.prom",
            "ping": {"start": f"{watch.url}/500/s3cret", "fail": f"{watch.url}/500/s3cret"},
            "mail": {
                "host": "127.0.0.1",
                "sender": "a@example.org",
                "to": ["b@example.org"],
                "user": "licats",
                "password": {"env": "SURELY_NOT_SET"},
            },
        }
    )
    log = tmp_path / "log"
    with json_log(log):
        assert tell_begin(settings, ["tokyo"]) == ("health check: HTTP 500",)
        metrics, check, mail = end(settings, tmp_path, outcome(error=FUSE))
    assert metrics.startswith("metrics: No such file")
    assert check == "health check: HTTP 500"
    assert "TOKEN-MISSING" in mail
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["run begins", "not told", "run ended", *["not told"] * 3]
    assert "s3cret" not in log.read_text()


def test_a_failure_that_lasts_is_mailed_once_a_day(tmp_path: Path) -> None:
    today, tomorrow = dt.date(2026, 3, 1), dt.date(2026, 3, 2)
    failed, other = outcome(error=FUSE), outcome("osaka", exit=1)
    assert not_yet_mailed(tmp_path, [failed, other, outcome("kobe")], today) == (failed, other)
    remember(tmp_path, [failed, other], today)
    assert not_yet_mailed(tmp_path, [failed, other], today) == ()
    assert not_yet_mailed(tmp_path, [failed], tomorrow) == (failed,)
    changed = outcome(error=DOWN)
    assert not_yet_mailed(tmp_path, [changed, other], today) == (changed,)
    remember(tmp_path, [outcome()], today)
    assert not_yet_mailed(tmp_path, [failed, other], today) == (failed,)


@pytest.mark.parametrize("content", ["", "{", "[]", "{1: 2}"])
def test_memory_that_cannot_be_read_means_not_mailed(tmp_path: Path, content: str) -> None:
    (tmp_path / "mailed.json").write_text(content)
    assert not_yet_mailed(tmp_path, [outcome(error=FUSE)], AT.date())
    remember(tmp_path / "mailed.json" / "no folder", [outcome(error=FUSE)], AT.date())


def test_mail_that_did_not_go_out_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = NotifySettings.model_validate(
        {
            "mail": {
                "host": "127.0.0.1",
                "port": 9,
                "security": "none",
                "sender": "a@example.org",
                "to": ["b@example.org"],
            }
        }
    )
    for _ in range(2):
        assert end(settings, tmp_path, outcome(error=FUSE)) == ("mail: ConnectionRefusedError",)
    assert end(settings, tmp_path, outcome()) == ()
