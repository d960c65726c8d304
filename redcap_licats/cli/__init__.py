"""The command line: one small module per command group; no logic."""

from redcap_licats.cli.app import main

__all__ = ["main"]
