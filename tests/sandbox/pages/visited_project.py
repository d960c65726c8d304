"""A project with two forms that repeat or are hidden, and users in a few roles."""

from __future__ import annotations

from sandbox_helpers import FIELDS, project

from redcap_licats.definition.model import Field, FieldType, Project, Repeat

#: the helper's forms, and one that sites do not see
HELD = (
    *FIELDS,
    Field("secret", "held", FieldType.TEXT, label="Secret"),
    Field("must", "held", FieldType.TEXT, label="Must", required=True),
)


def role(name: str, rights: str, **flags: str) -> dict[str, str]:
    return {"role_name": name, "data_entry": rights, **flags}


ROLES = (
    role("Site", "[basics,1][labs,1][held,0]", record_create="1"),
    role("Reader", "[basics,2][labs,2][held,2]"),
    role(
        "Chief",
        "[basics,1][labs,1][held,1]",
        record_create="1",
        record_delete="1",
        lock_record="1",
        lock_record_multiform="1",
        design="1",
    ),
)


def visited(**more: object) -> Project:
    defaults: dict[str, object] = {"roles": ROLES, "repeats": [Repeat("labs", custom_label="[height] cm [fever]")]}
    return project(HELD, **{**defaults, **more})  # type: ignore[arg-type]
