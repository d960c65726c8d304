"""Print the preview as a PDF with a browser of the Chromium family that is installed already."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from enum import StrEnum
from pathlib import Path

from redcap_licats.errors import ConfigError

#: programs of the Chromium family, by their usual names
_PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_SECONDS = 180


class Style(StrEnum):
    """What is printed; the page takes it as the fragment of its address."""

    BLANK = "blank"
    ANNOTATED = "annotated"


def find_browser() -> Path:
    """Find a browser that can print.

    Raises:
        ConfigError: None is installed.
    """
    found = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    if found:
        return Path(found)
    if _MAC.is_file():
        return _MAC
    raise ConfigError(
        "PREVIEW-BROWSER",
        "No Chromium, Chrome or Edge was found to print the PDF with",
        remedy="Install Chromium (Debian: apt install chromium), or open the HTML in any browser and print it.",
    )


def print_pdf(html: str, pdf: Path, style: Style) -> None:
    """Print a preview; the file is written whole or not at all.

    Raises:
        ConfigError: No browser is installed, it failed, or the file cannot be written.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="licats-preview-") as folder:
        page, printed = Path(folder) / "preview.html", Path(folder) / "preview.pdf"
        page.write_text(html, encoding="utf-8")
        _run(browser, Path(folder), f"{page.as_uri()}#{style}", printed)
        try:
            shutil.copyfile(printed, pdf.with_name(f".{pdf.name}.part"))
            pdf.with_name(f".{pdf.name}.part").replace(pdf)
        except OSError as error:
            raise ConfigError(
                "PREVIEW-WRITE",
                f"The file cannot be written: {error.strerror}",
                where=str(pdf),
                remedy="Check the folder, its rights and the space left.",
            ) from error


def _run(browser: Path, folder: Path, address: str, printed: Path) -> None:
    # Chromium's own sandbox refuses to work for root; what is printed is our own page, which may load nothing.
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [
        str(browser),
        "--headless",
        *as_root,
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={folder / 'profile'}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={printed}",
        address,
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - found above
        failed = done.returncode != 0 or not printed.is_file()
        why = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] if failed else []
    except (OSError, subprocess.TimeoutExpired) as error:
        failed, why = True, [str(error)]
    if failed:
        raise ConfigError(
            "PREVIEW-PRINT",
            f"The browser could not print the page: {' '.join(why) or 'it wrote no file'}",
            where=str(browser),
            remedy="Open the HTML in a browser and print it from there.",
        )
