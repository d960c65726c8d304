"""A request as the pages need it: read with limits, its sender known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from secrets import compare_digest
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from redcap_licats.sandbox.pages.refusal import Refused
from redcap_licats.sandbox.pages.visits import Visit

CSRF = "__csrf"
#: bytes of a posted form; a form of REDCap is far smaller
_MOST = 4 << 20
_MOST_FIELDS = 5000
_MOST_QUERY = 4000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser asks for.

    Attributes:
        project: Number of the project, 0 where none is asked for.
        query: Parameters of the address.
        posted: Names and values of a posted form; of a name sent twice the last counts.
        file: Content of an uploaded file.
        base_url: Address of the server, with its slash.
        path: Path and query, to come back to.
        language: Key of the language asked for.
        method: GET or POST.
    """

    visit: Visit
    project: int = 0
    query: Mapping[str, str] = field(default_factory=dict)
    posted: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""
    base_url: str = ""
    path: str = "/"
    language: str = ""
    method: str = "GET"


async def read_asked(request: Request, visit: Visit, language: str) -> Asked:
    """Read a request.

    Raises:
        Refused: It is too large or broken, comes from another page, or does not know the visit's token.
    """
    if len(request.url.query) > _MOST_QUERY:
        raise Refused(HTTPStatus.REQUEST_URI_TOO_LONG, "too_large")
    posted: dict[str, str] = {}
    file = b""
    if request.method == "POST":
        _refuse_foreign(request)
        posted, file = await _form(request)
        if not compare_digest(posted.get(CSRF, "").encode(), visit.csrf.encode()):
            raise Refused(HTTPStatus.FORBIDDEN, "stale_token")
    return Asked(
        visit=visit,
        project=int(request.path_params.get("project", 0)),
        query=dict(request.query_params),
        posted=posted,
        file=file,
        base_url=str(request.base_url),
        path=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        language=language,
        method=request.method,
    )


def _refuse_foreign(request: Request) -> None:
    """Refuse what a page of another server sends; the token would stop it too."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.url.netloc:
        raise Refused(HTTPStatus.FORBIDDEN, "foreign")


async def _form(request: Request) -> tuple[dict[str, str], bytes]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            return await _multipart(request, body)
        if kind != "application/x-www-form-urlencoded":
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "broken")
        text = body.decode("utf-8")
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)), b""
    except (ValueError, HTTPException) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "broken") from error


async def _multipart(request: Request, body: bytes) -> tuple[dict[str, str], bytes]:
    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    posted: dict[str, str] = {}
    file = b""
    async with Request(request.scope, again).form(max_files=1, max_fields=10) as form:
        for name, part in form.multi_items():
            if isinstance(part, UploadFile):
                file = await part.read()
            else:
                posted[name] = part
    return posted, file
