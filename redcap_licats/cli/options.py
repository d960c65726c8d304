"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.errors import ConfigError
from redcap_licats.messages import LANGUAGES
from redcap_licats.messages.catalogue import Language
from redcap_licats.protocol import Protocol

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration; else LICATS_CONFIG, else licats.toml here."),
]
ProjectName = Annotated[str | None, typer.Option("--project", metavar="NAME", help="Which project, if several.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, errors included.")]
LanguageName = Annotated[str, typer.Option("--language", metavar="en|ja", help="Language; else the study's.")]


def language_of(wanted: str, protocol: Protocol) -> Language:
    """Give the language asked for, else the study's.

    Raises:
        ConfigError: There is no such language.
    """
    for language in LANGUAGES:
        if language == (wanted or protocol.settings.language):
            return language
    raise ConfigError("LANGUAGE", f"There is no language '{wanted}'", remedy=f"Give {' or '.join(LANGUAGES)}.")
