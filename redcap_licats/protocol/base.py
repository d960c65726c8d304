"""What all tables of the protocol share: exact numbers, texts in two languages, a source beside each rule."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

Line = Annotated[str, StringConstraints(pattern=r"^[^|\n]*\S[^|\n]*$")]
"""A label that is the same in both languages."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*$", max_length=12)]


Code = Annotated[str, StringConstraints(pattern=r"^[^\s@\"',]*$")]
"""A code of a standard, '' for none; nothing in it parts codes or begins an action tag."""


def _as_fraction(value: object) -> object:
    """Read ``"1.25"`` or ``"1/88.4"`` without rounding."""
    if isinstance(value, str) and "/" in value:
        above, _, below = value.partition("/")
        if not Fraction(below.strip()):
            raise ValueError("A fraction cannot have 0 below the line")
        return Fraction(above.strip()) / Fraction(below.strip())
    return Fraction(value) if isinstance(value, str | Decimal) else value


@lru_cache(1024)  # the same few limits are compared with every value
def exact(number: int | Decimal | str) -> Fraction:
    """Give a number of the protocol as a fraction, without rounding."""
    return Fraction(number)


def _positive(value: Fraction) -> Fraction:
    if value <= 0:
        raise ValueError(f"A factor must be greater than 0; found: {value}")
    return value


Factor = Annotated[Fraction, BeforeValidator(_as_fraction), AfterValidator(_positive), PlainSerializer(str)]


class Strict(BaseModel):
    """A frozen table that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Strict):
    """A text in both languages."""

    en: str
    ja: str

    def __getitem__(self, language: str) -> str:
        return self.ja if language == "ja" else self.en


class Label(Text):
    """A text that may stand among the answers of a field, where ``|`` and line ends part one from the next."""

    @model_validator(mode="after")
    def _one_answer(self) -> Label:
        for text in (self.en, self.ja):
            if not text.strip() or set(text) & set("|\n"):
                raise ValueError(f"A label is one line without the sign |; found: {text!r}")
        return self


class Sourced(Strict):
    """A rule with its published wording, where there is one, and the tag of its source."""

    wording: str = ""
    source: str

    @property
    def published(self) -> bool:
        """Whether the value is a published fact; if not it must be called a study setting."""
        return self.source.startswith("P:")
