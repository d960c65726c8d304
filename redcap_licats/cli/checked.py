"""The protocol as commands take it that write instruments."""

from __future__ import annotations

from pathlib import Path

from redcap_licats.forms.build import build_project
from redcap_licats.forms.crosscheck import crosscheck
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.subject.read import variables_read


def checked_protocol(overlay: Path | None = None) -> Protocol:
    """Load the protocol and make sure that its instruments hold together."""
    protocol = load_protocol(overlay)
    crosscheck(build_project(protocol), protocol, variables_read(protocol))
    return protocol
