"""The three addresses of the service: the trigger's, ``/health`` and ``/metrics``. None of them tells a secret."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from redcap_licats import __version__
from redcap_licats.errors import LicatsError
from redcap_licats.service.gate import MOST_BYTES, Gate, Verdict
from redcap_licats.service.inbox import Inbox
from redcap_licats.service.metrics import Figures
from redcap_licats.service.rate import Bucket, Strangers
from redcap_licats.service.worker import ProjectWorker

_LOG = logging.getLogger(__name__)

#: seconds in which a request has to be there whole
_IN_TIME = 10.0
_FORM = "application/x-www-form-urlencoded"
_STATUS = {
    Verdict.ACCEPTED: 204,
    Verdict.OWN: 204,
    Verdict.STRANGER: 404,
    Verdict.TOO_LARGE: 413,
    Verdict.NO_FORM: 415,
    Verdict.MALFORMED: 400,
    Verdict.ELSEWHERE: 403,
    Verdict.TOO_MANY: 429,
    Verdict.FAILED: 503,
}


class Reception:
    """Takes triggers.

    Args:
        gate: Judges them.
        inbox: Stores the hints.
        figures: Counts.
        rate: Triggers a second.
    """

    def __init__(self, gate: Gate, inbox: Inbox, figures: Figures, rate: float) -> None:
        self._gate = gate
        self._inbox = inbox
        self._figures = figures
        self._known = Bucket(rate, 10 * rate)
        self._strangers = Strangers()

    async def trigger(self, request: Request) -> Response:
        """Answer a trigger, as soon as its hint is stored."""
        verdict = await self._take(request)
        self._figures.count(verdict)
        if verdict not in (Verdict.ACCEPTED, Verdict.OWN, Verdict.STRANGER):
            _LOG.warning("trigger refused", extra={"facts": {"why": verdict.value}})
        return Response(status_code=_STATUS[verdict])

    async def _take(self, request: Request) -> Verdict:
        if not self._gate.opens(request.path_params["secret"]):
            address = request.client.host if request.client else ""
            return Verdict.STRANGER if self._strangers.take(address, time.monotonic()) else Verdict.TOO_MANY
        if not self._known.take(time.monotonic()):
            return Verdict.TOO_MANY
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return Verdict.NO_FORM
        try:
            async with asyncio.timeout(_IN_TIME):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return Verdict.MALFORMED
        if body is None:
            return Verdict.TOO_LARGE
        verdict, projects, record = self._gate.judge(body)
        for project in projects:
            try:
                await self._inbox.put(project, record)
            except LicatsError as error:
                _LOG.error("hint not stored", extra={"facts": {"error": error.code}})
                return Verdict.FAILED
        return verdict


async def _body(request: Request) -> bytes | None:
    """Read the body; None as soon as it is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return body


class Desk:
    """Tells how the service does.

    Args:
        workers: Those that work.
        figures: What was counted.
    """

    def __init__(self, workers: Sequence[ProjectWorker], figures: Figures) -> None:
        self._workers = workers
        self._figures = figures

    def health(self, _request: Request) -> Response:
        """Say whether the service itself works; whether REDCap does stands beside it."""
        last = self._figures.last()
        try:
            waiting = {one.settings.name: one.queue.waiting().count for one in self._workers}
        except LicatsError:
            waiting = {}
        well = bool(waiting) and all(one.alive for one in self._workers)
        projects = {
            name: {"waiting": count, "last_exit": last[name].exit if name in last else None}
            for name, count in waiting.items()
        }
        answer = {"status": "ok" if well else "failing", "version": __version__, "projects": projects}
        return JSONResponse(answer, 200 if well else 503)

    def metrics(self, _request: Request) -> Response:
        """Give the figures for Prometheus."""
        try:
            waiting = {one.settings.name: one.queue.waiting() for one in self._workers}
        except LicatsError:
            return Response(status_code=503)
        text = self._figures.text(waiting, dt.datetime.now(dt.UTC))
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


def create_app(reception: Reception, desk: Desk) -> Starlette:
    """Put the addresses together."""
    routes = [
        Route("/trigger/{secret}", reception.trigger, methods=["POST"]),
        Route("/health", desk.health, methods=["GET"]),
        Route("/metrics", desk.metrics, methods=["GET"]),
    ]
    return Starlette(routes=routes)
