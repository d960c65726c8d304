"""What forms, fields and codes are called in both languages, as the protocol's own instruments have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.definition.model import Field, FieldType
from redcap_licats.forms import expand_forms
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol.models import Protocol, Severity, Text
from redcap_licats.report.model import Value
from redcap_licats.report.records import Row

#: REDCap words yes/no fields by itself, so no instrument has these.
YES_NO = {"1": Text(en="Yes", ja="はい"), "0": Text(en="No", ja="いいえ")}

#: A severity that no query has, so no instrument words it.
INFO = Text(en="Information", ja="情報")

_SEPARATOR = " "


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of forms and fields by name, of answers by field and code, of missing-data codes."""

    forms: Mapping[str, Text]
    fields: Mapping[str, Text]
    choices: Mapping[str, Mapping[str, Text]]
    checkboxes: Mapping[str, Mapping[str, str]]
    missing: Mapping[str, Text]

    def form(self, name: str) -> Text:
        """Give a form's label; its name where the protocol does not have it."""
        return self.forms.get(name) or Text(en=name, ja=name)

    def field(self, name: str) -> Text:
        """Give a field's label; its name where the protocol does not have it."""
        return self.fields.get(name) or Text(en=name, ja=name)

    def choice(self, field: str, code: str) -> Text:
        """Give the label of a field's answer; the code where it is not known."""
        return self.choices.get(field, {}).get(code) or Text(en=code, ja=code)

    def severity(self, severity: Severity) -> Text:
        """Give the words for a severity."""
        return INFO if severity is Severity.INFO else self.choice("qry_sev_d", severity)

    def value(self, field: str, raw: str) -> Value:
        """Add labels to a stored value; none unless every code in it is known."""
        known = {**self.missing, **self.choices.get(field, {})}
        labels = [known.get(code) for code in raw.split(_SEPARATOR)]
        return Value(raw, tuple(one for one in labels if one) if all(labels) else ())

    def stored(self, field: str, row: Row) -> str:
        """Read a field from a flat row; of a checkbox the codes that are ticked, as a query holds them: sorted."""
        if columns := self.checkboxes.get(field):
            return _SEPARATOR.join(sorted(code for column, code in columns.items() if row.get(column) == "1"))
        return row.get(field, "")


def labels_of(protocol: Protocol) -> Labels:
    """Collect the labels of all instruments of the protocol."""
    english, japanese = (build_dictionary(protocol, language) for language in ("en", "ja"))
    pairs = tuple(zip(english, japanese, strict=True))
    return Labels(
        forms={form.name: form.label for form in expand_forms(protocol)},
        fields={en.name: Text(en=en.label, ja=ja.label) for en, ja in pairs},
        choices={en.name: _choices(en, ja) for en, ja in pairs if en.choices},
        checkboxes={en.name: en.columns for en, _ in pairs if en.type is FieldType.CHECKBOX},
        missing=protocol.settings.missing_data_codes,
    )


def _choices(english: Field, japanese: Field) -> Mapping[str, Text]:
    if english.type is FieldType.YESNO:
        return YES_NO
    other = japanese.choices
    return {code: Text(en=label, ja=other[code]) for code, label in english.choices.items()}
