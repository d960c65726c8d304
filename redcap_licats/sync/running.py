"""What every run that writes goes through: an id, one client, one lock, a line in the journal."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.token import read_token
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import RUN_BROKEN, FatalError, LicatsError, StoppedError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Run
from redcap_licats.mapping import load_mapping
from redcap_licats.mapping.client import MappedClient
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.lock import alone

#: error code of a run that somebody broke off
INTERRUPTED = "INTERRUPTED"


class Told(Protocol):
    """What a run tells when it ends."""

    error: LicatsError | None
    records_read: int
    cells_written: int

    @property
    def exit(self) -> int:
        """Exit code of the run."""


def new_run_id(started: dt.datetime) -> str:
    """Name a run by its time, and something that no other run of that second has."""
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def client_of(settings: ProjectSettings) -> RedcapClient:
    """Give a project's client."""
    return client_with(settings, read_token(settings))


def client_with(settings: ProjectSettings, token: str) -> RedcapClient:
    """Give a project's client with another token; with the study's mapping, where it has one."""
    if settings.mapping is None:
        return RedcapClient(settings.url, token, rate_per_minute=settings.rate_per_minute)
    protocol = load_protocol(settings.overlay)
    return MappedClient(
        settings.url,
        token,
        rate_per_minute=settings.rate_per_minute,
        mapping=load_mapping(settings.mapping, protocol),
        protocol=protocol,
    )


@contextmanager
def journalled(settings: ProjectSettings, run: Run, told: Told) -> Iterator[Journal]:
    """Run alone, with the journal open; how the run ended is written down whatever happens.

    An error that stops the block is put into ``told`` and goes no further.

    Raises:
        GuardError: Another run of the project is going on.
        ConfigError: The state cannot be used.
    """
    with alone(settings, now=run.started) as journal:
        journal.start(run)
        code, exit_code = "", 0
        try:
            yield journal
        except LicatsError as error:
            told.error = error
            code = error.code
        except KeyboardInterrupt:
            code, exit_code = INTERRUPTED, StoppedError.exit_code
            raise
        except Exception:
            code, exit_code = RUN_BROKEN, FatalError.exit_code
            raise
        finally:
            journal.finish(
                replace(
                    run,
                    finished=dt.datetime.now(dt.UTC),
                    exit_code=exit_code or told.exit,
                    error_code=code,
                    records_read=told.records_read,
                    cells_written=told.cells_written,
                )
            )
