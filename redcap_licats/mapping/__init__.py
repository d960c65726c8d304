"""A study's own forms in the place of ours: the ``mapping`` file, and rows translated at the door."""

from redcap_licats.mapping.load import load_mapping
from redcap_licats.mapping.model import Mapping

__all__ = ["Mapping", "load_mapping"]
