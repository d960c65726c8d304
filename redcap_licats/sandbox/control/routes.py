"""The control endpoints.

``GET /sandbox/projects``, ``GET /sandbox/projects/{id}``, ``POST /sandbox/projects/{id}/{order}``,
``POST /sandbox/clock``. Bodies and replies are JSON; the super token comes as ``Authorization: Bearer …``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from redcap_licats.sandbox.control import actions, orders
from redcap_licats.sandbox.control.actions import Answer
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.trigger import addresses, announce
from redcap_licats.sandbox.wire.reply import ApiError

Body = TypeVar("Body")
CarryOut = Callable[[Session, Site, bytes], Answer]


def _order(body: TypeAdapter[Body], action: Callable[[Session, Site, Body], Answer]) -> CarryOut:
    return lambda session, site, raw: action(session, site, body.validate_json(raw))


ORDERS: Mapping[str, CarryOut] = {
    "users": _order(TypeAdapter(orders.AddUser), actions.add_user),
    "status": _order(TypeAdapter(orders.SetStatus), actions.set_status),
    "behaviour": _order(TypeAdapter(orders.SetBehaviour), actions.set_behaviour),
    "settings": _order(TypeAdapter(orders.SetSettings), actions.set_settings),
    "lock": _order(TypeAdapter(orders.Lock), actions.lock),
    "save": _order(TypeAdapter(orders.Save), actions.save),
    "randomizations": _order(TypeAdapter(orders.AddRandomization), actions.add_randomization),
    "people": _order(TypeAdapter(orders.AddPeople), actions.add_people),
    "languages": _order(TypeAdapter(orders.AddLanguage), actions.add_language),
    "surveys": _order(TypeAdapter(orders.EnableSurvey), actions.enable_survey),
}
_CLOCK = TypeAdapter(orders.SetClock)


def refuse_stranger(server: Server, request: Request) -> JSONResponse | None:
    """Give the refusal of a request without the super token; None if it has it."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if server.is_super_token(token):
        return None
    return JSONResponse({"error": "The super token is missing or wrong"}, 403)


class Control:
    """The control endpoints of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def routes(self) -> list[Route]:
        """Their paths."""
        return [
            Route("/sandbox/projects", self.projects, methods=["GET"]),
            Route("/sandbox/projects/{project:int}", self.project, methods=["GET"]),
            Route("/sandbox/projects/{project:int}/{order}", self.carry_out, methods=["POST"]),
            Route("/sandbox/clock", self.clock, methods=["POST"]),
        ]

    async def projects(self, request: Request) -> JSONResponse:
        """List the projects with what no API method tells."""
        return await self._answer(request, self._overviews)

    async def project(self, request: Request) -> JSONResponse:
        """Tell of one project what no API method tells."""
        number = request.path_params["project"]
        return await self._answer(request, lambda: self._overview(number))

    async def carry_out(self, request: Request) -> JSONResponse:
        """Carry out an order on a project."""
        body = await request.body()
        project, order = request.path_params["project"], request.path_params["order"]
        base_url = str(request.base_url)
        return await self._answer(request, lambda: self._carry_out(project, order, body, base_url))

    async def clock(self, request: Request) -> JSONResponse:
        """Shift the server's clock."""
        body = await request.body()
        return await self._answer(request, lambda: self._set_clock(body))

    async def _answer(self, request: Request, work: Callable[[], Answer]) -> JSONResponse:
        if refusal := refuse_stranger(self._server, request):
            return refusal
        try:
            return JSONResponse(await run_in_threadpool(work))
        except ApiError as error:
            return JSONResponse({"error": error.message}, error.status)
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, 400)

    def _overview(self, project: int) -> Answer:
        with self._server.snapshot() as session:
            site = session.site(project)
            if site is None:
                raise ApiError(404, "There is no such project")
            return actions.overview(session, site)

    def _overviews(self) -> Answer:
        with self._server.snapshot() as session:
            return {"projects": [actions.overview(session, site) for site in session.sites()]}

    def _carry_out(self, project: int, order: str, body: bytes, base_url: str) -> Answer:
        with self._server.session() as session:
            site = session.site(project)
            if site is None or order not in ORDERS:
                raise ApiError(404, "There is no such project or order")
            answer = ORDERS[order](session, site, body)
        url = site.state.behaviour.trigger_url
        if order == "save" and url:
            form = {name: str(value) for name, value in answer.items()}
            announce(url, form | addresses(base_url, self._server.version, project))
        return answer

    def _set_clock(self, body: bytes) -> Answer:
        self._server.clock.ahead = timedelta(seconds=_CLOCK.validate_json(body).ahead_seconds)
        return {"now": self._server.clock.stamp()}
