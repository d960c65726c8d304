"""The page as files, for a real browser."""

from __future__ import annotations

from pathlib import Path

import drawn_study as study
import pytest

from redcap_licats.messages import LANGUAGES
from redcap_licats.report.html.page import write_page


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The monitor's page in each language."""
    folder = tmp_path_factory.mktemp("pages")
    data = study.page_data()
    return {language: write_page(data, folder / f"{language}.html", language) for language in LANGUAGES}
