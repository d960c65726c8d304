"""Deliberate faults around the API, for tests and rehearsals; the table of all is in ``table.py``."""
