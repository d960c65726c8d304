"""A plain table, and the words and cells that several of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from redcap_licats.cohort.measures import VALUES, Where, quartiles, subjects
from redcap_licats.cohort.model import Cohort
from redcap_licats.protocol.base import Text

ALL = Text(en="All", ja="全体")
GRADE = Text(en="Grade", ja="グレード")
NO_GRADE = Text(en="No grade", ja="グレードなし")
GRADES = (1, 2, 3, 4)
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
#: what stands where there is no value
NOTHING = "–"

#: a line of a table by disease: its label, and the cell for a cohort
Line = tuple[Text, Callable[[Cohort], str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text; every row has one cell per column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def diagnoses(cohort: Cohort) -> tuple[str, ...]:
    """List the diagnoses that occur, in the order of the tables."""
    present = {one.diagnosis for one in cohort.subjects}
    return tuple(code for code in DIAGNOSES if code in present)


def by_disease(title: Text, lines: Iterable[Line], cohort: Cohort, language: str) -> Table:
    """Give the lines for the whole cohort and for each disease that occurs."""
    codes = diagnoses(cohort)
    groups = [cohort, *(Cohort(subjects(cohort, Where(diagnosis=code))) for code in codes)]
    return Table(
        title[language],
        (
            Text(en="Item", ja="項目")[language],
            ALL[language],
            *(DIAGNOSES[code][language] for code in codes),
        ),
        tuple((label[language], *(cell(group) for group in groups)) for label, cell in lines),
    )


def share(number: int, whole: int) -> str:
    """Write a number with its share of the whole in whole per cent."""
    return f"{number} ({round(100 * number / whole)} %)" if whole else NOTHING


def spread(name: str, cohort: Cohort, where: Where | None = None) -> str:
    """Write median and quartiles of a measured value, with the number of values."""
    result = quartiles(VALUES[name](cohort, where or Where()))
    return f"{result}, n = {result.n}" if result else NOTHING
