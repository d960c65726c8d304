"""Put the service together and run it until it is told to stop."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette

from redcap_licats.api.token import read_secret, read_token
from redcap_licats.config import Config
from redcap_licats.errors import ConfigError
from redcap_licats.journal.engine import open_engine
from redcap_licats.journal.hints import HintQueue
from redcap_licats.notify.log import log_begin
from redcap_licats.protocol import load_protocol
from redcap_licats.service.app import Desk, Reception, create_app
from redcap_licats.service.gate import Gate, checked_secrets, site_of
from redcap_licats.service.inbox import Inbox
from redcap_licats.service.metrics import Figures
from redcap_licats.service.worker import ProjectWorker, patience_of
from redcap_licats.sync.job import Ended, outcome_of, tell_outcomes

#: requests at a time; more are answered with 503
_AT_ONCE = 500
#: seconds that requests have to end when the service stops
_GRACE = 5


def serve(
    config: Config,
    ready: Callable[[str], None],
    troubled: Callable[[tuple[str, ...]], None],
    unheard: Callable[[str], None],
) -> None:
    """Run the service until SIGTERM or SIGINT; a run that is going on ends after the batch it is at.

    Args:
        config: The whole configuration.
        ready: Called with the address once it takes connections.
        troubled: Called with what could not be told of a run.
        unheard: Called with why REDCap's module cannot be reached, whenever that changes.

    Raises:
        ConfigError: A secret, token, protocol or state cannot be used, or the address is taken.
    """
    service = config.service
    _refuse_twice(config)
    secrets = checked_secrets([read_secret(one, "secret for the trigger's address") for one in service.secrets])
    for one in config.project:
        read_token(one)
    sites = [site_of(one, load_protocol(one.overlay)) for one in config.project]
    engines: dict[str, Engine] = {one.state: open_engine(one.state) for one in config.project}
    figures, stopped = Figures(), threading.Event()

    def told(ended: Ended, by_itself: bool) -> None:
        figures.ended(outcome_of(ended))
        if (by_itself or ended.summary.exit) and (troubles := tell_outcomes(config, [ended])):
            troubled(troubles)

    workers = {
        one.key: ProjectWorker(one, service, HintQueue(engines[one.state], one.key), told, unheard, stopped)
        for one in config.project
    }
    inbox = Inbox(
        {one.key: engines[one.state] for one in config.project},
        patience_of(service),
        lambda project: workers[project].wake(),
    )

    reception = Reception(Gate(secrets, sites), inbox, figures, service.rate_per_second)
    app = create_app(reception, Desk(tuple(workers.values()), figures))
    try:
        with _listen(service.host, service.port) as listener:
            log_begin([one.name for one in config.project])
            for worker in workers.values():
                worker.start()
            try:
                _run(app, listener, service.proxies, lambda: ready(_shown(service.host, listener)))
            finally:
                stopped.set()
                for worker in workers.values():
                    worker.join()
    finally:
        for engine in engines.values():
            engine.dispose()


def _refuse_twice(config: Config) -> None:
    """Refuse to have two workers of one project."""
    keys = [one.key for one in config.project]
    for one in config.project:
        if keys.count(one.key) > 1:
            raise ConfigError(
                "SERVICE-TWICE",
                "Two tables [[project]] are about the same project of the same server",
                where=f"{config.path}, project '{one.name}'",
                remedy="Take one of them out, or put it into a configuration of its own.",
            )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise ConfigError(
            "SERVICE-ADDRESS",
            f"The service cannot listen there: {error.strerror}",
            where=f"[service] host {host}, port {port}",
            remedy="Give an address of this machine and a port that nothing else listens on.",
        ) from error
    # without this, the second packet of an answer waits for the caller's acknowledgement of the first
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _shown(host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}/"


def _run(app: Starlette, listener: socket.socket, proxies: tuple[str, ...], ready: Callable[[], None]) -> None:
    settings = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="off",
        # the path holds the secret
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=5,
    )
    server = uvicorn.Server(settings)

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # the server takes signals while it runs, and raises them anew afterwards, when all is done
    before = {one: signal.signal(one, end) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        ready()
        server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
