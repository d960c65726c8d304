"""Events by organ: grade, time of onset, disease; onset and duration."""

from __future__ import annotations

from collections import Counter

from redcap_licats.cohort.measures import Where
from redcap_licats.cohort.model import Cohort
from redcap_licats.cohort.table import ALL, DIAGNOSES, GRADE, GRADES, NO_GRADE, TIMING, Table, diagnoses, spread
from redcap_licats.protocol.models import Protocol, Text

ORGAN = Text(en="Organ", ja="臓器")


def organ_grade_table(cohort: Cohort, protocol: Protocol, language: str = "en") -> Table:
    """Give the number of events by organ and final grade; events without a grade stand in their own column."""
    counted = Counter((one.organ, one.grade) for one in cohort.events)
    return _counts(
        Text(en="Organ by grade", ja="臓器・グレード別")[language],
        [*(f"{GRADE[language]} {grade}" for grade in GRADES), NO_GRADE[language]],
        {organ: [counted[organ, grade] for grade in (*GRADES, None)] for organ in protocol.organs},
        protocol,
        language,
    )


def organ_timing_table(cohort: Cohort, protocol: Protocol, language: str = "en") -> Table:
    """Give the number of events by organ and timing class."""
    counted = Counter((one.organ, one.timing) for one in cohort.events)
    return _counts(
        Text(en="Organ by timing class", ja="臓器・発現時期別")[language],
        [label[language] for label in TIMING.values()],
        {organ: [counted[organ, timing] for timing in TIMING] for organ in protocol.organs},
        protocol,
        language,
    )


def organ_disease_table(cohort: Cohort, protocol: Protocol, language: str = "en") -> Table:
    """Give the number of events by organ and disease."""
    codes = diagnoses(cohort)
    counted = Counter((event.organ, one.diagnosis) for one in cohort.subjects for event in one.events)
    return _counts(
        Text(en="Organ by disease", ja="臓器・疾患別")[language],
        [DIAGNOSES[code][language] for code in codes],
        {organ: [counted[organ, code] for code in codes] for organ in protocol.organs},
        protocol,
        language,
    )


def organ_time_table(cohort: Cohort, protocol: Protocol, language: str = "en") -> Table:
    """Give onset and duration of the events of each organ."""
    columns = (
        ORGAN,
        Text(en="Onset (day), median [IQR]", ja="発現日、中央値[IQR]"),
        Text(en="Duration (days), median [IQR]", ja="持続期間(日)、中央値[IQR]"),
    )
    lines = [
        *((one.label[language], Where(organs=(slug,))) for slug, one in protocol.organs.items()),
        (ALL[language], Where()),
    ]
    return Table(
        Text(en="Onset and duration by organ", ja="臓器別の発現日と持続期間")[language],
        tuple(column[language] for column in columns),
        tuple(
            (label, spread("onset", cohort, where), spread("duration", cohort, where)) for label, where in lines
        ),
    )


def _counts(
    title: str, heads: list[str], counts: dict[str, list[int]], protocol: Protocol, language: str
) -> Table:
    rows = [(protocol.organs[organ].label[language], *numbers, sum(numbers)) for organ, numbers in counts.items()]
    columns = [sum(column) for column in zip(*counts.values(), strict=True)]
    rows.append((ALL[language], *columns, sum(columns)))
    return Table(
        title,
        (ORGAN[language], *heads, ALL[language]),
        tuple(tuple(str(cell) for cell in row) for row in rows),
    )
