"""LICATS written once, as data, and its typed reading."""

from redcap_licats.protocol.load import load_protocol
from redcap_licats.protocol.models import Protocol

__all__ = ["Protocol", "load_protocol"]
