"""The plan of the synthetic cohort: who has which reaction when. Read from ``profiles.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Reaction:
    """One planned reaction.

    Attributes:
        day: Days from infusion to onset.
        lasts: Days from onset to end.
        gc: Days from onset to the first glucocorticoid dose for it; None if none is given.
        gc_days: Length of that course in days.
        peak: Laboratory reactions: times the value before lymphodepletion.
        stay: Hospital stay because of it.
        open: Alternative cause that stays possible; '' if all are excluded.
    """

    organ: str
    criteria: tuple[str, ...]
    grade: int
    day: int
    lasts: int
    gc: int | None = None
    gc_days: int = 0
    peak: float = 1.0
    stay: Literal["", "new", "prolonged"] = ""
    open: str = ""

    @property
    def end(self) -> int:
        """Day on which it has ended."""
        return self.day + self.lasts

    def covers(self, day: int) -> bool:
        """Whether it is present on a day."""
        return self.day <= day < self.end


@dataclass(frozen=True, slots=True)
class Profile:
    """One planned patient. ``crs`` and ``icans``: highest grade, 0 for none; ``creatinine`` in mg/dL."""

    id: str
    sex: Literal["F", "M"]
    age: int
    site: Literal["A", "B"]
    affected: frozenset[str]
    reactions: tuple[Reaction, ...]
    crs: int = 0
    icans: int = 0
    maintenance: bool = False
    creatinine: float | None = None

    @property
    def diagnosis(self) -> str:
        """Code of the diagnosis; the profile's id starts with it."""
        return self.id[:3]

    @property
    def first_day(self) -> int | None:
        """Day of the first onset; None without reactions."""
        return min((one.day for one in self.reactions), default=None)


@cache
def profiles() -> tuple[Profile, ...]:
    """Read the 39 profiles, in the order of the file."""
    content = tomllib.loads((HERE / "profiles.toml").read_text(encoding="utf-8"))
    return tuple(
        Profile(
            **{
                **entry,
                "affected": frozenset(entry["affected"]),
                "reactions": tuple(
                    Reaction(**{**one, "criteria": tuple(one["criteria"])}) for one in entry["reactions"]
                ),
            }
        )
        for entry in content["profile"]
    )
