"""Users of a project, their rights and roles.

Source: facts/redcap_api.md 1.5 and the attributes of roles in project XML files.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

#: Rights in the order of the user export.
RIGHTS = (
    "design",
    "alerts",
    "user_rights",
    "data_access_groups",
    "reports",
    "stats_and_charts",
    "manage_survey_participants",
    "calendar",
    "data_import_tool",
    "data_comparison_tool",
    "logging",
    "email_logging",
    "file_repository",
    "data_quality_create",
    "data_quality_execute",
    "data_quality_resolution",
    "api_export",
    "api_import",
    "api_modules",
    "mobile_app",
    "mobile_app_download_data",
    "mycap_participants",
    "record_create",
    "record_rename",
    "record_delete",
    "lock_records_all_forms",
    "lock_records",
    "lock_records_customization",
    "random_setup",
    "random_dashboard",
    "random_perform",
)

#: Rights whose name in the project XML is another.
_XML_NAMES = {
    "lock_records": "lock_record",
    "lock_records_all_forms": "lock_record_multiform",
    "lock_records_customization": "lock_record_customize",
    "stats_and_charts": "graphical",
    "manage_survey_participants": "participants",
    "data_quality_create": "data_quality_design",
    "logging": "data_logging",
}
_LONGEST_LEVEL = 3
_PAIR = re.compile(r"\[([^,\]]+),([^\]]*)\]")

#: forms_export: the four export rights of a form.
EXPORT_NONE, EXPORT_FULL, EXPORT_DEIDENTIFIED, EXPORT_NO_IDENTIFIERS = range(4)

#: rights on a form: 0 none, 1 edit, 2 read, 3 edit survey responses too; from version 15.6 on 128 and bits (facts
#: 1.5): 1 read, 2 edit
_BITS, _EDIT_BIT = 128, 2
_NONE, _EDIT = (0, _BITS), (1, 3)

_ROLE_NAME_SIGNS = string.ascii_uppercase + string.digits
_ROLE_NAME_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user or role may do.

    Attributes:
        flags: Rights by name; those not named are 0.
        forms: Viewing and editing right by form.
        forms_export: Export right by form.
    """

    flags: Mapping[str, int] = field(default_factory=dict)
    forms: Mapping[str, int] = field(default_factory=dict)
    forms_export: Mapping[str, int] = field(default_factory=dict)

    def has(self, right: str) -> bool:
        """Say whether a right is given."""
        return bool(self.flags.get(right, 0))

    def sees(self, form: str) -> bool:
        """Say whether a form may be looked at."""
        return self.forms.get(form, 0) not in _NONE

    def edits(self, form: str) -> bool:
        """Say whether a form may be changed."""
        level = self.forms.get(form, 0)
        return bool(level & _EDIT_BIT) if level >= _BITS else level in _EDIT


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of rights.

    Attributes:
        kept: All attributes that the project XML had, for those that mean nothing here.
    """

    unique_name: str
    label: str
    rights: Rights
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class User:
    """A user of one project.

    Attributes:
        group: Data Access Group by unique name, '' for none.
        groups: Groups among which the user may switch.
        role: Unique name of the role, whose rights then replace the user's own.
        expiration: Day (``YYYY-MM-DD``) from which the user has no access, '' for never.
    """

    username: str
    token: str = ""
    email: str = ""
    firstname: str = ""
    lastname: str = ""
    expiration: str = ""
    group: str = ""
    groups: tuple[str, ...] = ()
    role: str = ""
    rights: Rights = field(default_factory=Rights)


def full_rights(forms: Iterable[str]) -> Rights:
    """Give every right, to all forms."""
    names = tuple(forms)
    flags = dict.fromkeys(RIGHTS, 1) | {"lock_records": 2, "data_quality_resolution": 5}
    return Rights(flags, dict.fromkeys(names, 1), dict.fromkeys(names, EXPORT_FULL))


def new_user_rights(forms: Iterable[str]) -> Rights:
    """Give what a user has who was added with nothing but a name."""
    names = tuple(forms)
    flags = {"reports": 1, "stats_and_charts": 1, "calendar": 1, "file_repository": 1, "record_create": 1}
    return Rights(flags, dict.fromkeys(names, 1), dict.fromkeys(names, EXPORT_DEIDENTIFIED))


def with_forms(rights: Rights, forms: Iterable[str]) -> Rights:
    """Extend rights to forms that came later, and drop those of forms that went."""
    names = tuple(forms)
    return replace(
        rights,
        forms={form: rights.forms.get(form, 1) for form in names},
        forms_export={form: rights.forms_export.get(form, EXPORT_FULL) for form in names},
    )


def new_role_name() -> str:
    """Make a unique role name as REDCap does: ``U-`` and ten capitals or digits."""
    return "U-" + "".join(secrets.choice(_ROLE_NAME_SIGNS) for _ in range(_ROLE_NAME_LENGTH))


def role_from_xml(attributes: Mapping[str, str]) -> Role:
    """Read a role of a project XML; one without a unique name gets a new one."""
    flags = {right: _whole(attributes.get(_XML_NAMES.get(right, right), "")) for right in RIGHTS}
    forms = _pairs(attributes.get("data_entry", ""))
    return Role(
        attributes.get("unique_role_name") or new_role_name(),
        attributes.get("role_name", ""),
        Rights(flags, forms, _export_levels(attributes, forms)),
        attributes,
    )


def _export_levels(attributes: Mapping[str, str], forms: Iterable[str]) -> dict[str, int]:
    """Read the export rights; up to version 11 a role had one for all forms."""
    by_form = _pairs(attributes.get("data_export_instruments", ""))
    for_all = attributes.get("data_export_tool", "")
    return by_form or (dict.fromkeys(forms, _whole(for_all)) if for_all else {})


def role_to_xml(role: Role) -> dict[str, str]:
    """Give a role as the attributes of a project XML."""
    flags = {_XML_NAMES.get(right, right): str(role.rights.flags.get(right, 0)) for right in RIGHTS}
    return {
        **role.kept,
        "role_name": role.label,
        "unique_role_name": role.unique_name,
        **flags,
        "data_entry": "".join(f"[{form},{level}]" for form, level in role.rights.forms.items()),
        "data_export_instruments": "".join(
            f"[{form},{level}]" for form, level in role.rights.forms_export.items()
        ),
    }


def _pairs(text: str) -> dict[str, int]:
    return {form: _whole(level) for form, level in _PAIR.findall(text)}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_LEVEL else 0
