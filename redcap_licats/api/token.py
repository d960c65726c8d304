"""Fetch a project's token from where the configuration says it is kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError

KEYRING_SERVICE = "redcap_licats"


def read_token(settings: ProjectSettings) -> str:
    """Fetch a project's token from where it is kept.

    Raises:
        ConfigError: It is not there, or the file that holds it is open to everybody.
    """
    source = settings.token
    if source.env is not None:
        token = os.environ.get(source.env, "")
        place = f"environment variable {source.env}"
    elif source.file is not None:
        token = _read_token_file(source.file)
        place = str(source.file)
    else:
        token = _read_keyring(source.keyring or "")
        place = f"keyring, service {KEYRING_SERVICE}, user {source.keyring}"
    if not token.strip():
        raise ConfigError(
            "TOKEN-MISSING",
            f"There is no token for project '{settings.name}'",
            where=place,
            remedy="Put the project's API token there; REDCap shows it on its page 'API'.",
        )
    return token.strip()


def _read_token_file(path: Path) -> str:
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO:
            raise ConfigError(
                "TOKEN-FILE-OPEN",
                "Every user of this machine may read or change the file that holds the token",
                where=str(path),
                remedy=f"chmod 600 {path}",
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            "TOKEN-FILE",
            f"The file that should hold the token cannot be read: {error.strerror}",
            where=str(path),
            remedy="Correct the key 'token.file' or the file's owner.",
        ) from error


def _read_keyring(user: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise ConfigError(
            "TOKEN-KEYRING",
            "The package 'keyring' is not installed",
            where="token.keyring",
            remedy="pip install 'redcap_licats[keyring]', or keep the token in a file.",
        ) from error
    try:
        return keyring.get_password(KEYRING_SERVICE, user) or ""
    except KeyringError as error:
        raise ConfigError(
            "TOKEN-KEYRING",
            f"The keyring cannot be opened: {type(error).__name__}",
            where=f"keyring, service {KEYRING_SERVICE}",
            remedy="Unlock it, or keep the token in a file.",
        ) from error
