"""The middleware around the API that lets requests go wrong."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Receive, Scope, Send

from redcap_licats.sandbox.faults.desk import Desk
from redcap_licats.sandbox.faults.exchange import Exchange
from redcap_licats.sandbox.store.server import Server


class Faults:
    """Asks the desk about every request; those without a fault pass untouched."""

    def __init__(self, app: ASGIApp, desk: Desk, server: Server) -> None:
        self._app = app
        self._desk = desk
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        exchange = Exchange(self._app, scope, receive, send, self._server, self._desk.conditions)
        fault = await self._desk.choose(exchange, time.monotonic())
        await (fault.act(exchange) if fault else exchange.pass_on())
