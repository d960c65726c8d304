"""A real HTTP server that answers with what a test scripted, in order, and remembers the forms it was sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from redcap_licats.definition.php_csv import format_row

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
HTML = b"<!DOCTYPE html><html><body>Maintenance</body></html>"


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b"[]"
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    cut_off: bool = False
    trickle: float = 0.0


Form = dict[str, str]
Responder = Callable[[Form], Answer]


def answer_json(content: object, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(content).encode())


def answer_csv(rows: Sequence[Mapping[str, object]]) -> Answer:
    lines = [list(rows[0]), *([str(cell) for cell in row.values()] for row in rows)] if rows else [[]]
    return Answer(body="".join(map(format_row, lines)).encode(), content_type="text/csv; charset=utf-8")


def answer_error(message: str, status: int = 400) -> Answer:
    return answer_json({"error": message}, status)


class ScriptedServer:
    """Answers from ``script`` first, then by ``respond``."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.respond: Responder = lambda form: Answer()
        self.forms: list[Form] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8", "replace")
                form = dict(parse_qsl(body, keep_blank_values=True))
                outer.forms.append(form)
                outer.headers.append(dict(self.headers))
                answer = outer.script.pop(0) if outer.script else outer.respond(form)
                outer.released.wait(answer.hang)
                self.close_connection = True
                try:
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.content_type)
                    self.send_header("Content-Length", str(len(answer.body)))
                    self.send_header("Connection", "close")
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    body_out = answer.body[: len(answer.body) // 2] if answer.cut_off else answer.body
                    if answer.trickle:
                        for position in range(len(body_out)):
                            self.wfile.write(body_out[position : position + 1])
                            self.wfile.flush()
                            time.sleep(answer.trickle)
                    else:
                        self.wfile.write(body_out)
                except (BrokenPipeError, ConnectionResetError):
                    return

            def log_message(self, format: str, *args: object) -> None:
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/api/"

    def stop(self) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
