"""The page's part on the cohort: published beside recomputed, the tables, counts by organ, the events."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from redcap_licats.cohort.compare import NOT_PUBLISHED, compare
from redcap_licats.cohort.disease_tables import baseline_table, incidence_table
from redcap_licats.cohort.organ_tables import (
    organ_disease_table,
    organ_grade_table,
    organ_time_table,
    organ_timing_table,
)
from redcap_licats.cohort.table import GRADE, GRADES, NO_GRADE, TIMING
from redcap_licats.cohort.tables import comparison_table, relation_table
from redcap_licats.messages import Texts
from redcap_licats.report.facts import Privacy
from redcap_licats.report.html.block import Block, Figure
from redcap_licats.report.html.figures.bars import divided_bars, shaded_map
from redcap_licats.report.html.figures.canvas import BLUE, ORANGE, SKY, Swatch
from redcap_licats.report.html.gather import PageData
from redcap_licats.report.html.grid import Cell, Column, Grid, cells, of_cohort
from redcap_licats.report.model import EventLine

#: colour and pattern of the timing classes, early to late
_TIMES = ((BLUE, ""), (SKY, "////"), (ORANGE, "----"))


def comparison_grids(data: PageData, texts: Texts) -> tuple[Grid, ...]:
    """Give published | recomputed | difference | provenance; what no source gives stands in a table of its own."""
    table = comparison_table(data.cohort, texts.language)
    words = range(1, len(table.columns))
    nothing = (NOT_PUBLISHED[texts.language], "")
    compared = compare(data.cohort, texts.language)
    stated = [(one.published, one.reference) != nothing for one in compared]
    known = [row for row, beside in zip(table.rows, stated, strict=True) if beside]
    unknown = [row for row, beside in zip(table.rows, stated, strict=True) if not beside]
    alone = replace(table, title=texts("page.comparison.alone"), rows=tuple(unknown))
    return (
        of_cohort("comparison", replace(table, rows=tuple(known)), text_columns=words),
        replace(of_cohort("not-published", alone, text_columns=words), tools=True, folded=True),
    )


def cohort_grids(data: PageData, texts: Texts) -> tuple[Grid, ...]:
    """Give the cohort's tables that have no figure."""
    cohort, protocol, language = data.cohort, data.protocol, texts.language
    relations = relation_table(cohort, protocol, language)
    return (
        of_cohort("baseline", baseline_table(cohort, protocol, language)),
        of_cohort("outcomes", incidence_table(cohort, language)),
        of_cohort("organ-disease", organ_disease_table(cohort, protocol, language), last_is_total=True),
        of_cohort("organ-time", organ_time_table(cohort, protocol, language), last_is_total=True),
        of_cohort("relations", relations, text_columns=range(1, len(relations.columns))),
    )


def timing_block(data: PageData, texts: Texts) -> Block:
    """Give the onset by timing class, of each organ."""
    language = texts.language
    counted = Counter((one.organ, one.timing) for one in data.cohort.events)
    rows = [
        (organ.label[language], [counted[slug, code] for code in TIMING])
        for slug, organ in data.protocol.organs.items()
    ]
    parts = [Swatch(label[language], *look) for label, look in zip(TIMING.values(), _TIMES, strict=True)]
    cuts = data.protocol.settings.timing
    title = texts("page.timing.title")
    drawing = divided_bars(
        "timing", rows, parts, title, texts("page.timing.description"), texts("page.timing.axis")
    )
    note = texts(
        "page.timing.note",
        early=cuts.early_until,
        after_early=cuts.early_until + 1,
        intermediate=cuts.intermediate_until,
        undated=sum(not one.timing for one in data.cohort.events),
    )
    table = organ_timing_table(data.cohort, data.protocol, language)
    return Block(
        (of_cohort("organ-timing", table, last_is_total=True),), Figure("timing", title, (drawing,), note)
    )


def grade_block(data: PageData, texts: Texts) -> Block:
    """Give the map of organ by grade."""
    language = texts.language
    counted = Counter((one.organ, one.grade) for one in data.cohort.events)
    rows = [
        (organ.label[language], [counted[slug, grade] for grade in (*GRADES, None)])
        for slug, organ in data.protocol.organs.items()
    ]
    heads = [*(f"{GRADE[language]} {grade}" for grade in GRADES), NO_GRADE[language]]
    title = texts("page.grades.title")
    drawing = shaded_map("grades", rows, heads, title, texts("page.grades.description"))
    table = organ_grade_table(data.cohort, data.protocol, language)
    return Block(
        (of_cohort("organ-grade", table, last_is_total=True),),
        Figure("grades", title, (drawing,), texts("page.grades.note")),
    )


def events_block(data: PageData, texts: Texts) -> Block:
    """List every organ event as derived."""
    if data.report.facts.privacy is Privacy.NO_VALUES:
        return Block(note=texts("page.events.withheld"))
    if not data.report.events:
        return Block(note=texts("page.events.none"))

    def head(key: str) -> str:
        return texts(f"report.column.{key}")

    grid = Grid(
        "event-list",
        texts("page.events.title"),
        (
            Column(head("subject")),
            Column(head("site"), choices=True),
            Column(head("organ"), choices=True),
            Column(head("instance"), number=True),
            Column(head("onset")),
            Column(head("onset_day"), number=True),
            Column(head("timing"), choices=True),
            Column(head("duration"), number=True),
            Column(head("grade_final"), number=True, choices=True),
            Column(head("classification"), choices=True),
            Column(head("reasons")),
            Column(head("open_queries"), number=True),
        ),
        tuple(_event(one, texts) for one in data.report.events),
        tools=True,
        folded=True,
        note=texts("page.events.note"),
    )
    return Block((grid,))


def _event(one: EventLine, texts: Texts) -> tuple[Cell, ...]:
    language = texts.language
    grade = "" if one.grade_final is None else str(one.grade_final)
    if one.provisional and grade:
        grade = texts("page.events.provisional", grade=grade)
    plain = cells(
        (
            one.site,
            one.organ[language],
            one.instance,
            one.onset,
            one.onset_day,
            one.timing[language] if one.timing else None,
            one.duration,
            texts("terms.grade.FATAL") if one.fatal else grade,
            one.class_label[language],
            texts("page.events.between").join(texts.code("terms.reason", code) for code in one.reasons),
            one.open_queries,
        )
    )
    return (Cell(one.record, one.url), *plain)
