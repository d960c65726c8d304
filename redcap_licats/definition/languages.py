"""The texts of a project in a second language, kept beside the dictionary by Multi-Language Management.

Source: facts/redcap_api.md 4.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldTexts:
    """The texts of one field; '' and a missing code mean that the dictionary's own text is shown.

    Attributes:
        label, note, section_header: As the dictionary's columns.
        choices: Choice code to label.
    """

    label: str = ""
    note: str = ""
    section_header: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Language:
    """A second language of a project.

    Attributes:
        key: BCP 47 code, such as ``ja``.
        display: Its own name, such as ``日本語``.
        forms: Form name to form label.
        fields: Variable name to texts.
        missing_codes: Missing-data code to label.
    """

    key: str
    display: str
    forms: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, FieldTexts] = field(default_factory=dict)
    missing_codes: Mapping[str, str] = field(default_factory=dict)
