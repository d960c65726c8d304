"""Names that the project XML uses: namespaces, field types, validation types, items outside the dictionary."""

from __future__ import annotations

from collections.abc import Mapping

from redcap_licats.definition.model import Field, FieldType
from redcap_licats.definition.validation import VALIDATIONS

ODM = "http://www.cdisc.org/ns/odm/v1.3"
REDCAP = "https://projectredcap.org"

GROUP_ITEM = "redcap_data_access_group"
IDENTIFIER_ITEM = "redcap_survey_identifier"
CLASSIC_EVENT = "event_1_arm_1"

_OTHER_TYPE_NAMES = {FieldType.DROPDOWN: "select", FieldType.NOTES: "textarea"}
FIELD_TYPE_NAMES: Mapping[FieldType, str] = {one: _OTHER_TYPE_NAMES.get(one, one.value) for one in FieldType}
FIELD_TYPES: Mapping[str, FieldType] = {name: one for one, name in FIELD_TYPE_NAMES.items()}

_VALIDATION_OF_XML = {one.xml_name: name for name, one in VALIDATIONS.items()} | {
    # names of REDCap versions before the order of day and month could be chosen
    "date": "date_ymd",
    "datetime": "datetime_ymd",
    "datetime_seconds": "datetime_seconds_ymd",
}


def odm(name: str) -> str:
    """Qualify a name of ODM itself."""
    return f"{{{ODM}}}{name}"


def redcap(name: str) -> str:
    """Qualify a name of REDCap's extension."""
    return f"{{{REDCAP}}}{name}"


def short_name(qualified: str) -> str:
    """Give ``redcap:Name`` for REDCap's names and the bare name for all others."""
    namespace, _, name = qualified.rpartition("}")
    return f"redcap:{name}" if namespace == f"{{{REDCAP}" else name


def validation_from_xml(name: str, field_type: FieldType) -> str:
    """Translate a validation type of the XML to the dictionary's name."""
    return _VALIDATION_OF_XML.get(name, name) if field_type is FieldType.TEXT else name


def validation_to_xml(field: Field) -> str:
    """Translate the validation type of a field to the XML's name."""
    known = VALIDATIONS.get(field.validation) if field.type is FieldType.TEXT else None
    return known.xml_name if known else field.validation
