"""Capture, grade and follow LICATS after CD19 CAR-T therapy in REDCap."""

from importlib.metadata import version

__version__ = version("redcap_licats")
