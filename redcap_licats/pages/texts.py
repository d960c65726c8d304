"""The pages' own words, in English and Japanese; any other language gets the English ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


def page_texts(language: str) -> Mapping[str, str]:
    """Give all texts of a language by key; ``ja-JP`` is served by ``ja``, an unknown language by English."""
    texts = _catalogue()
    return texts.get(language) or texts.get(language.partition("-")[0]) or texts["en"]
