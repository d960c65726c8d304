"""One request on its way to the API and the reply on its way back, as a fault gets hold of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redcap_licats.sandbox.faults import connections
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.wire.params import Params, collect

Header = tuple[bytes, bytes]
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Conditions:
    """What holds for all requests.

    Attributes:
        banned: Whether the API is closed to everybody until the faults are cleared.
        slow_seconds: How long a slow body takes.
        skew_seconds: How far a skewed clock goes ahead; behind if negative.
    """

    banned: bool = False
    slow_seconds: float = 2.0
    skew_seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that is held back."""

    status: int
    headers: tuple[Header, ...]
    body: bytes

    @property
    def good(self) -> bool:
        """Whether the API did what was asked."""
        return self.status == 200


@dataclass(slots=True)
class Exchange:
    """A request before the API.

    Attributes:
        server: The store, to look things up in.
        conditions: What holds for all requests.
        body: The request's body, once it is read.
        pairs: The form fields in the order sent; empty for uploads, whose bodies are left alone.
        form: The same, sorted.
    """

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    server: Server
    conditions: Conditions
    body: bytes | None = None
    pairs: list[tuple[str, str]] = field(default_factory=list)
    form: Params = field(default_factory=Params)

    async def read(self) -> None:
        """Read the request, once."""
        if self.body is not None:
            return
        pieces: list[bytes] = []
        more = True
        while more:
            message = await self.receive()
            pieces.append(message.get("body", b""))
            more = message.get("more_body", False)
        self.body = b"".join(pieces)
        headers: Iterable[Header] = self.scope["headers"]
        if any(name == b"content-type" and value.startswith(FORM.encode()) for name, value in headers):
            self.pairs = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
            self.form = collect(self.pairs)

    @property
    def call(self) -> tuple[str, str]:
        """What is called: content and action; an import is told by its data where it does not say so."""
        action = "import" if "data" in self.form.values else "export"
        return self.form.text("content"), self.form.text("action", action)

    async def site(self) -> Site | None:
        """Look up the project of the request's token."""
        return await run_in_threadpool(self._site)

    def _site(self) -> Site | None:
        with self.server.snapshot() as session:
            holder = session.holder(self.form.text("token").strip().upper())
            return None if holder is None else session.site(holder[0])

    async def pass_on(self, send: Send | None = None, pairs: Sequence[tuple[str, str]] | None = None) -> None:
        """Let the API answer, perhaps to somebody else than the client, perhaps to another form."""
        body = self.body if pairs is None else urlencode(pairs).encode()
        waiting = body is not None

        async def receive() -> Message:
            nonlocal waiting
            if not waiting:
                return await self.receive()
            waiting = False
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(self.scope, receive, send or self.send)

    async def answered(self) -> Answer:
        """Let the API do its work and hold its reply back."""
        status, headers, pieces = 0, [], []

        async def hold(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message["headers"]
            else:
                pieces.append(message.get("body", b""))

        await self.pass_on(hold)
        return Answer(status, tuple(headers), b"".join(pieces))

    async def start(self, status: int, headers: Iterable[Header], length: int) -> None:
        """Begin a reply of so many bytes."""
        kept = [one for one in headers if one[0] != b"content-length"]
        kept.append((b"content-length", str(length).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": kept})

    async def write(self, piece: bytes, *, more: bool = False) -> None:
        """Send a piece of the reply."""
        await self.send({"type": "http.response.body", "body": piece, "more_body": more})

    async def reply(self, body: bytes, *, status: int = 200, media_type: str = "text/html; charset=utf-8") -> None:
        """Answer in the API's place."""
        await self.start(status, [(b"content-type", media_type.encode())], len(body))
        await self.write(body)

    async def give(self, answer: Answer, body: bytes | None = None) -> None:
        """Send a reply that was held back, with another body if one is given."""
        body = answer.body if body is None else body
        await self.start(answer.status, answer.headers, len(body))
        await self.write(body)

    async def reset(self) -> None:
        """Cut the connection."""
        await connections.reset(self.scope)
