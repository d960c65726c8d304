"""The pages' own words, in English and Japanese."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES: Mapping[str, str] = {"en": "English", "ja": "日本語"}
"""Languages of the pages' own words, each by its own name."""


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Words:
    """Gives texts in one language; a language without texts is served in English."""

    language: str

    @property
    def spoken(self) -> str:
        """Key of the language in which the texts are."""
        own = self.language.partition("-")[0]
        return own if own in LANGUAGES else "en"

    def __call__(self, key: str, **facts: object) -> str:
        """Give a text, its placeholders filled."""
        return _catalogue()[self.spoken][key].format(**facts)
