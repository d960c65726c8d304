"""The open connections of the server, so that one of them can be cut.

ASGI has no word for a reset connection; the protocol underneath knows its transport.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]

_open: dict[tuple[Address | None, Address | None], asyncio.Transport] = {}
#: close at once and throw away what is not sent yet, so that the other side sees a reset and no orderly end
_NO_LINGER = struct.pack("ii", 1, 0)


class TrackedProtocol(H11Protocol):
    """uvicorn's HTTP protocol; its connections can be found by their two addresses."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the parent
        """Remember the connection, and let small pieces of a reply go at once."""
        # asyncio does so itself only where a socket says it is TCP, which one made by create_server does not
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        _open[self.client, self._local] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        _open.pop((self.client, self._local), None)
        super().connection_lost(exc)

    @property
    def _local(self) -> Address | None:
        return None if self.server is None or self.server[1] is None else (self.server[0], self.server[1])


async def reset(scope: Scope) -> None:
    """Cut the connection of a request."""
    client, server = scope.get("client"), scope.get("server")
    transport = _open.get((client and tuple(client), server and tuple(server)))
    if transport is None:
        raise RuntimeError("the server does not run on TrackedProtocol, so that no connection can be cut")
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
    # lets the protocol notice, or it would try to answer
    await asyncio.sleep(0)
