"""One address for a REDCap with the module: calls of the module go to it behind PHP, all others to the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

import requests
from small_redcap import TOKEN


@contextmanager
def one_address(core: str, module: str) -> Iterator[str]:
    """Give the address of an API that is both.

    Args:
        core: API of the sandbox.
        module: API of the small REDCap, which knows its own token only.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            kind = {"Content-Type": self.headers["Content-Type"]}
            if form.get("content") == "externalModule":
                reply = requests.post(module, urlencode(form | {"token": TOKEN}), headers=kind, timeout=60)
            else:
                reply = requests.post(core, body, headers=kind, timeout=60)
            self.send_response(reply.status_code)
            self.send_header("Content-Type", reply.headers["Content-Type"])
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/"
        finally:
            server.shutdown()
            thread.join()
