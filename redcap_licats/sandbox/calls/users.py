"""content=user, userRole, userRoleMapping, userDagMapping: users, roles and who has which.

Source: facts/redcap_api.md 1.5.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from redcap_licats.definition.model import Project
from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.store.log import Kind
from redcap_licats.sandbox.store.session import Numbered
from redcap_licats.sandbox.store.users import RIGHTS, Rights, Role, User, new_role_name, new_user_rights
from redcap_licats.sandbox.wire.reply import ApiError, CellValue, Reply, text

_WHO = ("username", "email", "firstname", "lastname", "expiration")
_GROUP = ("data_access_group", "data_access_group_id", "data_access_group_label")
_FORMS = ("forms", "forms_export")
_LONGEST_LEVEL = 3

#: Rights shown only where the feature is on: the project setting and the values that mean on.
_OPTIONAL = {
    "data_quality_resolution": ("DataResolutionWorkflowEnabled", ("2",)),
    "mycap_participants": ("MyCapEnabled", ("1",)),
    "random_setup": ("RandomizationEnabled", ("1",)),
    "random_dashboard": ("RandomizationEnabled", ("1",)),
    "random_perform": ("RandomizationEnabled", ("1",)),
}


def _shown_rights(project: Project) -> tuple[str, ...]:
    def is_on(right: str) -> bool:
        setting, on = _OPTIONAL.get(right, ("", ("",)))
        return project.settings.get(setting, "") in on

    return tuple(right for right in RIGHTS if is_on(right))


def export(call: Call) -> Reply:
    """Export the users with their rights, as numbers."""
    shown = _shown_rights(call.site.definition)
    labels = {group.unique_name: group.name for group in call.site.definition.access_groups}
    users: list[dict[str, CellValue]] = []
    for user in call.session.users(call.site.id):
        rights = call.site.rights(user)
        number = call.session.number(call.site.id, Numbered.GROUP, user.group) if user.group else ""
        who: dict[str, CellValue] = {
            "username": user.username,
            "email": user.email,
            "firstname": user.firstname,
            "lastname": user.lastname,
            "expiration": user.expiration,
            "data_access_group": user.group,
            "data_access_group_id": number,
            "data_access_group_label": labels.get(user.group, ""),
        }
        flags: dict[str, CellValue] = {right: rights.flags.get(right, 0) for right in shown}
        users.append(who | flags | {"forms": rights.forms, "forms_export": rights.forms_export})
    call.log_export("users")
    return call.table(users, (*_WHO, *_GROUP, *shown, *_FORMS), root="users")


def import_(call: Call) -> Reply:
    """Add or change users; attributes that are not given stay as they are."""
    rows = call.imported()
    for row in rows:
        name = row.get("username", "").strip()
        if not name:
            raise ApiError(400, "Every user needs a username.")
        old = call.session.user(call.site.id, name) or User(name, rights=new_user_rights(call.layout.forms))
        user = replace(
            old,
            email=row.get("email", old.email),
            firstname=row.get("firstname", old.firstname),
            lastname=row.get("lastname", old.lastname),
            expiration=row.get("expiration", old.expiration),
            group=known_group(call, row.get("data_access_group", old.group)),
            rights=changed_rights(old.rights, row),
        )
        call.session.save_user(call.site.id, user)
        call.log(Kind.USER, "Edit user", f"user = '{name}'")
    return text(len(rows))


def delete(call: Call) -> Reply:
    """Remove users from the project."""
    names = call.params.array("users")
    known = {user.username for user in call.session.users(call.site.id)}
    missing = [name for name in names if name not in known]
    if missing or not names:
        raise ApiError(400, f"The following users do not exist in the project: {', '.join(missing)}")
    for name in names:
        call.session.delete_user(call.site.id, name)
        call.log(Kind.USER, "Delete user", f"user = '{name}'")
    return text(len(names))


def export_roles(call: Call) -> Reply:
    """Export the roles; their rights are text here."""
    shown = _shown_rights(call.site.definition)
    roles: list[dict[str, CellValue]] = []
    for role in call.site.state.roles:
        flags: dict[str, CellValue] = {right: str(role.rights.flags.get(right, 0)) for right in shown}
        forms: dict[str, CellValue] = {"forms": role.rights.forms, "forms_export": role.rights.forms_export}
        roles.append({"unique_role_name": role.unique_name, "role_label": role.label} | flags | forms)
    call.log_export("user roles")
    return call.table(roles, ("unique_role_name", "role_label", *shown, *_FORMS), root="userRoles")


def import_roles(call: Call) -> Reply:
    """Add or change roles; one without unique name is new."""
    rows = call.imported()
    roles = {role.unique_name: role for role in call.site.state.roles}
    for row in rows:
        name = row.get("unique_role_name", "").strip()
        if name and name not in roles:
            raise ApiError(400, f"The role '{name}' does not exist in the project.")
        old = roles.get(name) or Role(new_role_name(), "", new_user_rights(call.layout.forms))
        label = row.get("role_label", old.label).strip()
        if not label:
            raise ApiError(400, "Every role needs a role_label.")
        roles[old.unique_name] = replace(old, label=label, rights=changed_rights(old.rights, row))
        call.log(Kind.USER, "Edit user role", f"role = '{label}'")
    _save_roles(call, roles)
    return text(len(rows))


def delete_roles(call: Call) -> Reply:
    """Remove roles; their users keep their own rights."""
    names = call.params.array("roles")
    roles = {role.unique_name: role for role in call.site.state.roles}
    missing = [name for name in names if name not in roles]
    if missing or not names:
        raise ApiError(400, f"The following roles do not exist in the project: {', '.join(missing)}")
    for name in names:
        call.log(Kind.USER, "Delete user role", f"role = '{roles.pop(name).label}'")
    for user in list(call.session.users(call.site.id)):
        if user.role in names:
            call.session.save_user(call.site.id, replace(user, role=""))
    _save_roles(call, roles)
    return text(len(names))


def export_role_mapping(call: Call) -> Reply:
    """Export which user has which role."""
    mapping = [
        {"username": user.username, "unique_role_name": user.role, "data_access_group": user.group}
        for user in call.session.users(call.site.id)
    ]
    call.log_export("user-role assignments")
    return call.table(mapping, ("username", "unique_role_name", "data_access_group"))


def import_role_mapping(call: Call) -> Reply:
    """Give users roles, or take them away with a blank."""
    rows = call.imported()
    for row in rows:
        user = known_user(call, row)
        role = row.get("unique_role_name", user.role).strip()
        if role and call.site.role(role) is None:
            raise ApiError(400, f"The role '{role}' does not exist in the project.")
        group = known_group(call, row.get("data_access_group", user.group))
        call.session.save_user(call.site.id, replace(user, role=role, group=group))
        call.log(Kind.USER, "Edit user", f"user = '{user.username}', role = '{role}'")
    return text(len(rows))


def known_user(call: Call, row: Mapping[str, str]) -> User:
    """Give the user a row names.

    Raises:
        ApiError: 400 if the project has no such user.
    """
    name = row.get("username", "").strip()
    user = call.session.user(call.site.id, name)
    if user is None:
        raise ApiError(400, f"The user '{name}' does not exist in the project.")
    return user


def known_group(call: Call, name: str) -> str:
    """Give back the unique name of an access group, '' for none.

    Raises:
        ApiError: 400 if the project has no such group.
    """
    name = name.strip()
    if name and name not in {group.unique_name for group in call.site.definition.access_groups}:
        raise ApiError(400, f"The Data Access Group '{name}' does not exist in the project.")
    return name


def changed_rights(old: Rights, row: Mapping[str, str]) -> Rights:
    """Give rights with those that a row names replaced.

    Raises:
        ApiError: 400 for a right that is no number.
    """
    flags = {right: _level(right, row[right]) for right in RIGHTS if right in row}
    return Rights(
        flags=dict(old.flags) | flags,
        forms=dict(old.forms) | _form_levels("forms", row),
        forms_export=dict(old.forms_export) | _form_levels("forms_export", row),
    )


def _form_levels(name: str, row: Mapping[str, str]) -> dict[str, int]:
    """Read rights per form: a JSON object, or ``form:1,other:2`` as in csv."""
    given = row.get(name, "").strip()
    if given.startswith("{"):
        try:
            levels = {str(form): str(level) for form, level in json.loads(given).items()}
        except (ValueError, RecursionError) as error:
            raise ApiError(400, f"The value of '{name}' could not be read.") from error
    else:
        pairs = (pair.partition(":") for pair in given.split(",") if pair.strip())
        levels = {form.strip(): level for form, _, level in pairs}
    return {form: _level(f"{name}: {form}", level) for form, level in levels.items()}


def _level(name: str, given: str) -> int:
    given = given.strip() or "0"
    if not (given.isascii() and given.isdigit() and len(given) <= _LONGEST_LEVEL):
        raise ApiError(400, f"The value of '{name}' must be a whole number.")
    return int(given)


def _save_roles(call: Call, roles: Mapping[str, Role]) -> None:
    call.session.save_site(replace(call.site, state=replace(call.site.state, roles=tuple(roles.values()))))
