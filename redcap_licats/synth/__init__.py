"""Synthetic patients that obey the forms, as a site would have entered them. Nothing derived is in them."""

from redcap_licats.synth.cohort import GROUPS, Patient, Study, stream, synthesise
from redcap_licats.synth.mistakes import Mistake

__all__ = ["GROUPS", "Mistake", "Patient", "Study", "stream", "synthesise"]
