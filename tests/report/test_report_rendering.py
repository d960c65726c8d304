"""Workbooks as LibreOffice shows them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import listed_study as study
import pytest

from redcap_licats.messages import LANGUAGES, Language
from redcap_licats.report.workbook import write_workbook


def tool(name: str) -> str:
    """Find a program; without it the test is skipped, except in CI."""
    found = shutil.which(name)
    if found is None:
        assert not os.environ.get("CI"), f"{name} is not installed"
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module", params=LANGUAGES)
def pdf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Language, Path]:
    """The study's workbook, printed."""
    folder = tmp_path_factory.mktemp(request.param)
    book = write_workbook(study.report_for(), folder / "book.xlsx", request.param)
    home = f"-env:UserInstallation={(folder / 'home').as_uri()}"
    command = [tool("soffice"), home, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(book)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return request.param, folder / "book.pdf"


def test_every_text_of_a_query_can_be_read_in_print(pdf: tuple[Language, Path]) -> None:
    """Text that is cut off in a cell is not in the printed text."""
    language, path = pdf
    printed = subprocess.run([tool("pdftotext"), "-raw", path, "-"], check=True, capture_output=True, timeout=60)
    text = "".join(printed.stdout.decode().split())
    report = study.report_for()
    for line in report.queries:
        assert "".join(line.text.split()) in text
        assert "".join(line.label[language].split()) in text
    for rule in report.rules:
        assert "".join(rule.wording[language].split()) in text


def test_pages_carry_study_site_and_number(pdf: tuple[Language, Path]) -> None:
    language, path = pdf
    printed = subprocess.run(
        [tool("pdftotext"), "-layout", path, "-"], check=True, capture_output=True, timeout=60
    )
    pages = printed.stdout.decode().split("\f")[:-1]
    for number, page in enumerate(pages, start=1):
        end = page.rstrip().splitlines()[-1]
        assert ("全施設" if language == "ja" else "All sites") in end
        assert (f"{number} / {len(pages)} ページ" if language == "ja" else f"Page {number} of {len(pages)}") in end


def test_pages_are_drawn(pdf: tuple[Language, Path], tmp_path: Path) -> None:
    _, path = pdf
    subprocess.run([tool("pdftoppm"), "-r", "40", "-png", path, tmp_path / "page"], check=True, timeout=120)
    pictures = list(tmp_path.glob("page-*.png"))
    assert len(pictures) >= 6
    assert min(picture.stat().st_size for picture in pictures) > 2_000
