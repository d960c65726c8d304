"""Action tags: what a field's annotation tells REDCap's pages and calculations to do.

Source: facts/redcap_api.md 4.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

_TAG = re.compile(r"@[A-Z]+(-[A-Z]+)*")
_PLAIN = re.compile(r"[^\s@]+")


@lru_cache(maxsize=8192)
def action_tags(annotation: str) -> Mapping[str, str]:
    """Give the tags of an annotation, each with its argument; '' where it has none.

    An argument follows ``=``, in quotes or without, or stands in parentheses. What stands inside an argument is
    no tag. The first of two equal tags counts.
    """
    tags: dict[str, str] = {}
    at = 0
    while found := _TAG.search(annotation, at):
        argument, at = _argument(annotation, found.end())
        if not found.start() or not (annotation[found.start() - 1].isalnum()):
            tags.setdefault(found.group(), argument)
    return MappingProxyType(tags)


def split_arguments(text: str) -> list[str]:
    """Split at the commas that stand in no parentheses, brackets or quotes."""
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _argument(text: str, at: int) -> tuple[str, int]:
    """Read the argument that begins at a place; give it and where it ends."""
    start = at + len(text[at:]) - len(text[at:].lstrip())
    match text[start : start + 1]:
        case "(":
            return _parenthesis(text, start, at)
        case "=":
            start += 1 + len(text[start + 1 :]) - len(text[start + 1 :].lstrip())
            quote = text[start : start + 1]
            if quote in ("'", '"') and (end := text.find(quote, start + 1)) > 0:
                return text[start + 1 : end], end + 1
            plain = _PLAIN.match(text, start)
            return (plain.group(), plain.end()) if plain else ("", at)
        case _:
            return "", at


def _parenthesis(text: str, opening: int, otherwise: int) -> tuple[str, int]:
    depth, quote = 0, ""
    for at in range(opening, len(text)):
        sign = text[at]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "()":
            depth += 1 if sign == "(" else -1
            if depth == 0:
                return text[opening + 1 : at], at + 1
    return "", otherwise
