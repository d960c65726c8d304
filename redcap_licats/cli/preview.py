"""``licats instruments preview``: all forms on one page to try out, and printed as a CRF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redcap_licats.cli.checked import checked_protocol
from redcap_licats.cli.console import out
from redcap_licats.cli.options import LanguageName, language_of
from redcap_licats.errors import ConfigError
from redcap_licats.forms.build import build_project
from redcap_licats.forms.second_language import languages
from redcap_licats.forms.terms import standard_terms
from redcap_licats.pages.preview import Preview, Style, preview_html, print_pdf
from redcap_licats.report.save import publish

EXAMPLE = "Example: licats instruments preview --out forms.html --pdf forms.pdf --annotated"
"""How the command is used."""

#: where the page goes if nothing else is asked for
_PAGE = Path("licats_forms.html")


def preview(
    page: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=f"Page to write; {_PAGE} unless --pdf is given."),
    ] = None,
    overlay: Annotated[
        Path | None, typer.Option("--overlay", metavar="DIR", help="A site's protocol overlay.", exists=True)
    ] = None,
    language: LanguageName = "",
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="FILE", help="Print the forms as a blank CRF, by Chromium.")
    ] = None,
    annotated: Annotated[
        bool, typer.Option("--annotated", help="Print variables, codes, logic and CDISC/LOINC/UCUM terms too.")
    ] = False,
) -> None:
    """Write all forms as one page to try out, with branching, ranges and languages; print them as a CRF."""
    if annotated and pdf is None:
        raise ConfigError(
            "PREVIEW-OPTIONS",
            "--annotated says what the PDF shows, and no PDF is asked for",
            remedy="Add --pdf FILE, or choose 'Annotated CRF' on the page.",
        )
    protocol = checked_protocol(overlay)
    content = preview_html(
        Preview(
            project=build_project(protocol),
            version=protocol.version,
            languages=languages(protocol),
            language=language_of(language, protocol),
            terms=standard_terms(protocol),
        )
    )
    if page or not pdf:
        _write(page or _PAGE, content)
        out.print(f"Preview written to {page or _PAGE} (protocol {protocol.version}).", markup=False)
    if pdf:
        style = Style.ANNOTATED if annotated else Style.BLANK
        print_pdf(content, pdf, style)
        out.print(f"{style.value.capitalize()} CRF written to {pdf} (protocol {protocol.version}).", markup=False)


def _write(path: Path, content: str) -> None:
    try:
        publish(path, content.encode("utf-8"))
    except OSError as error:
        raise ConfigError(
            "PREVIEW-WRITE",
            f"The file cannot be written: {error.strerror}",
            where=str(path),
            remedy="Check the folder, its rights and the space left.",
        ) from error
