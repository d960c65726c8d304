"""A real browser: Debian's Chromium, without any network but files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import drawn_study as study
import pytest
from playwright.sync_api import Browser, sync_playwright

from redcap_licats.messages import LANGUAGES
from redcap_licats.report.html.page import write_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed; see tests/system-packages")
    # Chromium's own sandbox refuses to work for root
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The monitor's page in each language."""
    folder = tmp_path_factory.mktemp("pages")
    data = study.page_data()
    return {language: write_page(data, folder / f"{language}.html", language) for language in LANGUAGES}
