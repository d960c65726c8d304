"""``licats instruments codebook``: every field of the forms on one page to read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.cli.checked import checked_protocol
from redcap_licats.cli.console import out
from redcap_licats.cli.options import LanguageName, language_of
from redcap_licats.errors import ConfigError
from redcap_licats.forms.build import build_project
from redcap_licats.forms.expand import expand_forms
from redcap_licats.forms.second_language import languages
from redcap_licats.forms.terms import standard_terms
from redcap_licats.pages.codebook import Codebook, codebook_html
from redcap_licats.protocol import Protocol
from redcap_licats.report.save import publish

EXAMPLE = "Example: licats instruments codebook --out codebook"
"""How the command is used."""


def codebook_of(protocol: Protocol, language: str) -> str:
    """Give the codebook of the protocol's forms; ``language`` is that of the page's own words."""
    return codebook_html(
        Codebook(
            project=build_project(protocol),
            version=protocol.version,
            languages=languages(protocol),
            language=language,
            writers={form.name: form.instrument.writer for form in expand_forms(protocol)},
            terms=standard_terms(protocol),
        )
    )


def codebook(
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for index.html.")] = Path(
        "codebook"
    ),
    overlay: Annotated[
        Path | None, typer.Option("--overlay", metavar="DIR", help="A site's protocol overlay.", exists=True)
    ] = None,
    language: LanguageName = "",
) -> None:
    """Write the codebook: one page with every field, its labels, codes, logic and terms of standards."""
    protocol = checked_protocol(overlay)
    content = codebook_of(protocol, language_of(language, protocol))
    page = folder / "index.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        publish(page, content.encode("utf-8"))
    except OSError as error:
        raise ConfigError(
            "CODEBOOK-WRITE",
            f"The codebook cannot be written: {error.strerror}",
            where=str(page),
            remedy="Check the folder, its rights and the space left.",
        ) from error
    out.print(f"Codebook written to {page} (protocol {protocol.version}).", markup=False)
