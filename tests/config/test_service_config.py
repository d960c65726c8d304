"""``[service]``: defaults, and what is refused in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from redcap_licats.config import load_config
from redcap_licats.errors import ConfigError
from redcap_licats.service.serve import serve

PROJECT = """
[[project]]
name = "tokyo"
url = "https://redcap.example.org/api/"
project_id = 12
token = { env = "TOKYO_TOKEN" }
"""


def refusal(folder: Path, service: str) -> ConfigError:
    path = folder / "licats.toml"
    path.write_text(f"{PROJECT}\n[service]\n{service}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return caught.value


def test_defaults_listen_on_this_machine_only(tmp_path: Path) -> None:
    (tmp_path / "licats.toml").write_text(PROJECT, encoding="utf-8")
    service = load_config(tmp_path / "licats.toml").service
    assert (service.host, service.secrets, service.proxies) == ("127.0.0.1", (), ())
    assert (service.debounce, service.max_wait) == (20, 120)


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("debouce = 1", ["service.debouce", "Did you mean 'debounce'"]),
        ("secrets = [{ fil = 'x' }]", ["service.secrets.fil", "Did you mean 'file'"]),
        ("secrets = ['0123456789abcdef0123456789abcdef']", ["service.secrets", "never the secrets"]),
        ("secrets = [{ env = 'A' }, { env = 'B' }, { env = 'C' }]", ["service.secrets"]),
        ("port = 70000", ["service.port"]),
        ("proxies = ['proxy.example.org']", ["no address or network"]),
        ("debounce = 30\nmax_wait = 10", ["'max_wait' must not be less than 'debounce'"]),
        ("poll_every = 0", ["service.poll_every"]),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, service: str, words: list[str]) -> None:
    error = refusal(tmp_path, service)
    for word in words:
        assert word in str(error)
    assert "0123456789abcdef" not in str(error)


def test_one_project_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "licats.toml"
    path.write_text(PROJECT + PROJECT.replace("tokyo", "again"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        serve(load_config(path), lambda _url: None, lambda _troubles: None, lambda _what: None)
    assert caught.value.code == "SERVICE-TWICE"
