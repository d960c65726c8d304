"""What the protocol needs a project to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.definition.model import DataDictionary
from redcap_licats.forms.build import build_dictionary
from redcap_licats.mapping.names import Names
from redcap_licats.protocol.models import Instrument, Protocol


@dataclass(frozen=True, slots=True)
class Needs:
    """Forms and fields of the protocol, held against a live project.

    Attributes:
        wanted: The protocol's data dictionary.
        forms: The instrument behind every form.
        absent: Optional forms that the project does not have, nor any form of the study's in their place.
        instead: Forms that the study's own stand in for.
        provided: Our variables that the study's own forms give.
        lacking: Forms that the project must have and does not.
    """

    wanted: DataDictionary
    forms: Mapping[str, Instrument]
    absent: frozenset[str]
    instead: frozenset[str] = frozenset()
    provided: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()

    @property
    def expected(self) -> DataDictionary:
        """The protocol's data dictionary without what the study's own forms are there for."""
        if not self.instead | self.provided:
            return self.wanted
        first = self.wanted.record_id_field
        return DataDictionary(
            tuple(
                one
                for one in self.wanted
                if one.name == first or not (one.form in self.instead or one.name in self.provided)
            )
        )

    @property
    def worker(self) -> tuple[str, ...]:
        """Forms that the worker writes."""
        return tuple(name for name, one in self.forms.items() if one.writer == "worker")

    @property
    def here(self) -> Mapping[str, Instrument]:
        """Forms that the project has or must have."""
        return {name: one for name, one in self.forms.items() if name not in self.absent | self.instead}


def needs_of(protocol: Protocol, live: DataDictionary, names: Names | None = None) -> Needs:
    """Find out what a protocol needs of a project; of ``live`` our forms by our names."""
    wanted = build_dictionary(protocol, protocol.settings.language)
    by_name = {
        one.name.format_map({"slug": slug}): one
        for one in protocol.instruments.values()
        for slug in (protocol.organs if one.each else ("",))
    }
    forms = {form: by_name[form] for form in wanted.forms}
    instead, provided = (names.instead, names.provided) if names else (frozenset(), frozenset())
    absent = frozenset(name for name, one in forms.items() if not one.core and name not in live.forms) - instead
    lacking = frozenset(forms) - live.forms.keys() - absent - instead
    return Needs(wanted, forms, absent, instead, provided, lacking)
