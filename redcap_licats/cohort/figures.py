"""The published figures of the cohort of Hagen 2025, and what stands beside them. Read from ``published.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from redcap_licats.cohort.measures import Where
from redcap_licats.errors import ConfigError
from redcap_licats.protocol.base import Sourced, Strict, Text

HERE = Path(__file__).parent

#: what of the cohort is compared: a number of subjects or events, their share, or quartiles of a value
Measure = Literal[
    "subjects",
    "events",
    "subject_share",
    "event_share",
    "age",
    "onset",
    "first_onset",
    "duration",
    "aplasia_days",
    "crs_day",
    "period",
    "",
]


class Figure(Sourced):
    """One figure.

    Attributes:
        label: What it is.
        measure: How it is recomputed; '' if the derived values do not hold it.
        where: Restriction of the measure; a share is of all subjects or events.
        value: A count, a percentage, or median, first and third quartile; nothing if no source gives it.
        text: What is stated where it is not a number.
        source: ``P:Sx`` published; ``D`` arithmetic on published or slide figures; ``SEED`` slide summary only;
            ``UNKNOWN`` in no source.
        tolerance: By how much a recomputed number may differ and still agree (study setting).
    """

    label: Text
    measure: Measure = ""
    where: Where = Where()
    value: tuple[float, ...] = Field(default=(), max_length=3)
    text: Text | None = None
    tolerance: float = 0


class _File(Strict):
    figure: tuple[Figure, ...]


@cache
def figures() -> tuple[Figure, ...]:
    """Read the figures, in the order of the file.

    Raises:
        ConfigError: The file is broken.
    """
    path = HERE / "published.toml"
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).figure
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigError(
            "COHORT-FIGURES", str(error), where=str(path), remedy="Correct the entry named."
        ) from error
