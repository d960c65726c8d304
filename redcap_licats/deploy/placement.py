"""Where our forms go in a study, by its ``mapping`` file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from redcap_licats.errors import ConfigError
from redcap_licats.forms.expand import expand_forms
from redcap_licats.forms.place import Placement
from redcap_licats.mapping import Mapping
from redcap_licats.mapping.ours import ours_of
from redcap_licats.protocol import Protocol


def placement_of(mapping: Mapping, protocol: Protocol, without: Sequence[str] = ()) -> Placement:
    """Give the placement of a study.

    A form that the study's own stand in for is left out, unless the mapping puts it into events beside them; then
    only what the study's own give is left out.

    Args:
        mapping: Prefix, events, and the study's own forms.
        protocol: Its protocol.
        without: Optional forms that it does not get.

    Raises:
        ConfigError: A form is not ours, or not optional.
    """
    optional = [form.name for form in expand_forms(protocol) if not form.instrument.core]
    if unknown := [form for form in without if form not in optional]:
        raise ConfigError(
            "PLACE-WITHOUT",
            f"The form {unknown[0]} is none of ours that a study can do without",
            where="--without",
            remedy=f"Name one of {', '.join(optional)}.",
        )
    return Placement(
        prefix=mapping.prefix,
        left_out=frozenset(without) | (mapping.replaced - mapping.events.keys()),
        given=frozenset(
            ours_of(protocol).column(form, concept).partition("___")[0]
            for form, sources in mapping.form.items()
            for source in sources
            for concept in (*source.field, *source.constant)
        ),
        fields=dict(_same_meaning(mapping, protocol)),
        events=mapping.events,
    )


def _same_meaning(mapping: Mapping, protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Give our fields that one field of the study's own holds as it is, without another code, unit or part."""
    ours = ours_of(protocol)
    for form, sources in mapping.form.items():
        if len(sources) != 1:
            continue
        for concept, source in sources[0].field.items():
            if not (source.codes or source.unit or source.factor or source.take or "___" in concept):
                yield ours.column(form, concept), source.field
