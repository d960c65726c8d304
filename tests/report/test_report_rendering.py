"""Workbooks as LibreOffice shows them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import listed_study as study
import pytest

from redcap_licats.messages import LANGUAGES, Language, Texts
from redcap_licats.report.facts import Audience
from redcap_licats.report.model import Report
from redcap_licats.report.phrase import halves
from redcap_licats.report.workbook import write_workbook


def tool(name: str) -> str:
    """Find a program; without it the test is skipped, except in CI."""
    found = shutil.which(name)
    if found is None:
        assert not os.environ.get("CI"), f"{name} is not installed"
        pytest.skip(f"{name} is not installed")
    return found


Printed = tuple[Language, str, Path]


@pytest.fixture(scope="module", params=[(language, site) for language in LANGUAGES for site in ("", "osaka")])
def pdf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """The monitor's or a site's workbook, printed."""
    language, site = request.param
    folder = tmp_path_factory.mktemp(language)
    book = write_workbook(report_for(site), folder / "book.xlsx", language)
    home = f"-env:UserInstallation={(folder / 'home').as_uri()}"
    command = [tool("soffice"), home, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(book)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return language, site, folder / "book.pdf"


def report_for(site: str) -> Report:
    return study.report_for(Audience.SITE, site) if site else study.report_for()


def test_every_text_of_a_query_can_be_read_in_print(pdf: Printed) -> None:
    """Text that is cut off in a cell is not in the printed text."""
    language, site, path = pdf
    printed = subprocess.run([tool("pdftotext"), "-raw", path, "-"], check=True, capture_output=True, timeout=60)
    text = "".join(printed.stdout.decode().split())
    report = report_for(site)
    for line in (*report.queries, *report.closed):
        for half in halves(line.text)[: 2 if line.waits_for else 1]:
            assert "".join(half.split()) in text
        assert "".join(line.label[language].split()) in text
    for rule in report.rules:
        assert "".join(rule.wording[language].split()) in text


def test_pages_carry_study_site_and_number(pdf: Printed) -> None:
    language, site, path = pdf
    printed = subprocess.run(
        [tool("pdftotext"), "-layout", path, "-"], check=True, capture_output=True, timeout=60
    )
    pages = printed.stdout.decode().split("\f")[:-1]
    for number, page in enumerate(pages, start=1):
        end = page.rstrip().splitlines()[-1]
        assert (site or ("全施設" if language == "ja" else "All sites")) in end
        assert (f"{number} / {len(pages)} ページ" if language == "ja" else f"Page {number} of {len(pages)}") in end


def test_the_summary_shows_its_charts(pdf: Printed) -> None:
    """The words of a chart's title and axis are on the page only if the chart was drawn."""
    language, _, path = pdf
    page = subprocess.run(
        [tool("pdftotext"), "-f", "2", "-l", "2", "-raw", path, "-"], check=True, capture_output=True, timeout=60
    )
    text = "".join(page.stdout.decode().split())
    for key in ("chart_age", "chart_movement", "chart_form"):
        assert "".join(Texts(language)(f"report.summary.{key}").split()) in text


def test_pages_are_drawn(pdf: Printed, tmp_path: Path) -> None:
    _, _, path = pdf
    subprocess.run([tool("pdftoppm"), "-r", "40", "-png", path, tmp_path / "page"], check=True, timeout=120)
    pictures = list(tmp_path.glob("page-*.png"))
    assert len(pictures) >= 9
    assert min(picture.stat().st_size for picture in pictures) > 2_000
