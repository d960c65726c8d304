"""Who else may write what: every form has one kind of writer, and some forms are not for sites. Pure functions.

A form opened in a browser saves every field on it, so that who may edit another's form will one day overwrite it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from redcap_licats.config import ProjectSettings
from redcap_licats.forms.roles import OPEN_AND_CLOSE, RESPOND, ROLES
from redcap_licats.sync.finding import Finding, Harm, some
from redcap_licats.sync.granted import ROLE, Rights
from redcap_licats.sync.guards import place
from redcap_licats.sync.needs import Needs

_SITE, _WORKER = "site", "worker"
#: right in the Data Resolution Workflow that a role is given -> rights that hold it
_RESOLUTION_ENOUGH = {RESPOND: (2, 3, 5), OPEN_AND_CLOSE: (3,)}


def matrix(others: Iterable[Rights], needs: Needs, settings: ProjectSettings) -> Iterator[Finding]:
    """Compare the rights on forms of roles and users other than the worker with who writes which form.

    Args:
        others: Their rights; without those of the worker.
        needs: The forms, each with its writer.
        settings: The project.
    """
    everybody = list(others)
    writer_of = {form: one.writer for form, one in needs.here.items()}
    hidden = frozenset(form for form, one in needs.here.items() if not one.site_reads)

    def writers(one: Rights) -> set[str]:
        return {writer_of[form] for form in one.edits if form in writer_of}

    if named := [one.whose for one in everybody if _WORKER in writers(one)]:
        yield _finding(
            "RIGHTS-WORKERS-FORMS",
            f"Others than the worker may edit the worker's forms: {some(named)}",
            "Give them 'Read Only' on the forms "
            f"{', '.join(needs.worker)}: what they save there is overwritten by the next run.",
            settings,
        )
    if named := [
        f"{one.whose} ({', '.join(sorted(kinds))})"
        for one in everybody
        if len(kinds := writers(one) - {_WORKER}) > 1
    ]:
        yield _finding(
            "RIGHTS-SEVERAL-WRITERS",
            f"Some may edit forms of more than one kind of writer: {some(named)}",
            "Give everybody one of the roles of the project XML; else the audit trail does not tell who answered "
            "as a site and who decided as a monitor.",
            settings,
        )
    if named := [one.whose for one in everybody if _SITE in writers(one) and hidden & one.sees]:
        yield _finding(
            "RIGHTS-SITE-SEES",
            f"Some who edit the site's forms see forms that sites must not see: {some(named)}",
            f"Take away the rights to view and export {', '.join(sorted(hidden))}: sites learn of a medical query "
            "only when it is released to them.",
            settings,
        )


def short_roles(roles: Collection[Rights], needs: Needs, settings: ProjectSettings) -> Iterator[Finding]:
    """Name the roles of the project XML that may not edit what they are there to edit."""
    by_name = {one.role: one for one in roles}
    for role in ROLES:
        here = by_name.get(role.name)
        if here is None or role.name == ROLE:
            continue
        lacking = [form for form, one in needs.here.items() if one.writer in role.edits and form not in here.edits]
        if lacking:
            yield _finding(
                "RIGHTS-ROLE-SHORT",
                f"The role '{role.name}' may not edit {len(lacking)} of its forms: {some(lacking)}",
                "Give the role 'View & Edit' on them, on the page 'User Rights'.",
                settings,
            )


def short_in_threads(roles: Collection[Rights], settings: ProjectSettings) -> Iterator[Finding]:
    """Name the roles of the project XML that cannot do their part in threads, where queries are answered there."""
    wanted = {role.name: role.rights.get("data_quality_resolution", "") for role in ROLES}
    short = [
        one.role
        for one in roles
        if (needed := wanted.get(one.role)) and one.resolution not in _RESOLUTION_ENOUGH[needed]
    ]
    if settings.answer_in == "drw" and short:
        yield _finding(
            "RIGHTS-THREADS",
            f"Roles without their right in the Data Resolution Workflow: {some(short)}",
            "On the page 'User Rights' give sites 'Respond', monitors and the worker 'Open, close, and respond'.",
            settings,
        )


def _finding(code: str, what: str, remedy: str, settings: ProjectSettings) -> Finding:
    return Finding(code, Harm.HARMLESS, what, place(settings), remedy)
