"""Fetch tokens and passwords from where the configuration says they are kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from redcap_licats.config import ProjectSettings, TokenSource
from redcap_licats.errors import ConfigError

KEYRING_SERVICE = "redcap_licats"


def read_token(settings: ProjectSettings) -> str:
    """Fetch a project's token from where it is kept.

    Raises:
        ConfigError: It is not there, or the file that holds it is open to everybody.
    """
    return read_secret(settings.token, f"token for project '{settings.name}'", "REDCap shows it on its page 'API'")


def read_secret(source: TokenSource, what: str, hint: str = "") -> str:
    """Fetch a secret from where it is kept.

    Args:
        source: Where it is kept.
        what: What it is, in words.
        hint: Where people find it, for the remedy.

    Raises:
        ConfigError: It is not there, or the file that holds it is open to everybody.
    """
    if source.env is not None:
        secret = os.environ.get(source.env, "")
        place = f"environment variable {source.env}"
    elif source.file is not None:
        secret = _read_file(source.file)
        place = str(source.file)
    else:
        secret = _read_keyring(source.keyring or "")
        place = f"keyring, service {KEYRING_SERVICE}, user {source.keyring}"
    if not secret.strip():
        raise ConfigError(
            "TOKEN-MISSING",
            f"There is no {what}",
            where=place,
            remedy=f"Put it there; {hint}." if hint else "Put it there.",
        )
    return secret.strip()


def _read_file(path: Path) -> str:
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO:
            raise ConfigError(
                "TOKEN-FILE-OPEN",
                "Every user of this machine may read or change the file that holds the secret",
                where=str(path),
                remedy=f"chmod 600 {path}",
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            "TOKEN-FILE",
            f"The file that should hold the secret cannot be read: {error.strerror}",
            where=str(path),
            remedy="Correct the file's name in the configuration, or its owner.",
        ) from error


def _read_keyring(user: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise ConfigError(
            "TOKEN-KEYRING",
            "The package 'keyring' is not installed",
            where=f"keyring entry {user}",
            remedy="pip install 'redcap_licats[keyring]', or keep the secret in a file.",
        ) from error
    try:
        return keyring.get_password(KEYRING_SERVICE, user) or ""
    except KeyringError as error:
        raise ConfigError(
            "TOKEN-KEYRING",
            f"The keyring cannot be opened: {type(error).__name__}",
            where=f"keyring, service {KEYRING_SERVICE}",
            remedy="Unlock it, or keep the secret in a file.",
        ) from error
