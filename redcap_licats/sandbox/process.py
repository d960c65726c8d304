"""The server in a process of its own, for tests, demos and measurements."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from redcap_licats.errors import ServerError

_STOP_SECONDS = 10
_ORDER_SECONDS = 60


class SandboxProcess:
    """Runs the server while a ``with`` block lasts, on a free loopback port.

    Args:
        project: Project XML from which a project is created at the start.
        db: SQLite file that keeps everything; without it all is forgotten at the end.
        port: Port, 0 for any free one.
        faults: Rate of deliberate faults, as ``--faults`` takes it.

    Attributes:
        url: API address, ending in ``/api/``.
        super_token: Token that creates projects (64 hexadecimal characters).
        token: Token of the project given, or ''.
    """

    def __init__(
        self, project: Path | None = None, db: Path | None = None, port: int = 0, faults: str = ""
    ) -> None:
        self._arguments = [sys.executable, "-m", "redcap_licats.sandbox", "--port", str(port)]
        self._arguments += ["--project", str(project)] if project else []
        self._arguments += ["--db", str(db)] if db else []
        self._arguments += ["--faults", faults] if faults else []
        self._process: subprocess.Popen[str] | None = None
        self.url = self.super_token = self.token = ""

    @property
    def pid(self) -> int:
        """Process number of the running server."""
        return self._process.pid if self._process else 0

    def __enter__(self) -> Self:
        """Start the server and wait until it takes connections.

        Raises:
            ServerError: It did not start; the message says why.
        """
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._process = process
        # The line is written once the socket listens: whoever connects after it is served.
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            code = process.wait()
            self._close()
            raise ServerError("SANDBOX-START", f"the sandbox stopped with exit code {code} before it was ready")
        ready = json.loads(line)
        self.url, self.super_token, self.token = ready["url"], ready["super_token"], ready.get("token", "")
        return self

    @property
    def pages(self) -> str:
        """Address of the pages, with its slash."""
        return self.url.removesuffix("api/")

    def order(self, project: int, name: str, **body: object) -> Mapping[str, object]:
        """Give an order to the control endpoint of a project: what a person does by hand in REDCap.

        Raises:
            ServerError: It was not carried out; the message says why.
        """
        reply = requests.post(
            f"{self.pages}sandbox/projects/{project}/{name}",
            json=body,
            headers={"Authorization": f"Bearer {self.super_token}"},
            timeout=_ORDER_SECONDS,
        )
        if not reply.ok:
            raise ServerError("SANDBOX-ORDER", f"the sandbox refused '{name}': {reply.text}", where=self.pages)
        answer: Mapping[str, object] = reply.json()
        return answer

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self._close()

    def _close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
