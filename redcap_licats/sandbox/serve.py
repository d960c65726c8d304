"""Starting the server from the command line.

    python -m redcap_licats.sandbox --port 8080 --project study.xml
    python -m redcap_licats.sandbox --faults 0.05 --seed 7
    python -m redcap_licats.sandbox --faults 0.2:gateway_timeout,half_body

One JSON line on standard output says where it is and what its tokens are; the rest is for people.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from redcap_licats.definition.odm import read_project
from redcap_licats.errors import ConfigError
from redcap_licats.sandbox.app import NOTICE, create_app
from redcap_licats.sandbox.calls.creating import create_project
from redcap_licats.sandbox.data.speaking import store_language
from redcap_licats.sandbox.faults.connections import TrackedProtocol
from redcap_licats.sandbox.faults.desk import Desk, Rate, read_rate
from redcap_licats.sandbox.faults.table import listing
from redcap_licats.sandbox.store.server import Server

LOOPBACK = "127.0.0.1"
_NO_PAGES = "No pages: they know no passwords, so they are served only on this machine itself (--host 127.0.0.1)."


def serve(
    host: str,
    port: int,
    db: Path,
    project: Path | None,
    allowed_hosts: Sequence[str] = (),
    faults: Rate | None = None,
    languages: Sequence[Path] = (),
) -> None:
    """Run the server until it is stopped.

    Args:
        host: Address to listen on.
        port: Port, 0 for any free one.
        db: SQLite file, made if it is not there.
        project: Project XML from which a project is created at the start.
        allowed_hosts: Further names by which the server may be addressed.
        faults: Deliberate faults from the start; others can be ordered at any time.
        languages: Language files of that project.

    Raises:
        ConfigError: The project XML or a language file cannot be read.
    """
    server = Server(db)
    ready = {"super_token": server.super_token}
    if project is not None:
        with server.session() as session:
            ready["token"] = create_project(session, read_project(project.read_bytes()))
            holder = session.holder(ready["token"])
            for file in languages:
                site = session.site(holder[0]) if holder else None
                if site is not None:
                    store_language(session, site, file.read_bytes())
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        # Without this, the second packet of every reply waits 40 ms for the client's acknowledgement of the first.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        ready = {"url": f"{address}api/", **ready}
        pages = is_loopback(host)
        sys.stderr.write(f"{NOTICE}\n{f'Pages: {address}' if pages else _NO_PAGES}\n")
        sys.stderr.write(f"Listening at {ready['url']} — stop with Ctrl-C.\n")
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        desk = Desk()
        if faults is not None:
            desk.set_rate(faults)
        hosts = (host, LOOPBACK, "localhost", "::1", *allowed_hosts)
        app = create_app(server, hosts=hosts, faults=desk, pages=pages)
        config = uvicorn.Config(
            app,
            http=TrackedProtocol,
            log_level="warning",
            server_header=False,
            date_header=False,
            access_log=False,
        )
        uvicorn.Server(config).run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Say whether an address to listen on is reached from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and serve; without ``--db`` everything is forgotten at the end."""
    parser = argparse.ArgumentParser(
        prog="python -m redcap_licats.sandbox",
        description=NOTICE,
        epilog=f"faults:\n{listing()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=0, help="port (default: any free one)")
    parser.add_argument("--db", type=Path, help="SQLite file that keeps everything")
    parser.add_argument("--project", type=Path, help="project XML to create a project from")
    parser.add_argument(
        "--language", type=Path, action="append", default=[], help="language file of that project (JSON)"
    )
    parser.add_argument(
        "--allow-host", action="append", default=[], help="further host name by which the server may be addressed"
    )
    parser.add_argument("--faults", metavar="RATE[:NAME,…]", help="let this share of the requests go wrong")
    parser.add_argument("--seed", type=int, default=1, help="the same seed lets the same requests go wrong")
    options = parser.parse_args(arguments)
    try:
        faults = None if options.faults is None else read_rate(options.faults, options.seed)
        with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
            db = options.db or Path(folder) / "sandbox.sqlite"
            serve(options.host, options.port, db, options.project, options.allow_host, faults, options.language)
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return ConfigError.exit_code
    except KeyboardInterrupt:
        return 0
    return 0
