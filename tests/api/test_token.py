from __future__ import annotations

from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from scripted_server import TOKEN

from redcap_licats.api.token import read_token
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError


def settings(**source: str) -> ProjectSettings:
    return ProjectSettings.model_validate(
        {"name": "tokyo", "url": "https://redcap.example.org/api/", "project_id": 1, "token": source}
    )


def refusal(**source: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_token(settings(**source))
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    return caught.value


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKYO_TOKEN", f" {TOKEN}\n")
    assert read_token(settings(env="TOKYO_TOKEN")) == TOKEN


def test_an_empty_variable_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKYO_TOKEN", "")
    assert "TOKYO_TOKEN" in refusal(env="TOKYO_TOKEN").where
    assert refusal(env="SURELY_NOT_SET").code == "TOKEN-MISSING"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_from_a_file_that_not_everybody_can_open(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(mode)
    assert read_token(settings(file=str(path))) == TOKEN


@pytest.mark.parametrize("mode", [0o644, 0o602, 0o666])
def test_a_file_open_to_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(mode)
    error = refusal(file=str(path))
    assert error.code == "TOKEN-FILE-OPEN"
    assert TOKEN not in str(error)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(file=str(tmp_path / "none")).code == "TOKEN-FILE"


class OneEntry(KeyringBackend):
    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return TOKEN if (service, username) == ("redcap_licats", "tokyo") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


def test_from_the_keyring() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(OneEntry())
    try:
        assert read_token(settings(keyring="tokyo")) == TOKEN
        assert refusal(keyring="osaka").code == "TOKEN-MISSING"
    finally:
        keyring.set_keyring(before)


def test_without_a_keyring_on_this_machine() -> None:
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        assert refusal(keyring="tokyo").code == "TOKEN-KEYRING"
    finally:
        keyring.set_keyring(before)
