from __future__ import annotations

from string import Formatter

import pytest

from redcap_licats.messages import LANGUAGES, Texts, catalogue


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_every_text_stands_in_both_languages_with_the_same_placeholders(key: str) -> None:
    entry = catalogue()[key]
    assert set(entry) == set(LANGUAGES)
    assert all(text.strip() for text in entry.values())
    assert placeholders(entry["en"]) == placeholders(entry["ja"])


def test_japanese_is_japanese() -> None:
    """A text left in English in the Japanese column would pass every other test."""
    same = {key for key, entry in catalogue().items() if entry["en"] == entry["ja"]}
    assert same <= {"report.value.icu"}


def test_placeholders_are_filled() -> None:
    assert Texts("en")("report.page", page=2, pages=3) == "Page 2 of 3"
    assert Texts("ja")("report.page", page=2, pages=3) == "2 / 3 ページ"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        Texts("en")("report.page", page=2)


def test_a_code_without_a_text_stays_as_it_is() -> None:
    texts = Texts("en")
    assert texts.code("terms.reason", "ONGOING") == "ongoing"
    assert texts.code("terms.reason", "NEVER_HEARD_OF") == "NEVER_HEARD_OF"
