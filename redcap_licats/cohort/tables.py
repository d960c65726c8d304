"""A cohort as plain tables: titles, columns and rows of text, for a page, a workbook or a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from redcap_licats.cohort.compare import compare
from redcap_licats.cohort.measures import VALUES, Where, events, quartiles, subjects
from redcap_licats.cohort.model import Cohort
from redcap_licats.protocol.models import Protocol, Text

TIMING = {
    "early": Text(en="Early", ja="早期"),
    "intermediate": Text(en="Intermediate", ja="中期"),
    "late": Text(en="Late", ja="晩期"),
}
DIAGNOSES = {
    "sle": Text(en="SLE", ja="SLE"),
    "ssc": Text(en="SSc", ja="SSc"),
    "iim": Text(en="IIM", ja="IIM"),
    "other": Text(en="Other", ja="その他"),
}
GRADES = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text; every row has one cell per column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def cohort_tables(cohort: Cohort, protocol: Protocol, language: str = "en") -> tuple[Table, ...]:
    """Give all tables: by disease, organ by grade, organ by timing, comparison with the published cohort."""
    return (
        disease_table(cohort, language),
        organ_grade_table(cohort, protocol, language),
        organ_timing_table(cohort, protocol, language),
        comparison_table(cohort, language),
    )


def comparison_table(cohort: Cohort, language: str = "en") -> Table:
    """Give the comparison with the published cohort, one row per figure."""
    columns = (
        Text(en="Figure", ja="項目"),
        Text(en="Published", ja="公表値"),
        Text(en="Other reference (study setting)", ja="その他の参照値(本研究の設定)"),
        Text(en="Recomputed", ja="再計算値"),
        Text(en="Difference", ja="差"),
        Text(en="Provenance", ja="出典"),
    )
    return Table(
        Text(en="Comparison with the published cohort", ja="公表コホートとの比較")[language],
        tuple(column[language] for column in columns),
        tuple(
            (one.label, one.published, one.reference, one.recomputed, one.difference, one.provenance)
            for one in compare(cohort, language)
        ),
    )


def disease_table(cohort: Cohort, language: str = "en") -> Table:
    """Give patients, events, onset and duration by disease."""
    columns = (
        Text(en="Disease", ja="疾患"),
        Text(en="Patients", ja="症例数"),
        Text(en="Female", ja="女性"),
        Text(en="Age, median [IQR]", ja="年齢、中央値[IQR]"),
        Text(en="With LICATS", ja="LICATSあり"),
        Text(en="Events", ja="イベント数"),
        Text(en="Of these confirmed", ja="うち確実"),
        Text(en="First onset (day), median [IQR]", ja="初回発現日、中央値[IQR]"),
        Text(en="Onset (day), median [IQR]", ja="発現日、中央値[IQR]"),
        Text(en="Duration (days), median [IQR]", ja="持続期間(日)、中央値[IQR]"),
    )
    present = {one.diagnosis for one in cohort.subjects}
    lines = [(label[language], Where(diagnosis=code)) for code, label in DIAGNOSES.items() if code in present]
    lines.append((Text(en="All", ja="全体")[language], Where()))
    return Table(
        Text(en="By disease", ja="疾患別")[language],
        tuple(column[language] for column in columns),
        tuple((label, *_disease_cells(cohort, where)) for label, where in lines),
    )


def _disease_cells(cohort: Cohort, where: Where) -> Iterable[str]:
    chosen = subjects(cohort, where)
    yield str(len(chosen))
    yield str(sum(one.sex == "F" for one in chosen))
    yield _values("age", cohort, where)
    yield str(sum(bool(one.events) for one in chosen))
    happened = events(cohort, where)
    yield str(len(happened))
    yield str(sum(one.classification == "confirmed" for one in happened))
    for name in ("first_onset", "onset", "duration"):
        yield _values(name, cohort, where)


def _values(name: str, cohort: Cohort, where: Where) -> str:
    result = quartiles(VALUES[name](cohort, where))
    return "–" if result is None else str(result)


def organ_grade_table(cohort: Cohort, protocol: Protocol, language: str = "en") -> Table:
    """Give the number of events by organ and final grade; events without a grade stand in their own column."""
    counted = Counter((one.organ, one.grade) for one in cohort.events)
    heads = [f"{Text(en='Grade', ja='グレード')[language]} {grade}" for grade in GRADES]
    return _by_organ(
        Text(en="Organ by grade", ja="臓器・グレード別")[language],
        [*heads, Text(en="No grade", ja="グレードなし")[language]],
        {organ: [counted[organ, grade] for grade in (*GRADES, None)] for organ in protocol.organs},
        protocol,
        language,
    )


def organ_timing_table(cohort: Cohort, protocol: Protocol, language: str = "en") -> Table:
    """Give the number of events by organ and timing class."""
    counted = Counter((one.organ, one.timing) for one in cohort.events)
    return _by_organ(
        Text(en="Organ by timing class", ja="臓器・発現時期別")[language],
        [label[language] for label in TIMING.values()],
        {organ: [counted[organ, timing] for timing in TIMING] for organ in protocol.organs},
        protocol,
        language,
    )


def _by_organ(
    title: str, heads: list[str], counts: dict[str, list[int]], protocol: Protocol, language: str
) -> Table:
    total = Text(en="All", ja="全体")[language]
    rows = [(protocol.organs[organ].label[language], *numbers, sum(numbers)) for organ, numbers in counts.items()]
    columns = [sum(column) for column in zip(*counts.values(), strict=True)]
    rows.append((total, *columns, sum(columns)))
    return Table(
        title,
        (Text(en="Organ", ja="臓器")[language], *heads, total),
        tuple(tuple(str(cell) for cell in row) for row in rows),
    )
