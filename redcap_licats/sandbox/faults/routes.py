"""Control of the faults.

``GET /sandbox/faults`` counts, ``DELETE /sandbox/faults`` clears, ``POST /sandbox/faults/next`` orders a fault for
the next requests, ``POST /sandbox/faults/rate`` draws them. Bodies are those of ``desk.py`` as JSON.
"""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from redcap_licats.sandbox.control.routes import refuse_stranger
from redcap_licats.sandbox.faults.desk import Desk, Order, Rate
from redcap_licats.sandbox.store.server import Server

_ORDER = TypeAdapter(Order)
_RATE = TypeAdapter(Rate)


class FaultControl:
    """The control endpoints of one desk."""

    def __init__(self, server: Server, desk: Desk) -> None:
        self._server = server
        self._desk = desk

    @property
    def routes(self) -> list[Route]:
        """Their paths."""
        return [
            Route("/sandbox/faults", self.counts, methods=["GET", "DELETE"]),
            Route("/sandbox/faults/{kind}", self.order, methods=["POST"]),
        ]

    async def counts(self, request: Request) -> JSONResponse:
        """Give the counts, and clear everything where that is asked for."""
        if refusal := refuse_stranger(self._server, request):
            return refusal
        answer = JSONResponse({"requests": self._desk.requests, "given": dict(self._desk.given)})
        if request.method == "DELETE":
            self._desk.clear()
        return answer

    async def order(self, request: Request) -> JSONResponse:
        """Order faults one by one or at a rate."""
        if refusal := refuse_stranger(self._server, request):
            return refusal
        body = await request.body()
        try:
            match request.path_params["kind"]:
                case "next":
                    self._desk.order(_ORDER.validate_json(body))
                case "rate":
                    self._desk.set_rate(_RATE.validate_json(body))
                case _:
                    return JSONResponse({"error": "There is no such order"}, 404)
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({})
