"""Functions of texts. Searching is case-blind, positions count from 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from redcap_licats.definition.logic.values import Scope, Value, as_number, as_text

_LONGEST = 65_535  # what a value of REDCap holds; a longer result is blank


def of_texts(function: Callable[..., Value]) -> Callable[[Sequence[Value], Scope], Value]:
    """Apply a function to the texts of its arguments."""

    def apply(values: Sequence[Value], _: Scope) -> Value:
        result = function(*map(as_text, values))
        return "" if isinstance(result, str) and len(result) > _LONGEST else result

    return apply


def contains(text: str, part: str) -> bool:
    """Say whether a text holds another."""
    return part.lower() in text.lower()


def replace(text: str, old: str, new: str) -> str:
    """Replace every occurrence of a text; nothing is found by a blank."""
    if not old or len(text) + text.count(old) * (len(new) - len(old)) > _LONGEST:
        return text if not old else ""
    return text.replace(old, new)


def concat(*parts: str) -> str:
    """Join texts."""
    return "".join(parts)


def concat_ws(separator: str, *parts: str) -> str:
    """Join texts that are not blank, with a separator between them."""
    return separator.join(part for part in parts if part)


def left(values: Sequence[Value], scope: Scope) -> Value:
    """Give the first characters of a text."""
    count = _count(values[1], scope)
    return "" if count is None else as_text(values[0])[:count]


def right(values: Sequence[Value], scope: Scope) -> Value:
    """Give the last characters of a text."""
    text, count = as_text(values[0]), _count(values[1], scope)
    return "" if count is None else text[max(len(text) - count, 0) :]


def mid(values: Sequence[Value], scope: Scope) -> Value:
    """Give a number of characters from a position on."""
    start, count = _count(values[1], scope), _count(values[2], scope)
    if start is None or count is None or start < 1:
        return ""
    return as_text(values[0])[start - 1 : start - 1 + count]


def _count(value: Value, scope: Scope) -> int | None:
    number = as_number(value, scope.missing_codes)
    return None if number is None else max(int(number), 0)
