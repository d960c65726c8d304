"""The protocol as a REDCap project: build, cross-check, publish."""

from redcap_licats.forms.build import build_project
from redcap_licats.forms.expand import Form, expand_forms

__all__ = ["Form", "build_project", "expand_forms"]
