"""A cohort as plain tables: titles, columns and rows of text, for a page, a workbook or a terminal."""

from __future__ import annotations

import math

from redcap_licats.cohort.association import NotAssessable
from redcap_licats.cohort.compare import compare
from redcap_licats.cohort.disease_tables import baseline_table, incidence_table
from redcap_licats.cohort.model import Cohort
from redcap_licats.cohort.organ_tables import (
    organ_disease_table,
    organ_grade_table,
    organ_time_table,
    organ_timing_table,
)
from redcap_licats.cohort.relations import Relation, relations
from redcap_licats.cohort.table import NOTHING, Table
from redcap_licats.protocol.models import Protocol, Text


def cohort_tables(cohort: Cohort, protocol: Protocol, language: str = "en") -> tuple[Table, ...]:
    """Give all tables: baseline, incidence, by organ, relations, comparison with the published cohort."""
    return (
        baseline_table(cohort, protocol, language),
        incidence_table(cohort, language),
        organ_grade_table(cohort, protocol, language),
        organ_timing_table(cohort, protocol, language),
        organ_disease_table(cohort, protocol, language),
        organ_time_table(cohort, protocol, language),
        relation_table(cohort, protocol, language),
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


def relation_table(cohort: Cohort, protocol: Protocol, language: str = "en") -> Table:
    """Give the relations that the slide summary discusses, each with its test or why there is none."""
    columns = (
        Text(en="Relation", ja="関係"),
        Text(en="Patients", ja="対象"),
        Text(en="n", ja="n"),
        Text(en="Test", ja="検定"),
        Text(en="Effect size", ja="効果量"),
        Text(en="p, two-sided, not adjusted", ja="p(両側、多重性の調整なし)"),
        Text(en="Numbers", ja="内訳"),
        Text(en="Slide summary (study setting)", ja="スライド要約(本研究の設定)"),
    )
    return Table(
        Text(en="Relations (exploratory)", ja="関係の検討(探索的)")[language],
        tuple(column[language] for column in columns),
        tuple(_relation_cells(one, language) for one in relations(cohort, protocol)),
    )


def _relation_cells(one: Relation, language: str) -> tuple[str, ...]:
    found = one.finding
    tested: tuple[str, ...]
    if isinstance(found, NotAssessable):
        tested = (str(found.n) if found.n else NOTHING, found.reason[language], NOTHING, NOTHING)
    else:
        size = "∞" if math.isinf(found.size) else f"{found.size:z.2f}"
        p = f"{found.p:.3f}" if found.p >= 0.001 else "< 0.001"
        tested = (str(found.n), found.test[language], f"{found.effect[language]} {size}", p)
    return (
        one.label[language],
        one.patients[language],
        *tested,
        one.remark[language] or NOTHING,
        one.slides[language],
    )
