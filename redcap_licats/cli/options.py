"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration; else LICATS_CONFIG, else licats.toml here."),
]
ProjectName = Annotated[str | None, typer.Option("--project", metavar="NAME", help="Which project, if several.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, errors included.")]
