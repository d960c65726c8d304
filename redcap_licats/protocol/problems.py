"""What can be wrong with a protocol, said with file, key and remedy, and all of it at once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import get_args

from pydantic import BaseModel, ValidationError

from redcap_licats.errors import ConfigError

Key = tuple[str, ...]
"""Where a value stands, such as ``("organs", "kidney", "criterion", "crea", "at_least")``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a key of the protocol; ``file`` where the key alone does not tell it."""

    key: Key
    reason: str
    remedy: str
    file: Path | None = None


def nearest(word: str, known: Iterable[str]) -> str:
    """Find the known word that was probably meant; '' if none is near."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), "")


def suggest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, else which there are."""
    words = sorted(known)
    near = nearest(word, words)
    return f"Write '{near}'." if near else f"Use one of: {', '.join(words)}."


def refuse(
    code: str,
    problems: Sequence[Problem],
    origins: Mapping[Key, Path],
    folder: Path,
    *,
    whole: str = "The protocol",
) -> None:
    """Raise one error that names every problem of the ``whole``, if there is any.

    Raises:
        ConfigError: ``where`` is file and key of the only problem; with several, the message lists all of them.
    """
    if not problems:
        return
    places = [_place(one, origins, folder) for one in problems]
    if len(problems) == 1:
        raise ConfigError(code, problems[0].reason, where=places[0], remedy=problems[0].remedy)
    lines = "".join(
        f"\n  {place}: {one.reason} — {one.remedy}" for place, one in zip(places, problems, strict=True)
    )
    raise ConfigError(code, f"{whole} has {len(problems)} problems{lines}", where=str(folder))


def _place(problem: Problem, origins: Mapping[Key, Path], folder: Path) -> str:
    """Name the file that says the key, or the table it should stand in, and the key."""
    tables = (problem.key[:length] for length in range(len(problem.key), 0, -1))
    file = problem.file or next((origins[table] for table in tables if table in origins), folder)
    return f"{file}: {'.'.join(problem.key)}" if problem.key else str(file)


def schema_problems(
    error: ValidationError, root: type[BaseModel], name: Callable[[tuple[int | str, ...]], Key]
) -> list[Problem]:
    """Translate what the models of ``root`` refuse; ``name`` turns pydantic's locations into keys."""
    problems: dict[Key, Problem] = {}
    for one in error.errors():
        key = name(one["loc"])
        match one["type"]:
            case "extra_forbidden":
                reason, remedy = "The key is not known.", suggest(key[-1], _keys_at(root, one["loc"][:-1]))
            case "missing":
                reason, remedy = "The key is missing.", "Add it; if another entry is meant, correct the id."
            case "literal_error" | "enum":
                expected = str(one["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
                reason, remedy = f"'{one['input']}' is not known here.", suggest(str(one["input"]), expected)
            case "value_error":
                reason, remedy = f"{one['ctx']['error']}.", "Correct the entry."
            case _:
                reason, remedy = f"{one['msg']}; found: {one['input']!r}.", "Correct the value."
        problems.setdefault(key, Problem(key, reason, remedy))
    return [one for key, one in problems.items() if not any(_inside(other, key) for other in problems)]


def _inside(inner: Key, outer: Key) -> bool:
    """Tell whether a key lies deeper than another: then its problem is the cause of the other's."""
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _keys_at(root: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """List the keys that the models know at a place: walk their annotations."""
    here: object = root
    for part in location:
        if isinstance(here, type) and issubclass(here, BaseModel):
            here = here.model_fields[str(part)].annotation
        else:  # a mapping's values, or the entries of a list
            here = get_args(here)[1 if isinstance(part, str) else 0]
        if NoneType in get_args(here):
            here = next(one for one in get_args(here) if one is not NoneType)
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []
