"""What the token's user may do: less than a run needs, or more than it should.

REDCap tells nobody who they are. A user with the right 'User Rights' may list all users; who of them asks is seen
in the log, where asking for it leaves a line. Other users are tried out, with calls that change nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import LogRange
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.model import Project
from redcap_licats.errors import ServerError
from redcap_licats.forms.roles import OPEN_AND_CLOSE
from redcap_licats.mapping.names import Names
from redcap_licats.sync.finding import Finding, Harm, some
from redcap_licats.sync.granted import ROLE, Rights, rights_of_role, rights_of_user
from redcap_licats.sync.guards import in_group, place
from redcap_licats.sync.matrix import matrix, short_in_threads, short_roles
from redcap_licats.sync.needs import Needs

Result = TypeVar("Result")

#: rights that the worker never needs, by their names in the API and in the project XML, and as REDCap words them
TOO_MUCH: Mapping[str, str] = {
    "design": "Project Design and Setup",
    "user_rights": "User Rights",
    "data_access_groups": "Data Access Groups",
    "record_rename": "Rename Records",
    "record_delete": "Delete Records",
}
#: the right that would let the worker bring back a record that somebody has just deleted
CREATES = "record_create"
_OPEN_AND_CLOSE = int(OPEN_AND_CLOSE)
_OWN_LINE = "Export Logging"
_DAY = dt.timedelta(days=1)


def rights_guard(rights: Rights, needs: Needs, settings: ProjectSettings) -> Iterator[Finding]:
    """Compare the rights of the token's user with what a run needs."""
    if rights.group:
        yield in_group(settings)
    if "api_import" not in rights.given:
        yield _no_import(settings)
    hidden = [form for form in needs.here if form not in rights.exports | needs.lacking]
    if hidden:
        yield Finding(
            "RIGHTS-EXPORT",
            Harm.READING,
            f"{_first(rights.whose)} may not export {len(hidden)} forms whole: {some(hidden)}",
            place(settings),
            "Give the worker's user the export right 'Full Data Set' on every form.",
            ServerError,
        )
    if "logging" not in rights.given:
        yield _no_log(settings)
    yield from no_module(rights, settings)
    yield from excess(rights, needs, settings)


def no_module(rights: Rights, settings: ProjectSettings) -> Iterator[Finding]:
    """Name what a user lacks to call the module; whether a server has the rights at all is not known."""
    lacking = []
    if (settings.module or settings.answer_in == "drw") and "api_modules" not in rights.given:
        lacking.append("API: External Modules")
    if settings.answer_in == "drw" and rights.resolution != _OPEN_AND_CLOSE:
        lacking.append("Data Resolution Workflow: open, close, and respond")
    if lacking:
        yield Finding(
            "RIGHTS-MODULE",
            Harm.HARMLESS,
            f"{_first(rights.whose)} may lack what the REDCap module asks for: {', '.join(lacking)}",
            place(settings),
            "Give the worker's user these rights, where REDCap has them; the module itself has the last word.",
        )


def excess(rights: Rights, needs: Needs, settings: ProjectSettings) -> Iterator[Finding]:
    """Name the rights beyond what the worker needs: whoever gets hold of its token has them as well."""
    if too_much := [words for name, words in TOO_MUCH.items() if name in rights.given]:
        yield _too_much(rights.whose, too_much, settings)
    if CREATES in rights.given:
        yield Finding(
            "RIGHTS-CREATE",
            Harm.HARMLESS,
            f"{_first(rights.whose)} may create records: one that is deleted or renamed in the blink before the"
            " worker writes to it would come back, with nothing in it but the worker's cells",
            place(settings),
            "Take away the right 'Create Records'; the worker never creates any, and REDCap then refuses to.",
        )
    if others := [form for form in needs.here if form in rights.edits and form not in needs.worker]:
        yield Finding(
            "RIGHTS-FORMS",
            Harm.HARMLESS,
            f"{_first(rights.whose)} may edit {len(others)} forms that are not the worker's: {some(others)}",
            place(settings),
            "Give it 'View & Edit' on the worker's forms only, and 'Read Only' on the others.",
        )


def rights_findings(
    client: RedcapClient,
    definition: Project,
    needs: Needs,
    settings: ProjectSettings,
    names: Names | None = None,
) -> Iterator[Finding]:
    """Find out what the token's user may do, and say what is too little or too much. Changes nothing.

    Raises:
        ServerError: REDCap cannot be reached.
    """
    for one in _rights_findings(client, definition, needs, settings, names):
        yield replace(one, what=names.prefixed(one.what)) if names else one


def _rights_findings(
    client: RedcapClient, definition: Project, needs: Needs, settings: ProjectSettings, names: Names | None
) -> Iterator[Finding]:
    name = _own_name(client)
    users = _allowed(client.pycap.export_users)
    mine = [one for one in users or () if isinstance(one, dict) and one.get("username") == name]
    if mine:
        yield from rights_guard(our_forms(rights_of_user(mine[0]), names), needs, settings)
    else:
        yield from _tried_out(client, definition, settings, logs=name is not None, lists_users=users is not None)
    roles = [our_forms(rights_of_role(attributes), names) for attributes in definition.roles]
    workers = [one for one in roles if one.role == ROLE]
    for one in workers:
        yield from excess(one, needs, settings)
    listed = [one for one in users or () if isinstance(one, dict) and one.get("username") != name]
    others = [our_forms(rights_of_user(one, "the user"), names) for one in listed]
    yield from matrix([*(one for one in roles if one.role != ROLE), *others], needs, settings)
    yield from short_roles(roles, needs, settings)
    yield from short_in_threads(roles, settings)


def our_forms(rights: Rights, names: Names | None) -> Rights:
    """Give rights by our names of our forms; those on the study's own are left out."""
    if names is None:
        return rights

    def ours(forms: frozenset[str]) -> frozenset[str]:
        return frozenset(names.standing[form] for form in forms if form in names.standing)

    return replace(rights, edits=ours(rights.edits), exports=ours(rights.exports), sees=ours(rights.sees))


def _tried_out(
    client: RedcapClient, definition: Project, settings: ProjectSettings, *, logs: bool, lists_users: bool
) -> Iterator[Finding]:
    """Try out the rights of a user who cannot be looked up. Deleting is not tried, even of nothing."""
    try:
        client.pycap.import_records([])
    except ServerError as error:
        if error.code.startswith("API-RIGHT"):
            yield _no_import(settings)
        elif error.code != "API-REFUSED":
            raise
    if not logs:
        yield _no_log(settings)
    # asked for when nothing repeats, REDCap refuses for another reason
    designs = definition.repeats and _allowed(client.pycap.export_repeating_instruments_events) is not None
    tried = {"design": designs, "user_rights": lists_users}
    if too_much := [TOO_MUCH[name] for name, given in tried.items() if given]:
        yield _too_much("the token's user", too_much, settings)


def _own_name(client: RedcapClient) -> str | None:
    """Find the token's user in the log, where reading leaves a line; '' if not found, None without the right."""
    # the log is kept by the server's wall clock, which is at most half a day from UTC
    begin = (client.server_time or dt.datetime.now(dt.UTC)).replace(tzinfo=None) - _DAY
    asked = LogRange(begin, kind="manage")
    if _allowed(lambda: client.read_log(bool, asked)) is None:
        return None
    return next(filter(None, client.read_log(lambda one: one.user if _OWN_LINE in one.details else "", asked)), "")


def _allowed(call: Callable[[], Result]) -> Result | None:
    """Make a call; None if the token's user has no right to it."""
    try:
        return call()
    except ServerError as error:
        if not error.code.startswith("API-RIGHT"):
            raise
        return None


def _no_import(settings: ProjectSettings) -> Finding:
    return Finding(
        "API-RIGHT-IMPORT",
        Harm.WRITING,
        "The token's user may not import data",
        place(settings),
        "Give the worker's user the right 'API Import/Update'.",
        ServerError,
    )


def _no_log(settings: ProjectSettings) -> Finding:
    return Finding(
        "RIGHTS-LOGGING",
        Harm.HARMLESS,
        "The token's user may not read the log: runs read more records, and checks that need the log are left out",
        place(settings),
        "Give the worker's user the right 'Logging'.",
    )


def _too_much(whose: str, rights: Collection[str], settings: ProjectSettings) -> Finding:
    return Finding(
        "RIGHTS-TOO-MANY",
        Harm.HARMLESS,
        f"{_first(whose)} may do more than the worker needs: {', '.join(rights)}",
        place(settings),
        f"Give the worker a user of its own with the role '{ROLE}', and take these rights away.",
    )


def _first(words: str) -> str:
    """Begin a sentence with words."""
    return words[:1].upper() + words[1:]
