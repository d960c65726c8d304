"""The secret by which rows of workbooks are bound to their queries."""

from __future__ import annotations

import contextlib
import os
import secrets

from redcap_licats.api.token import read_secret
from redcap_licats.config import ProjectSettings, TokenSource
from redcap_licats.errors import ConfigError

_LEAST = 32


def secret_for_writing(settings: ProjectSettings) -> bytes:
    """Give the project's secret; made at first use where the configuration does not say where it is kept.

    Raises:
        ConfigError: It cannot be read or kept, or is too short.
    """
    if settings.report_key is None:
        path = settings.report_key_file
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # whole or not there at all, also where two make it at a time
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        except OSError as error:
            raise ConfigError(
                "REPORT-KEY",
                f"The key of the workbooks cannot be kept: {error.strerror}",
                where=str(path),
                remedy="Check that the state folder can be written to, or set 'report_key' in the configuration.",
            ) from error
    return secret_for_reading(settings)


def secret_for_reading(settings: ProjectSettings) -> bytes:
    """Give the project's secret.

    Raises:
        ConfigError: There is none, so that no workbook of this project can be told from a forged one.
    """
    source = settings.report_key or TokenSource(file=settings.report_key_file)
    if settings.report_key is None and not settings.report_key_file.exists():
        raise ConfigError(
            "REPORT-KEY",
            "There is no key of the workbooks here, so none can be read back",
            where=str(settings.report_key_file),
            remedy="Bring the file back from where the workbooks were made, or make new ones: licats report",
        )
    secret = read_secret(source, f"key of the workbooks of project '{settings.name}'")
    if len(secret) < _LEAST:
        raise ConfigError(
            "REPORT-KEY-SHORT",
            f"The key of the workbooks is shorter than {_LEAST} characters, so it could be guessed",
            where=f"project '{settings.name}'",
            remedy='Make one, such as with: python3 -c "import secrets; print(secrets.token_hex(32))"',
        )
    return secret.encode()
