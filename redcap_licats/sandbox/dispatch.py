"""Which method answers a call, and the one place where rights are checked.

Source: facts/redcap_api.md 0, 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.sandbox.calls import (
    creating,
    events,
    file_repository,
    files,
    groups,
    logging,
    metadata,
    pdf,
    project,
    randomizing,
    records,
    repeating,
    reports,
    resolution,
    surveys,
    users,
)
from redcap_licats.sandbox.calls.call import NOT_VALID, Call, Method
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site, Status
from redcap_licats.sandbox.store.users import User
from redcap_licats.sandbox.wire.params import Params
from redcap_licats.sandbox.wire.reply import ApiError, Reply, text

NO_ACCESS = "You do not have permissions to use the API"
SUPER_TOKEN_LENGTH = 64
TOKEN_LENGTH = 32

#: What is answered to a caller without a right; those of E2 and E3 are recorded, the others follow their pattern.
_LACKING = {
    "api_export": "You do not have API Export privileges",
    "api_import": "You do not have API Import/Update privileges",
    "record_delete": "You do not have Delete Record privileges",
    "record_rename": "You do not have Rename Record privileges",
    "design": "You do not have Project Design/Setup privileges",
    "user_rights": "You do not have User Rights privileges",
    "data_access_groups": "You do not have Data Access Groups privileges",
    "logging": "You do not have Logging privileges",
    "file_repository": "You do not have File Repository privileges",
    "manage_survey_participants": "You do not have Survey Distribution Tools privileges",
    "reports": "You do not have Reports privileges",
    "random_perform": "You do not have Randomize privileges",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A method with what it needs: rights, and whether it works in development status only."""

    method: Method
    rights: tuple[str, ...] = ()
    development_only: bool = False


_E, _I, _D, _S = "api_export", "api_import", "design", "manage_survey_participants"

ROUTES: Mapping[tuple[str, str], Route] = {
    ("record", "export"): Route(records.export, (_E,)),
    ("record", "import"): Route(records.import_, (_I,)),
    ("record", "delete"): Route(records.delete, ("record_delete", _I)),
    ("record", "rename"): Route(records.rename, (_I, "record_rename")),
    ("record", "randomize"): Route(randomizing.randomize, (_I, "random_perform")),
    ("generateNextRecordName", "export"): Route(records.next_name, (_E,)),
    ("metadata", "export"): Route(metadata.export, (_E,)),
    ("metadata", "import"): Route(metadata.import_, (_I, _D), development_only=True),
    ("exportFieldNames", "export"): Route(metadata.field_names, (_E,)),
    ("instrument", "export"): Route(metadata.instruments, (_E,)),
    ("pdf", "export"): Route(pdf.export, (_E,)),
    ("report", "export"): Route(reports.export, (_E, "reports")),
    ("surveyLink", "export"): Route(surveys.link, (_E, _S)),
    ("surveyQueueLink", "export"): Route(surveys.queue_link, (_E, _S)),
    ("surveyReturnCode", "export"): Route(surveys.return_code, (_E, _S)),
    ("surveyAccessCode", "export"): Route(surveys.access_code, (_E, _S)),
    ("participantList", "export"): Route(surveys.participants, (_E, _S)),
    ("arm", "export"): Route(events.export_arms, (_E,)),
    ("arm", "import"): Route(events.import_arms, (_I, _D), development_only=True),
    ("arm", "delete"): Route(events.delete_arms, (_I, _D), development_only=True),
    ("event", "export"): Route(events.export_events, (_E,)),
    ("event", "import"): Route(events.import_events, (_I, _D), development_only=True),
    ("event", "delete"): Route(events.delete_events, (_I, _D), development_only=True),
    ("formEventMapping", "export"): Route(events.export_mapping, (_E,)),
    ("formEventMapping", "import"): Route(events.import_mapping, (_I, _D), development_only=True),
    ("repeatingFormsEvents", "export"): Route(repeating.export, (_E, _D)),
    ("repeatingFormsEvents", "import"): Route(repeating.import_, (_I, _D)),
    ("project", "export"): Route(project.export_info, (_E,)),
    ("project_settings", "import"): Route(project.import_settings, (_I, _D)),
    ("project_xml", "export"): Route(project.export_xml, (_E,)),
    ("version", "export"): Route(project.version),
    ("externalModule", "export"): Route(project.module),
    ("user", "export"): Route(users.export, (_E, "user_rights")),
    ("user", "import"): Route(users.import_, (_I, "user_rights")),
    ("user", "delete"): Route(users.delete, (_I, "user_rights")),
    ("userRole", "export"): Route(users.export_roles, (_E, "user_rights")),
    ("userRole", "import"): Route(users.import_roles, (_I, "user_rights")),
    ("userRole", "delete"): Route(users.delete_roles, (_I, "user_rights")),
    ("userRoleMapping", "export"): Route(users.export_role_mapping, (_E, "user_rights")),
    ("userRoleMapping", "import"): Route(users.import_role_mapping, (_I, "user_rights")),
    ("dag", "export"): Route(groups.export, (_E, "data_access_groups")),
    ("dag", "import"): Route(groups.import_, (_I, "data_access_groups")),
    ("dag", "delete"): Route(groups.delete, (_I, "data_access_groups")),
    ("dag", "switch"): Route(groups.switch),
    ("userDagMapping", "export"): Route(groups.export_mapping, (_E, "data_access_groups")),
    ("userDagMapping", "import"): Route(groups.import_mapping, (_I, "data_access_groups")),
    ("log", "export"): Route(logging.export, (_E, "logging")),
    ("file", "export"): Route(files.export, (_E,)),
    ("file", "import"): Route(files.import_, (_I,)),
    ("file", "delete"): Route(files.delete, (_I,)),
    ("fileRepository", "createFolder"): Route(file_repository.create_folder, (_I, "file_repository")),
    ("fileRepository", "list"): Route(file_repository.list_, (_E, "file_repository")),
    ("fileRepository", "export"): Route(file_repository.export, (_E, "file_repository")),
    ("fileRepository", "import"): Route(file_repository.import_, (_I, "file_repository")),
    ("fileRepository", "delete"): Route(file_repository.delete, (_I, "file_repository")),
}
_CONTENTS = frozenset(content for content, _ in ROUTES)


def answer(server: Server, params: Params, base_url: str) -> Reply:
    """Answer one API call in a transaction of its own.

    Raises:
        ApiError: whatever the API refuses; the transaction is then undone.
    """
    token = params.text("token").strip().upper()
    with server.session() as session:
        if len(token) == SUPER_TOKEN_LENGTH:
            return _create(server, session, params, token)
        site, user = _caller(session, token)
        route = _route(params)
        _check_rights(site, user, route)
        return route.method(Call(params, server, session, site, user, base_url))


def answer_module(server: Server, params: Params, base_url: str, page: str) -> Reply:
    """Answer a page of the DQ-API module, which has no content and no action.

    Raises:
        ApiError: as for the API itself.
    """
    with server.session() as session:
        site, user = _caller(session, params.text("token").strip().upper())
        _check_rights(site, user, Route(resolution.export, (_E if page == "export" else _I,)))
        return resolution.module_call(Call(params, server, session, site, user, base_url), page)


def _create(server: Server, session: Session, params: Params, token: str) -> Reply:
    if not server.is_super_token(token):
        raise ApiError(403, NO_ACCESS)
    if params.text("content") != "project":
        raise ApiError(400, NOT_VALID.format("content"))
    return text(creating.create_from_request(session, params))


def _caller(session: Session, token: str) -> tuple[Site, User]:
    holder = session.holder(token) if len(token) == TOKEN_LENGTH else None
    site = None if holder is None else session.site(holder[0])
    if holder is None or site is None:
        raise ApiError(403 if len(token) == TOKEN_LENGTH else 401, NO_ACCESS)
    user = holder[1]
    if user.expiration and user.expiration <= session.clock.today():
        raise ApiError(403, NO_ACCESS)
    return site, user


def _route(params: Params) -> Route:
    content = params.text("content")
    if content not in _CONTENTS:
        raise ApiError(400, NOT_VALID.format("content"))
    # Imports of most kinds are told from exports by nothing but their data.
    default = "import" if "data" in params.values and (content, "import") in ROUTES else "export"
    if content == "project_settings":
        default = "import"
    route = ROUTES.get((content, params.text("action", default)))
    if route is None:
        raise ApiError(400, NOT_VALID.format("action"))
    return route


def _check_rights(site: Site, user: User, route: Route) -> None:
    rights = site.rights(user)
    if route.rights and not rights.has(_E) and not rights.has(_I):
        raise ApiError(403, NO_ACCESS)
    for right in route.rights:
        if not rights.has(right):
            raise ApiError(403, _LACKING[right])
    if route.development_only and site.state.status is not Status.DEVELOPMENT:
        raise ApiError(400, "This method can only be used while the project is in Development status")
