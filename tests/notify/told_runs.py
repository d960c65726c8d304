from __future__ import annotations

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from redcap_licats.errors import GuardError, LicatsError
from redcap_licats.notify.model import Outcome

STARTED = dt.datetime(2026, 3, 1, 2, 30, tzinfo=dt.UTC)
FUSE = GuardError("GUARD-FUSE", "It would change 900 cells", where="project 'tokyo'", remedy="See --dry-run.")


def outcome(project: str = "tokyo", *, exit: int = 0, error: LicatsError | None = None, **more: int) -> Outcome:
    queries = {"held": 1, "opened": 2, "resolved": 3, "reopened": 0, "cancelled": 0, "open": 7}
    return Outcome(
        project=project,
        project_id=12,
        run_id=f"{project}-run",
        started=STARTED,
        seconds=2.5,
        exit=error.exit_code if error else exit,
        error=error,
        records_read=40,
        records_due=38,
        queries=queries,
        requests=11,
        protocol_version="1.0",
        protocol_hash="abc",
        **more,
    )


class Watch(ThreadingHTTPServer):
    """A health-check service: ``/500/…`` is answered with HTTP 500, ``/slow/…`` not before the test's end."""

    daemon_threads = True

    def __init__(self) -> None:
        self.called: list[str] = []
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Watch

    def do_GET(self) -> None:
        self.server.called.append(self.path)
        if self.path.startswith("/slow"):
            self.server.over.wait()
        status = int(self.path[1:4]) if self.path[1:4].isdigit() else 200
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""
