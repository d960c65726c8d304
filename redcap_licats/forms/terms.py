"""Codes of standards that the protocol gives for the fields of the forms."""

from __future__ import annotations

from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.standards import terms_of
from redcap_licats.protocol import Protocol


def standard_terms(protocol: Protocol) -> dict[str, tuple[str, ...]]:
    """Give the codes of standards by variable name, such as ``LOINC 2160-0``, in the order of the annotation."""
    terms = {field.name: terms_of(field) for field in build_dictionary(protocol, protocol.settings.language)}
    return {name: tuple(f"{key} {code}" for key, code in found.items()) for name, found in terms.items() if found}
