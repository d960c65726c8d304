"""Required fields that are shown on a form and blank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.definition.logic import Expression, Reference, Scope, is_true, parse
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.model import Place, Subject


@dataclass(frozen=True, slots=True)
class _Required:
    variable: str
    label: str
    shown_if: Expression | None


#: required fields by form, for each protocol by its hash: building the forms takes a while
_BY_PROTOCOL: dict[str, Mapping[str, tuple[_Required, ...]]] = {}


def _required(protocol: Protocol) -> Mapping[str, tuple[_Required, ...]]:
    if protocol.hash not in _BY_PROTOCOL:
        found: dict[str, tuple[_Required, ...]] = {}
        for field in build_dictionary(protocol, protocol.settings.language):
            if field.required:
                logic = field.branching_logic
                one = _Required(field.name, field.label, parse(logic) if logic else None)
                found[field.form] = (*found.get(field.form, ()), one)
        _BY_PROTOCOL[protocol.hash] = found
    return _BY_PROTOCOL[protocol.hash]


def required_blank(subject: Subject, place: Place, protocol: Protocol) -> Mapping[str, str]:
    """Give variable and label of the required fields that a row shows blank; a missing-data code is no blank."""
    codes = frozenset(protocol.settings.missing_data_codes)
    scope = Scope(lambda reference: _stored(subject, place, reference), missing_codes=codes)
    return {
        one.variable: one.label
        for one in _required(protocol).get(place.form, ())
        if one.variable not in subject.unmapped
        and not subject.cell(place, one.variable).value
        and (one.shown_if is None or is_true(one.shown_if, scope))
    }


def _stored(subject: Subject, place: Place, reference: Reference) -> str:
    """Find a value on the row itself, else on a form that does not repeat."""
    column = f"{reference.field}___{reference.code}" if reference.code else reference.field
    rows = (place, *(one for one in subject.values if one.form in ("enrolment", "infusion")))
    found = next((subject.values[row][column] for row in rows if column in subject.values.get(row, {})), "")
    return found or ("0" if reference.code else "")
