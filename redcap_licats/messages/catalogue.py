"""Look up the program's own texts.

Every ``*.toml`` beside this module is part of the catalogue. A text's key is the file's name, the table and its
own name, joined by dots: ``report.sheet.queries``. Placeholders are those of :meth:`str.format`. What the
*study* says (labels, rule titles, query wording) is not here but in the protocol.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")

HERE = Path(__file__).parent


def _texts(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Walk the tables down to the entries, which are those that hold texts."""
    for name, entry in table.items():
        if all(isinstance(value, str) for value in entry.values()):
            yield f"{prefix}.{name}", entry
        else:
            yield from _texts(f"{prefix}.{name}", entry)


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Give every text by key, then by language."""
    return {
        key: entry
        for path in sorted(HERE.glob("*.toml"))
        for key, entry in _texts(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
    }


@dataclass(frozen=True, slots=True)
class Texts:
    """The catalogue in one language: ``Texts("ja")("report.sheet.queries")``."""

    language: Language

    def __call__(self, key: str, /, **values: object) -> str:
        """Give a text with its placeholders filled; an unknown key or missing value is a programming error."""
        return catalogue()[key][self.language].format_map(values)

    def code(self, family: str, code: str) -> str:
        """Give the text of a stored code, such as ``terms.reason`` and ``ONGOING``; the code itself if unknown.

        Codes come from REDCap, where an older version of the worker may have written them.
        """
        entry = catalogue().get(f"{family}.{code}")
        return entry[self.language] if entry else code
