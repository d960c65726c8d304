from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

import pytest
from scripted_server import HTML, TOKEN, Answer, ScriptedServer, answer_error

from redcap_licats.api.limit import Limiter
from redcap_licats.api.reply import Expected
from redcap_licats.api.transport import Transport
from redcap_licats.errors import ConfigError, LicatsError, RetriableError, ServerError


def transport(server: ScriptedServer, **options: float) -> Transport:
    return Transport(server.url, TOKEN, limiter=Limiter(0), **options)


def test_the_token_is_not_sent_unencrypted() -> None:
    with pytest.raises(ConfigError) as caught:
        Transport("http://redcap.example.org/api/", TOKEN, limiter=Limiter(0))
    assert caught.value.code == "API-URL"


@pytest.mark.parametrize("token", ["", "xyz", "g" * 32, "a" * 31, "a" * 33])
def test_a_token_of_the_wrong_shape_is_not_quoted(token: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Transport("https://redcap.example.org/api/", token, limiter=Limiter(0))
    assert caught.value.code == "API-TOKEN-SHAPE"
    assert not token or token not in str(caught.value)


def test_a_redirect_is_refused_and_the_token_goes_nowhere(server: ScriptedServer) -> None:
    server.script = [Answer(status=307, headers={"Location": server.url})]
    with pytest.raises(ServerError) as caught:
        transport(server).send({"content": "version"}, Expected.TEXT)
    assert caught.value.code == "API-REDIRECT"
    assert len(server.forms) == 1


def test_netrc_is_ignored(server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password word\ndefault login someone password word\n")
    monkeypatch.setenv("NETRC", str(netrc))
    transport(server).send({"content": "x"}, Expected.JSON)
    assert "Authorization" not in server.headers[0]


def test_a_proxy_never_sees_a_request_to_this_machine(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    transport(server).send({"content": "x"}, Expected.JSON)
    assert len(server.forms) == 1


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        sender = Transport(f"http://127.0.0.1:{port}/api/", TOKEN, limiter=Limiter(0))
        with pytest.raises(RetriableError) as caught:
            sender.send({"content": "x"}, Expected.JSON)
    assert caught.value.code == "API-UNREACHABLE"
    assert sender.requests == 1


def test_no_encryption_where_https_is_written(server: ScriptedServer) -> None:
    sender = Transport(server.url.replace("http:", "https:"), TOKEN, limiter=Limiter(0))
    with pytest.raises(ServerError) as caught:
        sender.send({"content": "x"}, Expected.JSON)
    assert caught.value.code == "API-TLS"


def test_silence_ends_in_a_time_out(server: ScriptedServer) -> None:
    server.script = [Answer(hang=30.0)]
    with pytest.raises(RetriableError) as caught:
        transport(server, read_timeout=0.1).send({"content": "x"}, Expected.JSON)
    assert caught.value.code == "API-TIMEOUT"


def test_a_body_that_trickles_ends_in_a_time_out(server: ScriptedServer) -> None:
    server.script = [Answer(body=b"[" + b" " * 1000 + b"]", trickle=0.002)]
    ticks = iter(range(0, 10_000, 100))
    sender = Transport(server.url, TOKEN, limiter=Limiter(0), read_timeout=150.0, clock=lambda: float(next(ticks)))
    with pytest.raises(RetriableError) as caught:
        sender.send({"content": "x"}, Expected.JSON)
    assert caught.value.code == "API-TIMEOUT"


def test_a_body_that_breaks_off(server: ScriptedServer) -> None:
    server.script = [Answer(body=b'[{"record_id": "1"}]', cut_off=True)]
    with pytest.raises(RetriableError) as caught:
        transport(server).send({"content": "x"}, Expected.JSON)
    assert caught.value.code == "API-BROKEN"


def test_the_servers_clock_comes_from_its_date_header(server: ScriptedServer) -> None:
    sender = transport(server)
    assert sender.server_time is None
    sender.send({"content": "x"}, Expected.JSON)
    assert sender.server_time is not None
    assert sender.server_time.utcoffset() == dt.timedelta(0)


def test_a_token_quoted_by_the_server_reaches_no_message(server: ScriptedServer) -> None:
    server.script = [answer_error(f"The token {TOKEN} is odd")]
    with pytest.raises(LicatsError) as caught:
        transport(server).send({"content": "x"}, Expected.JSON)
    assert TOKEN not in str(caught.value)
    assert "[token]" in str(caught.value)


def test_requests_are_counted_whatever_becomes_of_them(server: ScriptedServer) -> None:
    server.script = [Answer(), Answer(body=HTML), Answer(status=500)]
    sender = transport(server)
    sender.send({"content": "x"}, Expected.JSON)
    for _ in range(2):
        with pytest.raises(RetriableError):
            sender.send({"content": "x"}, Expected.JSON)
    assert sender.requests == 3
