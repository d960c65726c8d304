"""Where our forms go in a study, by its configuration."""

from __future__ import annotations

from collections.abc import Sequence

from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.forms.expand import expand_forms
from redcap_licats.forms.place import Placement
from redcap_licats.protocol import Protocol


def placement_of(settings: ProjectSettings, protocol: Protocol, without: Sequence[str] = ()) -> Placement:
    """Give the placement of a study.

    Args:
        settings: The study.
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
    return Placement(left_out=frozenset(without))
