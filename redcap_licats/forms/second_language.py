"""The project's texts in a language that its dictionary is not written in."""

from __future__ import annotations

from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.expand import expand_forms
from redcap_licats.messages import LANGUAGES
from redcap_licats.protocol import Protocol
from redcap_licats.protocol.models import Text

NAMES = {"en": "English", "ja": "日本語"}
"""What each language calls itself."""

#: REDCap words the answers of a yes/no field itself, in the language of the project
_YES_NO = {"1": Text(en="Yes", ja="はい"), "0": Text(en="No", ja="いいえ")}


def languages(protocol: Protocol) -> tuple[Language, ...]:
    """Give every language of the forms, that of the dictionary first; it needs no texts beside the dictionary."""
    own = protocol.settings.language
    others = [key for key in LANGUAGES if key != own]
    return (Language(own, NAMES[own]), *(_texts(protocol, key) for key in others))


def _texts(protocol: Protocol, key: str) -> Language:
    return Language(
        key=key,
        display=NAMES[key],
        forms={form.name: form.label[key] for form in expand_forms(protocol)},
        fields={field.name: _field_texts(field, key) for field in build_dictionary(protocol, key)},
        missing_codes={code: text[key] for code, text in protocol.settings.missing_data_codes.items()},
    )


def _field_texts(field: Field, key: str) -> FieldTexts:
    yes_no = field.type is FieldType.YESNO
    return FieldTexts(
        label=field.label,
        note=field.note,
        section_header=field.section_header,
        choices={code: text[key] for code, text in _YES_NO.items()} if yes_no else field.choices,
    )
