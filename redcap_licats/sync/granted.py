"""The rights of users and roles, as the API and the project XML list them. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redcap_licats.forms.roles import ROLES

#: name of the role that writes the worker's forms
ROLE = next(role.name for role in ROLES if role.edits == {"worker"})

_PER_FORM = re.compile(r"\[([^,\]]+),([0-9]+)\]")
#: from version 15.6 on, rights on forms are bits (facts/redcap_api.md 1.5)
_BITS, _EDIT_BIT = 128, 2
_NONE = frozenset({0, _BITS})
_FULL_EXPORT = 1


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user or role may do.

    Attributes:
        whose: Whose rights, in words.
        given: Names of the rights that are given.
        edits: Forms that may be edited.
        exports: Forms that may be exported whole.
        sees: Forms that may be viewed, or exported in any way.
        group: Data Access Group of the user; '' for none.
        role: Name of the role; '' for those of a user.
        resolution: Right in the Data Resolution Workflow: 0 none, 1 view, 2 respond, 3 open, close and respond,
            4 open, 5 open and respond (facts/redcap_hooks.md 2.1).
    """

    whose: str
    given: frozenset[str]
    edits: frozenset[str]
    exports: frozenset[str]
    sees: frozenset[str]
    group: str = ""
    role: str = ""
    resolution: int = 0


def rights_of_user(row: Mapping[str, object], what: str = "the token's user") -> Rights:
    """Read one user as the API lists it."""
    forms, exports = list(_pairs(row.get("forms"))), list(_pairs(row.get("forms_export")))
    return Rights(
        whose=f"{what} '{row.get('username', '')}'",
        given=frozenset(name for name, value in row.items() if _number(value) > 0),
        edits=frozenset(form for form, level in forms if may_edit(level)),
        exports=frozenset(form for form, level in exports if level == _FULL_EXPORT),
        sees=frozenset(form for form, level in (*forms, *exports) if level not in _NONE),
        group=str(row.get("data_access_group") or ""),
        resolution=_number(row.get("data_quality_resolution")),
    )


def rights_of_role(attributes: Mapping[str, str]) -> Rights:
    """Read one role as the project XML lists it."""
    forms, exports = (
        [(form, int(level)) for form, level in _PER_FORM.findall(attributes.get(name, ""))]
        for name in ("data_entry", "data_export_instruments")
    )
    return Rights(
        whose=f"the role '{attributes.get('role_name', '')}'",
        role=attributes.get("role_name", ""),
        resolution=_number(attributes.get("data_quality_resolution")),
        given=frozenset(name for name, value in attributes.items() if _number(value) > 0),
        edits=frozenset(form for form, level in forms if may_edit(level)),
        exports=frozenset(form for form, level in exports if level == _FULL_EXPORT),
        sees=frozenset(form for form, level in (*forms, *exports) if level not in _NONE),
    )


def may_edit(level: int) -> bool:
    """Whether a right on a form is that to edit it."""
    return bool(level & _EDIT_BIT) if level >= _BITS else level in (1, 3)


def _pairs(levels: object) -> Iterator[tuple[str, int]]:
    """Read rights on forms, as JSON gives them."""
    if isinstance(levels, dict):
        yield from ((str(form), int(level)) for form, level in levels.items() if str(level).isdigit())


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isdigit() else 0
