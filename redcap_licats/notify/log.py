"""Log lines for machines: one JSON object per line."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from redcap_licats.errors import ConfigError
from redcap_licats.notify.model import Outcome

#: the logger above all loggers of the program
ROOT = logging.getLogger("redcap_licats")
_LOG = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """Format a message with the facts that came along as its ``extra={"facts": …}``."""

    def format(self, record: logging.LogRecord) -> str:
        """Give one line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": at, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(line | getattr(record, "facts", {}), ensure_ascii=False)


class _PrivateFile(logging.Handler):
    """A file that only its owner reads, opened for each line, as it may be rotated away or shared."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._troubled = False
        os.close(self._open())

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _write(self, line: str) -> None:
        handle = self._open()
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; what cannot be written stops no run and is said once."""
        try:
            self._write(f"{self.format(record)}\n")
        except OSError as error:
            if not self._troubled:
                print(f"The log cannot be written: {error.strerror} ({self._path})", file=sys.stderr)
            self._troubled = True


@contextmanager
def json_log(path: Path | None) -> Iterator[None]:
    """Log to a file within the block; to nowhere without a path.

    Raises:
        ConfigError: The file cannot be opened.
    """
    if path is None:
        yield
        return
    try:
        handler = _PrivateFile(path)
    except OSError as error:
        raise ConfigError(
            "LOG-OPEN",
            f"The log cannot be opened: {error.strerror}",
            where=str(path),
            remedy="Name a file in a folder that exists and that the worker's user may write to.",
        ) from error
    handler.setFormatter(JsonLines())
    level = ROOT.level
    ROOT.addHandler(handler)
    ROOT.setLevel(logging.INFO)
    try:
        yield
    finally:
        ROOT.setLevel(level)
        ROOT.removeHandler(handler)
        handler.close()


def log_begin(projects: Sequence[str]) -> None:
    """Log that a run begins."""
    _LOG.info("run begins", extra={"facts": {"projects": list(projects)}})


def log_outcome(outcome: Outcome) -> None:
    """Log how a run ended."""
    error = outcome.error
    facts = {
        "project": outcome.project,
        "project_id": outcome.project_id,
        "run_id": outcome.run_id,
        "exit": outcome.exit,
        "error": error.code if error else None,
        "message": error.message if error else None,
        "records_read": outcome.records_read,
        "records_due": outcome.records_due,
        "records_left_out": outcome.left_out,
        "records_frozen": outcome.frozen,
        "cells_written": outcome.cells_written,
        "queries": dict(outcome.queries),
        "requests": outcome.requests,
        "seconds": round(outcome.seconds, 3),
        "protocol": outcome.protocol_version,
    }
    level = logging.ERROR if error else logging.WARNING if outcome.exit else logging.INFO
    _LOG.log(level, "run ended", extra={"facts": facts})
