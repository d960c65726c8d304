"""Values as a query's wording shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from redcap_licats.protocol.models import Text
from redcap_licats.subject.model import PartialDate

#: What a placeholder may be filled with.
Shown = str | int | Decimal | Fraction | dt.date | PartialDate | Text | None

PLACES = Decimal("0.0001")
BLANK = "–"


def shown(value: Shown) -> str | Text:
    """Give a value as text: dates as YYYY-MM-DD, numbers with at most four decimals, nothing as a dash."""
    if value is None or value == "":
        return BLANK
    if isinstance(value, Text):
        return value
    if isinstance(value, Fraction):
        value = (Decimal(value.numerator) / value.denominator).quantize(PLACES, ROUND_HALF_EVEN)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def filled(phrase: Text, **numbers: Shown) -> Text:
    """Fill a phrase's placeholders in both languages."""
    parts = {name: shown(value) for name, value in numbers.items()}

    def told(language: str) -> str:
        return phrase[language].format_map(
            {name: one if isinstance(one, str) else one[language] for name, one in parts.items()}
        )

    return Text(en=told("en"), ja=told("ja"))


def beside(label: Text, value: Shown) -> Text:
    """Put a value after a label: ``Creatinine 1.32``."""
    return filled(Text(en="{label} {value}", ja="{label} {value}"), label=label, value=value)


def listed(items: Iterable[Text | str]) -> Text:
    """Join texts as an enumeration in both languages."""
    texts = [Text(en=one, ja=one) if isinstance(one, str) else one for one in items]
    return Text(en=", ".join(one.en for one in texts), ja="、".join(one.ja for one in texts))
