"""What the page says, and to whom."""

from __future__ import annotations

import datetime as dt
import re
import stat
from pathlib import Path

import drawn_study as study
import pytest
from markupsafe import escape

from redcap_licats.cohort.compare import compare
from redcap_licats.messages import LANGUAGES, Language, Texts
from redcap_licats.report.facts import Privacy
from redcap_licats.report.html.cohort import comparison_grids
from redcap_licats.report.html.courses import MOST
from redcap_licats.report.html.page import page_html, page_name, write_page
from redcap_licats.report.html.queries import query_blocks
from redcap_licats.report.html.sections import sections
from redcap_licats.report.html.text import shown
from redcap_licats.report.timeline import Kind


@pytest.fixture(scope="module")
def pages() -> dict[Language, str]:
    data = study.page_data()
    return {language: page_html(data, language) for language in LANGUAGES}


def rows_of(page: str, table: str) -> list[list[str]]:
    """Texts of a table's rows."""
    found = re.search(rf'<table id="{table}".*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    assert found
    rows = re.findall(r"<tr>(.*?)</tr>", found.group(1), re.DOTALL)
    return [
        [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows
    ]


def test_the_same_report_gives_the_same_bytes(pages: dict[Language, str]) -> None:
    assert page_html(study.page_data(), "ja") == pages["ja"]


def test_its_name_stands_beside_the_workbook(tmp_path: Path) -> None:
    data = study.page_data(site="site_a")
    assert page_name(data) == "LICATS-JP_site_a_2026-03-20_report.html"
    path = write_page(data, tmp_path / page_name(data), "en")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_published_stands_beside_recomputed(pages: dict[Language, str], language: Language) -> None:
    data = study.page_data()
    known, unknown = (rows_of(pages[language], name) for name in ("comparison", "not-published"))
    compared = compare(data.cohort, language)
    assert len(known) + len(unknown) == len(compared)
    assert len(unknown) == sum("not published" in one.provenance or "未公表" in one.provenance for one in compared)
    none = {"en": "not published", "ja": "未公表"}[language]
    assert {row[1] for row in unknown} == {none}
    assert all(row[1] != none for row in known if row[-1].startswith(("published", "公表値")))
    assert [one.title for one in comparison_grids(data, Texts(language))][1] != ""


def test_every_figure_has_its_numbers(pages: dict[Language, str]) -> None:
    data = study.page_data()
    figures = [block for section in sections(data, Texts("en")) for block in section.blocks if block.figure]
    assert [one.figure.key for one in figures if one.figure] == [
        "ageing",
        "swimmer",
        "incidence",
        "timing",
        "grades",
    ]
    assert all(one.grids and all(grid.rows for grid in one.grids) for one in figures)
    spans = sum(len(one.spans) for one in data.timelines if one.of(Kind.LICATS, Kind.CRS, Kind.ICANS))
    assert len(rows_of(pages["en"], "swimmer-numbers")) == spans
    grades = {row[0]: row[1:4] for row in rows_of(pages["en"], "organ-grade")}
    assert grades["Muscle"] == ["5", "0", "0"]
    assert grades["Lung"] == ["0", "1", "2"]
    assert re.search("<title>Lung · Grade 3: 2</title>", pages["en"])


def test_the_incidence_at_the_end_is_that_of_the_cohort(pages: dict[Language, str]) -> None:
    """Nobody dies or leaves before day 60 in this study, so that the estimate is the plain share."""
    rows = {row[0]: row for row in rows_of(pages["en"], "incidence-numbers")}
    data = study.page_data()
    first = [one.first_onset_day for one in data.cohort.subjects]
    share = sum(day is not None and day <= 60 for day in first) / len(first)
    assert min(one.seen for one in data.timelines) >= 60
    assert rows["Any organ"][5].startswith(f"{100 * share:.1f} %")
    assert rows["Any organ"][1] == "30"


def test_ageing_counts_every_open_query() -> None:
    data = study.page_data()
    ageing = query_blocks(data.report, Texts("en"))[1]
    for grid in ageing.grids:
        assert grid.total[0][-1].text == str(len(data.report.queries))


def test_a_site_reads_nothing_medical_and_of_nobody_else() -> None:
    whole, site = study.page_data(), study.page_data(site="site_a")
    page = page_html(site, "en")
    assert {one.site for one in site.timelines} == {"site_a"}
    assert len(site.cohort.subjects) < len(whole.cohort.subjects)
    assert "Medical queries are neither shown nor counted" in page
    assert "Medical query" not in page
    assert "site_b" not in page
    assert not [row for row in rows_of(page, "checks") if row[0] == "AC01"]
    assert "AC01" in page_html(whole, "en")


def test_a_site_learns_no_grade_before_its_investigator_has_graded() -> None:
    rows = [dict(row) for row in study.study_rows()]
    entered = next(row for row in rows if row.get("kidney_inv_grade") and row["redcap_repeat_instrument"])
    record, instance = entered["record_id"], entered["redcap_repeat_instance"]
    site = study.groups(study.study_rows())[record]
    before = study.page_data(tuple(rows), site=site)
    entered["kidney_inv_grade"] = ""
    after = study.page_data(tuple(rows), site=site)
    assert after.withheld == before.withheld + 1
    event = next(one for one in after.report.events if (one.record, one.key) == (record, f"kidney-{instance}"))
    assert (event.grade_derived, event.grade_final) == (None, None)
    span = next(one for course in after.timelines if course.record == record for one in course.of(Kind.LICATS)
                if one.organ == event.organ and one.first == event.onset_day)  # fmt: skip
    assert span.grade is None
    monitor = study.page_data(tuple(rows))
    assert all(one.grade_final for one in monitor.report.events if (one.record, one.key) == (record, event.key))
    assert f"graded them: {after.withheld}" in page_html(after, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_that_lets_no_values_out(language: Language) -> None:
    assert 'id="event-list"' in page_html(study.page_data(), language)
    page = page_html(study.page_data(privacy=Privacy.NO_VALUES), language)
    assert 'id="event-list"' not in page
    assert 'id="figure-swimmer"' not in page
    assert escape(Texts(language)("page.swimmer.withheld")) in page
    assert escape(Texts(language)("page.events.withheld")) in page
    assert rows_of(page, "comparison")


def test_a_data_cut_hides_what_came_later() -> None:
    whole = study.page_data()
    late = next(one for one in whole.timelines if one.of(Kind.GLUCOCORTICOID))
    course = late.of(Kind.GLUCOCORTICOID)[0]
    zero = next(one.day_zero for one in whole.cohort.subjects if one.record == late.record)
    assert zero
    cut = study.page_data(data_cut=zero + dt.timedelta(days=course.first))
    seen = next(one for one in cut.timelines if one.record == late.record)
    first = seen.of(Kind.GLUCOCORTICOID)[0]
    assert (first.first, first.last, first.ongoing) == (course.first, None, True)
    assert seen.seen <= course.first


def test_a_record_that_cannot_be_read_is_left_out_and_named() -> None:
    rows = [dict(row) for row in study.study_rows()]
    row = next(row for row in rows if row.get("sum_day0_d"))
    row["sum_age_d"] = "old"
    data = study.page_data(tuple(rows))
    assert list(data.report.facts.coverage.left_out) == [row["record_id"]]
    assert row["record_id"] not in {one.record for one in data.cohort.subjects}
    assert "sum_age_d" in page_html(data, "en")


def test_a_study_without_anybody_still_has_a_page() -> None:
    for language in LANGUAGES:
        page = page_html(study.page_data(()), language)
        assert Texts(language)("page.swimmer.none") in page


def test_a_large_study_stays_readable() -> None:
    """Copies of the synthetic study under other names make 1,014 subjects."""
    rows = tuple(
        {**row, "record_id": f"{copy}-{row['record_id']}"} for copy in range(26) for row in study.study_rows()
    )
    data = study.page_data(rows)
    assert len(data.timelines) == 26 * 39
    page = page_html(data, "en")
    assert len(page.encode()) < 5_000_000
    assert f"The first {MOST} of {26 * 35} subjects" in page


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain 腎臓\n", "plain 腎臓\n"),
        ("a\x00b\x1b[0m", "a\ufffdb\ufffd[0m"),
        ("abc\u202egnp", "abc\ufffdgnp"),
        ("x\ud800", "x\ufffd"),
        ("y" * 40_000, "y" * 500 + " … (40,000)"),
    ],
)
def test_texts_are_made_fit_to_show(text: str, seen: str) -> None:
    assert shown(text) == seen
