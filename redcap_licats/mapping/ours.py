"""Our forms by name, for those who translate names: stem, writer, fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.definition.model import DataDictionary, Field
from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.expand import Form, expand_forms
from redcap_licats.protocol.models import Protocol

#: what sites fill in and a study may have forms of its own for; what it is asked about LICATS itself stays ours
_STAYS = "licats_"


@dataclass(frozen=True)
class Ours:
    """The protocol's forms, and its data dictionary in the study's language."""

    forms: Mapping[str, Form]
    dictionary: DataDictionary

    @property
    def replaceable(self) -> tuple[str, ...]:
        """Forms that a study's own may stand in for: those of sites that are not about LICATS itself."""
        return tuple(
            name
            for name, one in self.forms.items()
            if one.instrument.writer == "site" and not name.startswith(_STAYS)
        )

    def fields(self, form: str) -> Mapping[str, Field]:
        """Give the fields of a form by concept; the record id is none of them."""
        mark = f"{self.forms[form].stem}_"
        return {
            one.name.removeprefix(mark): one
            for one in self.dictionary.forms[form]
            if one.name != self.dictionary.record_id_field
        }

    def columns(self, form: str) -> Mapping[str, Field]:
        """Give field by concept, and of a checkbox also by concept and code (``ind___crs``)."""
        columns = dict(self.fields(form))
        for concept, field in self.fields(form).items():
            if field.type.value == "checkbox":
                columns |= {f"{concept}___{code.lower()}": field for code in field.choices}
        return columns

    def column(self, form: str, concept: str) -> str:
        """Name the column of a concept."""
        return f"{self.forms[form].stem}_{concept}"


#: by protocol hash: building the forms takes a while
_BY_PROTOCOL: dict[str, Ours] = {}


def ours_of(protocol: Protocol) -> Ours:
    """Give a protocol's forms."""
    if protocol.hash not in _BY_PROTOCOL:
        _BY_PROTOCOL[protocol.hash] = Ours(
            {one.name: one for one in expand_forms(protocol)},
            build_dictionary(protocol, protocol.settings.language),
        )
    return _BY_PROTOCOL[protocol.hash]
