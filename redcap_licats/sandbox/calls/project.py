"""content=project, project_settings, project_xml, version: the project as a whole.

Source: facts/redcap_api.md 1.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from redcap_licats.definition.odm import write_project
from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.data.options import read_options
from redcap_licats.sandbox.data.snapshot import project_with_data
from redcap_licats.sandbox.data.streaming import prepare
from redcap_licats.sandbox.store.log import Kind
from redcap_licats.sandbox.store.site import Site, Status
from redcap_licats.sandbox.wire.body import read_one
from redcap_licats.sandbox.wire.reply import MEDIA_TYPES, ApiError, CellValue, Reply, text

#: Project information that the project XML carries, by API name: its XML name and whether it is a flag.
_FROM_XML = {
    "custom_record_label": ("CustomRecordLabel", False),
    "secondary_unique_field": ("SecondaryUniqueField", False),
    "surveys_enabled": ("SurveysEnabled", True),
    "scheduling_enabled": ("SchedulingEnabled", True),
    "record_autonumbering_enabled": ("RecordAutonumberingEnabled", True),
    "randomization_enabled": ("RandomizationEnabled", True),
    "purpose": ("Purpose", True),
    "purpose_other": ("PurposeOther", False),
    "project_notes": ("ProjectNotes", False),
    "display_today_now_button": ("DisplayTodayNowButton", True),
    "missing_data_codes": ("MissingDataCodes", False),
    "bypass_branching_erase_field_prompt": ("PreventBranchingEraseValues", True),
}
_OWN_TEXTS = (
    "project_irb_number",
    "project_grant_number",
    "project_pi_firstname",
    "project_pi_lastname",
    "project_pi_email",
)
_COLUMNS = (
    "project_id",
    "project_title",
    "creation_time",
    "production_time",
    "in_production",
    "project_language",
    "purpose",
    "purpose_other",
    "project_notes",
    "custom_record_label",
    "secondary_unique_field",
    "is_longitudinal",
    "has_repeating_instruments_or_events",
    "surveys_enabled",
    "scheduling_enabled",
    "record_autonumbering_enabled",
    "randomization_enabled",
    "ddp_enabled",
    *_OWN_TEXTS,
    "display_today_now_button",
    "missing_data_codes",
    "external_modules",
    "bypass_branching_erase_field_prompt",
)
_LEVELS = frozenset("0123456789")
_SETTABLE = (*_FROM_XML, *_OWN_TEXTS, "project_title", "project_language", "is_longitudinal")


def project_info(site: Site) -> dict[str, CellValue]:
    """Give the project information: flags as numbers, the rest as text."""
    definition, state = site.definition, site.state
    info: dict[str, CellValue] = {
        "project_id": site.id,
        "project_title": definition.title,
        "creation_time": state.created,
        "production_time": state.production,
        "in_production": int(state.status is Status.PRODUCTION),
        "project_language": state.info.get("project_language", "English"),
        "is_longitudinal": int(definition.longitudinal),
        "has_repeating_instruments_or_events": int(bool(definition.repeats)),
        "ddp_enabled": 0,
        "external_modules": "",
    }
    for name, (xml_name, is_flag) in _FROM_XML.items():
        value = definition.settings.get(xml_name, "")
        info[name] = _number(value) if is_flag else value
    return info | {name: state.info.get(name, "") for name in _OWN_TEXTS}


def _number(value: str) -> int:
    return int(value) if value in _LEVELS else 0


def export_info(call: Call) -> Reply:
    """Export the project information: in json one object, not a list."""
    info = project_info(call.site)
    call.log_export("project information")
    if call.style != "json":
        return call.table([info], _COLUMNS)
    return call.objects({name: info[name] for name in _COLUMNS})


def import_settings(call: Call) -> Reply:
    """Change project information; answers how many values were accepted."""
    given = read_one(call.params.text("data"), call.style)
    accepted = {name: value for name, value in given.items() if name in _SETTABLE}
    call.session.save_site(with_settings(call.site, accepted))
    call.log_import("project information")
    return text(len(accepted))


def with_settings(site: Site, given: Mapping[str, str]) -> Site:
    """Give a project with other settings, by their API names."""
    definition, state = site.definition, site.state
    settings = dict(definition.settings)
    settings |= {_FROM_XML[name][0]: value for name, value in given.items() if name in _FROM_XML}
    own = {name: value for name, value in given.items() if name in (*_OWN_TEXTS, "project_language")}
    longitudinal = given.get("is_longitudinal", str(int(definition.longitudinal))).strip().lower() in ("1", "true")
    changed = replace(
        definition,
        title=given.get("project_title") or definition.title,
        settings=settings,
        longitudinal=longitudinal,
    )
    return replace(site, definition=changed, state=replace(state, info=dict(state.info) | own))


def export_xml(call: Call) -> Reply:
    """Export the project XML, with data unless only metadata are asked for."""
    metadata_only = call.params.flag("returnMetadataOnly")
    if metadata_only:
        xml = write_project(project_with_data(call.session, call.site, None, with_files=False))
    else:
        options = replace(read_options(call.params, call.layout), style="odm", eav=True, values="raw")
        exported = prepare(call.session, call.site, call.user, options)
        with_files = call.params.flag("exportFiles")
        project = project_with_data(call.session, call.site, exported, with_files=with_files)
        xml = write_project(project, exported.plan.fields)
    what = (
        "Download REDCap project XML file (metadata only)" if metadata_only else "Download REDCap project XML file"
    )
    call.log(Kind.MANAGE if metadata_only else Kind.EXPORT, "Manage/Design", f"{what} (API)")
    return text(xml, MEDIA_TYPES["xml"])


def version(call: Call) -> Reply:
    """Give the version whose behaviour the server follows; plain text whatever the format."""
    return text(call.server.version)


def module(call: Call) -> Reply:
    """Refuse: no external module is installed here."""
    prefix = call.params.text("prefix")
    raise ApiError(400, f"The external module '{prefix}' is not enabled in the project.")
