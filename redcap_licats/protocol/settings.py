"""The study settings: every threshold and window that is not part of an organ, an analyte or a check."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from redcap_licats.protocol.base import Sourced, Strict, Text


class Timing(Sourced):
    """Last day of the early and of the intermediate class; infusion is Day 0."""

    early_until: int
    intermediate_until: int


class Baseline(Sourced):
    """Last value before lymphodepletion; else last before infusion, flagged. Days before infusion for BL03."""

    rule: Literal["last_before_ld"]
    old_after_days: int


class Window(Sourced):
    """Where a criterion's peak is looked for: days before onset to days after the end."""

    before_onset_days: int
    after_end_days: int


class Grading(Sourced):
    """Settings of the derived grade (facts 1.5)."""

    symptoms_longer_than_days: int


class GradingGaps(Sourced):
    """What the derived grade does where the published grades say nothing (facts 6, 4a and 4c)."""

    gc_without_reason: Literal["g2_flag_query"]
    topical_only: Literal["g1_flag"]


class Classification(Sourced):
    """Settings of the classification (RULES.md)."""

    ongoing_longer_than_days: int
    long_gc_days: int


class Aplasia(Sourced):
    """B-cell aplasia: below ``below`` cells per microlitre; window in days for a count at onset (BC01)."""

    below: Decimal
    at_onset_within_days: int


class Flare(Sourced):
    """Settings of the flare differential (RULES.md)."""

    peak_within_days: int
    conditioning_days: int
    serology_within_days: int
    complement_at_least: Decimal
    dsdna_at_most: Decimal


class Queries(Sourced):
    """Release delay in days; days within which who must act is to do so, by severity; when a rule asks too much.

    A rule is pointed out when more than ``confirmed_above`` of its answers say "confirmed as correct", once it has
    ``confirmed_from_answers``.
    """

    release_days: int
    target_days: dict[str, int]
    confirmed_above: Annotated[Decimal, Field(ge=0, le=1)]
    confirmed_from_answers: Annotated[int, Field(ge=1)]


class Settings(Strict):
    """All study settings, each with wording and source; ``optional``: optional instruments in the study."""

    timing: Timing
    baseline: Baseline
    window: Window
    grading: Grading
    grading_gaps: GradingGaps
    classification: Classification
    aplasia: Aplasia
    flare: Flare
    queries: Queries
    end_tolerance: Decimal
    show_grade_after_investigator: bool
    language: Literal["en", "ja"]
    missing_data_codes: dict[str, Text]
    optional: tuple[str, ...]
