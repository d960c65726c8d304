"""content=dag, userDagMapping: Data Access Groups and their users.

Source: facts/redcap_api.md 1.5.
"""

from __future__ import annotations

from dataclasses import replace

from redcap_licats.definition.groups import unique_group_name
from redcap_licats.definition.model import AccessGroup
from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.calls.users import known_group, known_user
from redcap_licats.sandbox.store.log import Kind
from redcap_licats.sandbox.store.records import rename_access_group
from redcap_licats.sandbox.store.session import Numbered
from redcap_licats.sandbox.wire.reply import ApiError, CellValue, Reply, text

_COLUMNS = ("data_access_group_name", "unique_group_name", "data_access_group_id")


def export(call: Call) -> Reply:
    """Export the groups."""
    groups: list[dict[str, CellValue]] = [
        {
            "data_access_group_name": group.name,
            "unique_group_name": group.unique_name,
            "data_access_group_id": call.session.number(call.site.id, Numbered.GROUP, group.unique_name),
        }
        for group in call.site.definition.access_groups
    ]
    call.log_export("DAGs")
    return call.table(groups, _COLUMNS, root="dags")


def import_(call: Call) -> Reply:
    """Add groups (blank unique name) or rename them; a new name brings a new unique name."""
    rows = call.imported()
    groups = {group.unique_name: group for group in call.site.definition.access_groups}
    for row in rows:
        label = row.get("data_access_group_name", "").strip()
        old = row.get("unique_group_name", "").strip()
        if not label:
            raise ApiError(400, "Every Data Access Group needs a data_access_group_name.")
        if old and old not in groups:
            raise ApiError(400, f"The Data Access Group '{old}' does not exist in the project.")
        if old and groups[old].name == label:
            continue
        name = _unused_name(label, groups)
        if old:
            groups = {name if key == old else key: group for key, group in groups.items()}
            _rename(call, old, name)
        groups[name] = AccessGroup(label, name)
        call.log(Kind.MANAGE, "Manage/Design", f"{'Rename' if old else 'Create'} data access group: {label}")
    _save(call, groups)
    return text(len(rows))


def delete(call: Call) -> Reply:
    """Remove groups; their records and users then belong to none."""
    names = call.params.array("dags")
    groups = {group.unique_name: group for group in call.site.definition.access_groups}
    missing = [name for name in names if name not in groups]
    if missing or not names:
        raise ApiError(400, f"The following Data Access Groups do not exist: {', '.join(missing)}")
    for name in names:
        call.log(Kind.MANAGE, "Manage/Design", f"Delete data access group: {groups.pop(name).name}")
        _rename(call, name, "")
    _save(call, groups)
    return text(len(names))


def switch(call: Call) -> Reply:
    """Move the caller into another of the groups it may switch to."""
    wanted = call.params.text("dag").strip()
    if wanted not in call.user.groups:
        raise ApiError(400, f"You may not switch to the Data Access Group '{wanted}'.")
    call.session.save_user(call.site.id, replace(call.user, group=wanted))
    call.log(Kind.MANAGE, "DAG Switcher", f"Switch to '{wanted}'")
    return text(1)


def export_mapping(call: Call) -> Reply:
    """Export which user is in which group."""
    mapping = [
        {"username": user.username, "redcap_data_access_group": user.group}
        for user in call.session.users(call.site.id)
    ]
    call.log_export("user-DAG assignments")
    return call.table(mapping, ("username", "redcap_data_access_group"))


def import_mapping(call: Call) -> Reply:
    """Put users into groups, or out of them with a blank."""
    rows = call.imported()
    for row in rows:
        user = known_user(call, row)
        group = known_group(call, row.get("redcap_data_access_group", ""))
        call.session.save_user(call.site.id, replace(user, group=group))
        call.log(Kind.USER, "Edit user", f"user = '{user.username}', data access group = '{group}'")
    return text(len(rows))


def _unused_name(label: str, taken: dict[str, AccessGroup]) -> str:
    wanted = stem = unique_group_name(label) or "group"
    suffix = "b"
    while wanted in taken:
        wanted = f"{stem}{suffix}"
        suffix = chr(ord(suffix) + 1)
    return wanted


def _rename(call: Call, old: str, new: str) -> None:
    rename_access_group(call.session, call.site.id, old, new)
    if new:
        call.session.rename_number(call.site.id, Numbered.GROUP, old, new)
    for user in list(call.session.users(call.site.id)):
        switchable = tuple(name for name in (new if one == old else one for one in user.groups) if name)
        group = new if user.group == old else user.group
        call.session.save_user(call.site.id, replace(user, group=group, groups=switchable))


def _save(call: Call, groups: dict[str, AccessGroup]) -> None:
    definition = replace(call.site.definition, access_groups=tuple(groups.values()))
    call.session.save_site(replace(call.site, definition=definition))
