"""The pages' addresses, and what all requests have in common: the visit, the language, refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from redcap_licats.sandbox.pages import dashboard, form_save, form_view, home, links, orders, people, projects
from redcap_licats.sandbox.pages.asked import Asked, read_asked
from redcap_licats.sandbox.pages.drawing import draw
from redcap_licats.sandbox.pages.refusal import Refused, SignInFirst
from redcap_licats.sandbox.pages.reply import Moved, Shown
from redcap_licats.sandbox.pages.visits import COOKIE, Visit, Visits
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.wire.reply import ApiError

Answer = Shown | Moved
Reading = Callable[[Server, Asked], Answer]
Doing = Callable[[Server, Visits, Asked], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]

#: cookie with the key of the language; the pages' script sets it too
LANGUAGE = "licats_language"
_PROJECT = "/projects/{project:int}"

_READ: tuple[tuple[str, Reading], ...] = (
    ("/", projects.project_list),
    (f"{_PROJECT}/", dashboard.dashboard),
    (f"{_PROJECT}/sign-in", people.sign_in_page),
    (f"{_PROJECT}/record", home.record_home),
    (f"{_PROJECT}/form", form_view.show_form),
    (f"{_PROJECT}/languages", projects.languages_page),
    ("/redcap_v{version}/index.php", links.to_project),
    ("/redcap_v{version}/DataEntry/record_status_dashboard.php", links.to_project),
    ("/redcap_v{version}/DataEntry/record_home.php", links.to_record),
    ("/redcap_v{version}/DataEntry/index.php", links.to_form),
)
_DO: tuple[tuple[str, Doing], ...] = (
    ("/language", lambda _server, _visits, asked: projects.choose_language(asked)),
    (f"{_PROJECT}/sign-in", people.sign_in),
    (f"{_PROJECT}/sign-out", lambda _server, visits, asked: people.sign_out(visits, asked)),
    (f"{_PROJECT}/users", people.make_one),
    (f"{_PROJECT}/users/all", people.make_all),
    (f"{_PROJECT}/records", lambda server, _visits, asked: dashboard.new_record(server, asked)),
    (f"{_PROJECT}/record/lock", orders.lock_record),
    (f"{_PROJECT}/record/delete", orders.delete_record),
    (f"{_PROJECT}/record/group", orders.assign),
    (f"{_PROJECT}/form", form_save.save_form),
    (f"{_PROJECT}/form/lock", orders.lock_form),
    (f"{_PROJECT}/form/delete", orders.delete_instance),
    (f"{_PROJECT}/languages", projects.add_language),
    (f"{_PROJECT}/languages/drop", lambda server, _visits, asked: projects.drop_language(server, asked)),
)


class Pages:
    """The pages of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._visits = Visits()

    @property
    def routes(self) -> list[Route]:
        """Their paths."""
        read = [Route(path, self._endpoint(self._reading(answer)), methods=["GET"]) for path, answer in _READ]
        done = [Route(path, self._endpoint(self._doing(answer)), methods=["POST"]) for path, answer in _DO]
        return [*read, *done]

    def _reading(self, answer: Reading) -> Callable[[Asked], Answer]:
        return lambda asked: answer(self._server, asked)

    def _doing(self, answer: Doing) -> Callable[[Asked], Answer]:
        return lambda asked: answer(self._server, self._visits, asked)

    def _endpoint(self, answer: Callable[[Asked], Answer]) -> Endpoint:
        async def respond(request: Request) -> Response:
            visit = self._visits.find(request.cookies.get(COOKIE, "")) or self._visits.begin()
            given = request.cookies.get(LANGUAGE, "")
            language = given if projects.is_language_key(given) else "en"
            asked = Asked(visit, language=language)
            try:
                asked = await read_asked(request, visit, language)
                found = await run_in_threadpool(answer, asked)
            except Refused as error:
                found = Shown("refused", facts={"key": error.key, "message": ""}, status=error.status)
            except ApiError as error:
                status = HTTPStatus(error.status)
                found = Shown("refused", facts={"key": "", "message": error.message}, status=status)
            except SignInFirst as error:
                back = urlencode({"next": asked.path}) if asked.method == "GET" else ""
                found = Moved(f"/projects/{error.project}/sign-in?{back}")
            except ClientDisconnect:
                return Response(status_code=HTTPStatus.BAD_REQUEST)
            return self._respond(found, asked)

        return respond

    def _respond(self, found: Answer, asked: Asked) -> Response:
        if isinstance(found, Shown):
            response: Response = draw(found, asked, self._visits.take_notices(asked.visit))
            return _with_visit(response, asked.visit)
        response = RedirectResponse(found.path, HTTPStatus.SEE_OTHER)
        if found.language is not None:
            response.set_cookie(LANGUAGE, found.language, samesite="strict")
        return _with_visit(response, found.visit or asked.visit)


def _with_visit(response: Response, visit: Visit) -> Response:
    response.set_cookie(COOKIE, visit.key, httponly=True, samesite="strict")
    return response
