"""The project's texts in a language that its dictionary is not written in."""

from __future__ import annotations

from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.model import FieldType
from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.expand import expand_forms
from redcap_licats.messages import LANGUAGES
from redcap_licats.protocol import Protocol

NAMES = {"en": "English", "ja": "日本語"}
"""What each language calls itself."""


#: answers that REDCap translates itself
_OWN_ANSWERS = (FieldType.YESNO, FieldType.TRUEFALSE)


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
        fields={
            field.name: FieldTexts(
                field.label,
                field.note,
                field.section_header,
                {} if field.type in _OWN_ANSWERS else field.choices,
            )
            for field in build_dictionary(protocol, key)
        },
        missing_codes={code: text[key] for code, text in protocol.settings.missing_data_codes.items()},
    )
