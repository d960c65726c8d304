"""The protocol as one REDCap project definition."""

from __future__ import annotations

from redcap_licats.definition.model import (
    AccessGroup,
    Arm,
    DataDictionary,
    Event,
    Project,
    Repeat,
    format_choices,
)
from redcap_licats.forms.expand import expand_fields, expand_forms
from redcap_licats.forms.reports import build_reports
from redcap_licats.forms.roles import ROLES
from redcap_licats.protocol import Protocol

EVENT = "event_1_arm_1"
"""Unique name of the one event that a classic project has in its XML."""

#: two example sites, to be renamed by the study
_SITES = (AccessGroup("Site A", "site_a"), AccessGroup("Site B", "site_b"))

#: REDCap's own defaults, but for records that number themselves and an empty purpose
_SETTINGS = {
    "RecordAutonumberingEnabled": "1",
    "CustomRecordLabel": "",
    "SecondaryUniqueField": "",
    "SecondaryUniqueFieldDisplayValue": "1",
    "SecondaryUniqueFieldDisplayLabel": "1",
    "SchedulingEnabled": "0",
    "SurveysEnabled": "0",
    "SurveyInvitationEmailField": "",
    "RandomizationEnabled": "0",
    "DisplayTodayNowButton": "1",
    "PreventBranchingEraseValues": "0",
    "RequireChangeReason": "0",
    "DataHistoryPopup": "1",
    "OrderRecordsByField": "",
    "taskCompleteStatus": "0",
    "MyCapEnabled": "0",
    "Purpose": "2",
    "PurposeOther": "",
    "ProjectNotes": "",
}


def build_dictionary(protocol: Protocol, language: str) -> DataDictionary:
    """Build the data dictionary with texts in one language (``en`` or ``ja``)."""
    forms = expand_forms(protocol)
    return DataDictionary(tuple(one for form in forms for one in expand_fields(form, protocol, language)))


def build_project(protocol: Protocol, *, title: str = "LICATS") -> Project:
    """Build the whole project: dictionary, repeating set-up, missing-data codes, example sites, roles, reports.

    Texts are in the language of the study (``settings.language``). The project is classic; what repeats is a
    repeating instrument. It is not cross-checked: see :func:`redcap_licats.forms.crosscheck.crosscheck`.
    """
    language = protocol.settings.language
    forms = expand_forms(protocol)
    dictionary = build_dictionary(protocol, language)
    codes = {code: text[language] for code, text in protocol.settings.missing_data_codes.items()}
    return Project(
        title=title,
        dictionary=dictionary,
        form_labels={form.name: form.label[language] for form in forms},
        settings={**_SETTINGS, "MissingDataCodes": format_choices(codes)},
        arms=(Arm(1, "Arm 1"),),
        events=(Event("Event 1", 1, EVENT, forms=tuple(form.name for form in forms)),),
        repeats=tuple(
            Repeat(form.name, custom_label=form.repeat_label) for form in forms if form.instrument.repeats
        ),
        access_groups=_SITES,
        roles=tuple(role.attributes(forms) for role in ROLES),
        reports=build_reports(protocol, dictionary),
    )
