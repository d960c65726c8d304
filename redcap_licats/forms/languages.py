"""The second language of the project: the texts of the one that the dictionary does not have."""

from __future__ import annotations

from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.expand import expand_forms
from redcap_licats.protocol import Protocol
from redcap_licats.protocol.models import Text

NAMES = {"en": "English", "ja": "日本語"}
"""Languages of the protocol by their own name."""

#: REDCap words the answers of a yes/no field itself, in the language of the project
_YES_NO = {"1": Text(en="Yes", ja="はい"), "0": Text(en="No", ja="いいえ")}


def second_language(protocol: Protocol) -> str:
    """Give the key of the language that is not the study's own."""
    return next(key for key in NAMES if key != protocol.settings.language)


def build_language(protocol: Protocol) -> Language:
    """Build the texts of the second language for Multi-Language Management."""
    key = second_language(protocol)
    return Language(
        key=key,
        display=NAMES[key],
        forms={form.name: form.label[key] for form in expand_forms(protocol)},
        fields={field.name: _texts(field, key) for field in build_dictionary(protocol, key)},
        missing_codes={code: text[key] for code, text in protocol.settings.missing_data_codes.items()},
    )


def _texts(field: Field, key: str) -> FieldTexts:
    yes_no = field.type is FieldType.YESNO
    return FieldTexts(
        label=field.label,
        note=field.note,
        section_header=field.section_header,
        choices={code: text[key] for code, text in _YES_NO.items()} if yes_no else field.choices,
    )
