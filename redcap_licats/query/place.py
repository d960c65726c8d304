"""Where a query is, in words: what its number means to those who answer and decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.expand import expand_forms
from redcap_licats.mapping.names import Names
from redcap_licats.messages.catalogue import Texts
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.model import Place


@dataclass(frozen=True, slots=True)
class _Names:
    forms: Mapping[str, str]
    repeating: frozenset[str]
    fields: Mapping[str, str]


#: names by protocol hash: building the forms takes a while
_BY_PROTOCOL: dict[str, _Names] = {}


def _names(protocol: Protocol) -> _Names:
    if protocol.hash not in _BY_PROTOCOL:
        language = protocol.settings.language
        forms = expand_forms(protocol)
        _BY_PROTOCOL[protocol.hash] = _Names(
            forms={one.name: one.label[language] for one in forms},
            repeating=frozenset(one.name for one in forms if one.instrument.repeats),
            fields={one.name: one.label for one in build_dictionary(protocol, language)},
        )
    return _BY_PROTOCOL[protocol.hash]


def in_their_words(place: Place, field: str, names: Names, protocol: Protocol) -> str:
    """Name a cell of a form of the study's own: event, form and instance as REDCap has them, the field's label."""
    texts = Texts(protocol.settings.language)
    label = names.live[field].label if field in names.live else field
    form = texts("display.where.instance", form=place.form, instance=place.instance)
    return texts("display.where.between").join(part for part in (place.event, form, label or field) if part)


def in_words(place: Place, field: str, protocol: Protocol) -> str:
    """Name form, instance, field and REDCap event as people see them; an unknown name stands for itself."""
    texts, names = Texts(protocol.settings.language), _names(protocol)
    form = names.forms.get(place.form, place.form)
    parts = [
        place.event,
        texts("display.where.instance", form=form, instance=place.instance)
        if place.form in names.repeating
        else form,
        names.fields.get(field, "" if field == f"{place.form}_complete" else field),
    ]
    return texts("display.where.between").join(part for part in parts if part)
