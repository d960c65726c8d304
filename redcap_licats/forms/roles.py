"""User roles with least rights: who writes, reads and exports which form.

Attribute names are those of ``redcap:UserRoles`` in recorded project XMLs; form rights 0 none, 1 edit, 2 read;
export rights 0 none, 1 full. Source: design of the eCRF (one instrument, one kind of writer).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from redcap_licats.forms.expand import Form

NONE, EDIT, READ = "0", "1", "2"
#: rights in the Data Resolution Workflow, which have an effect only where a project has it: sites respond;
#: monitors and the worker open threads, send back and close, which REDCap gives together only
RESPOND, OPEN_AND_CLOSE = "2", "3"

#: every attribute of a role in REDCap's order, with no right at all
_NO_RIGHTS: Mapping[str, str] = {
    "lock_record": "0",
    "lock_record_multiform": "0",
    "lock_record_customize": "0",
    "data_export_tool": "",
    "data_export_instruments": "",
    "data_import_tool": "0",
    "data_comparison_tool": "0",
    "data_logging": "0",
    "email_logging": "0",
    "file_repository": "0",
    "double_data": "0",
    "user_rights": "0",
    "data_access_groups": "0",
    "graphical": "0",
    "reports": "0",
    "design": "0",
    "alerts": "0",
    "calendar": "0",
    "data_entry": "",
    "api_export": "0",
    "api_import": "0",
    "api_modules": "0",
    "mobile_app": "0",
    "mobile_app_download_data": "0",
    "record_create": "0",
    "record_rename": "0",
    "record_delete": "0",
    "dts": "0",
    "participants": "0",
    "data_quality_design": "0",
    "data_quality_execute": "0",
    "data_quality_resolution": "0",
    "random_setup": "0",
    "random_dashboard": "0",
    "random_perform": "0",
    "realtime_webservice_mapping": "0",
    "realtime_webservice_adjudicate": "0",
    "external_module_config": "",
    "mycap_participants": "0",
}


@dataclass(frozen=True)
class Role:
    """A role: the writers whose forms it edits, whether it sees what sites do not, project rights beside them.

    ``exports`` tells whether the forms that are seen may also be exported.
    """

    name: str
    edits: frozenset[str]
    site: bool
    exports: bool
    rights: Mapping[str, str] = field(default_factory=dict)

    def right(self, form: Form) -> str:
        """Give the role's right on a form."""
        if form.instrument.writer in self.edits:
            return EDIT
        return READ if form.instrument.site_reads or not self.site else NONE

    def attributes(self, forms: Sequence[Form]) -> dict[str, str]:
        """Give the role as the attributes of ``redcap:UserRoles``."""
        rights = {form.name: self.right(form) for form in forms}
        export = {name: EDIT if self.exports and right != NONE else NONE for name, right in rights.items()}
        own = {
            **self.rights,
            "data_entry": _per_form(rights),
            "data_export_instruments": _per_form(export),
        }
        return {"role_name": self.name, **_NO_RIGHTS, **own}


def _per_form(rights: Mapping[str, str]) -> str:
    return "".join(f"[{form},{right}]" for form, right in rights.items())


ROLES = (
    Role(
        "Coordinator",
        edits=frozenset({"site"}),
        site=True,
        exports=False,
        rights={"record_create": "1", "calendar": "1", "data_quality_resolution": RESPOND},
    ),
    Role(
        "Investigator",
        edits=frozenset({"site"}),
        site=True,
        exports=True,
        rights={"record_create": "1", "calendar": "1", "reports": "1", "data_quality_resolution": RESPOND},
    ),
    Role(
        "Monitor",
        edits=frozenset({"monitor"}),
        site=False,
        exports=True,
        rights={
            "data_logging": "1",
            "reports": "1",
            "data_quality_execute": "1",
            "data_quality_resolution": OPEN_AND_CLOSE,
        },
    ),
    Role("Adjudicator", edits=frozenset({"adjudicator"}), site=False, exports=False),
    Role(
        "Data manager",
        edits=frozenset(),
        site=False,
        exports=True,
        # the third right is for the page that offers locking on some forms only: never on those of the worker
        rights={
            "lock_record": "1",
            "lock_record_multiform": "1",
            "lock_record_customize": "1",
            "data_logging": "1",
            "user_rights": "1",
            "data_access_groups": "1",
            "reports": "1",
            "design": "1",
            "data_quality_design": "1",
            "data_quality_execute": "1",
            "api_export": "1",
            "api_import": "1",
        },
    ),
    Role(
        "Worker",
        edits=frozenset({"worker"}),
        site=False,
        exports=True,
        rights={
            "data_logging": "1",
            "api_export": "1",
            "api_import": "1",
            "api_modules": "1",
            "data_quality_resolution": OPEN_AND_CLOSE,
        },
    ),
)
"""The roles of the study, as they are created with the project."""
