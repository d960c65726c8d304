"""The web application: the API under ``/api/``, control under ``/sandbox/``, everything else pages for people."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redcap_licats.sandbox.control.routes import Control
from redcap_licats.sandbox.dispatch import answer, answer_module
from redcap_licats.sandbox.faults.desk import Desk
from redcap_licats.sandbox.faults.middleware import Faults
from redcap_licats.sandbox.faults.routes import FaultControl
from redcap_licats.sandbox.pages.web import Pages
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.wire.params import Params, read_params
from redcap_licats.sandbox.wire.reply import ApiError, Reply, error_reply

NOTICE = "REDCap-API-compatible sandbox of redcap_licats. It is not REDCap. For synthetic data only."
_PAGE = (
    f"<!doctype html><html lang='en'><title>Sandbox</title><p>{NOTICE}</p><p><code>POST /api/</code></p></html>"
)


def create_app(
    server: Server,
    *,
    hosts: Sequence[str] = ("127.0.0.1", "localhost", "::1"),
    faults: Desk | None = None,
    pages: bool = True,
) -> Starlette:
    """Make the application.

    Args:
        server: The store behind it.
        hosts: Names by which it may be addressed; requests for others are refused.
        faults: Hands out deliberate faults; none unless they are ordered.
        pages: Serve pages for data entry, on which anybody may be any user.
    """
    desk = faults or Desk()
    shown = Pages(server).routes if pages else [Route("/", _page, methods=["GET"])]
    return Starlette(
        routes=[
            *shown,
            Route("/surveys/", _page, methods=["GET"]),
            Route("/api", _slash, methods=["GET", "POST"]),
            *Control(server).routes,
            *FaultControl(server, desk).routes,
            Route(
                "/api/", Api(server), methods=["POST"], middleware=[Middleware(Faults, desk=desk, server=server)]
            ),
        ],
        middleware=[Middleware(Guard, hosts=frozenset(hosts), server=server)],
    )


class Guard:
    """Refuses foreign host names and puts the server's own clock into every reply that tells no time."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], server: Server) -> None:
        self._app = app
        self._hosts = hosts
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_dated(message: Message) -> None:
            start = message["type"] == "http.response.start"
            if start and not any(name == b"date" for name, _ in message["headers"]):
                date = format_datetime(self._server.clock.instant(), usegmt=True)
                message["headers"] = [*message["headers"], (b"date", date.encode())]
            await send(message)

        if Request(scope).url.hostname not in self._hosts:
            reply = Response("Unknown host", HTTPStatus.BAD_REQUEST)
            await reply(scope, receive, send_dated)
            return
        await self._app(scope, receive, send_dated)


class Api:
    """The endpoint: parses a request, lets it be answered in a thread, wraps refusals."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        params = Params()
        try:
            params = await read_params(request)
            base_url = str(request.base_url).rstrip("/")
            query = request.query_params
            if query.get("type") == "module":
                page = query.get("page", "")
                reply = await run_in_threadpool(answer_module, self._server, params, base_url, page)
            else:
                reply = await run_in_threadpool(answer, self._server, params, base_url)
        except ApiError as error:
            reply = error_reply(error, params.text("returnFormat") or params.text("format"))
        await _response(reply)(scope, receive, send)


def _response(reply: Reply) -> Response:
    headers = {"content-type": reply.media_type, **reply.headers}
    if isinstance(reply.body, bytes):
        return Response(reply.body, reply.status, headers)
    return StreamingResponse(reply.body, reply.status, headers)


async def _page(_: Request) -> Response:
    return HTMLResponse(_PAGE)


async def _slash(_: Request) -> Response:
    return RedirectResponse("/api/", HTTPStatus.MOVED_PERMANENTLY)
