"""Capture, grade and follow LICATS after CD19 CAR-T therapy in REDCap."""

import logging
from importlib.metadata import version

__version__ = version("redcap_licats")

# whoever wants log lines adds a handler; without one nothing is printed
logging.getLogger(__name__).addHandler(logging.NullHandler())
