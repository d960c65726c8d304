from __future__ import annotations

import datetime as dt
import io
import time
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import listed_study as study
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from redcap_licats.messages import LANGUAGES, Language, Texts
from redcap_licats.protocol.load import load_protocol
from redcap_licats.query.model import State
from redcap_licats.report.gather import gather
from redcap_licats.report.model import Audience, Report
from redcap_licats.report.workbook import file_name, workbook_bytes, write_workbook

HOSTILE = [
    '=HYPERLINK("http://evil")',
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "a\x00b\x1b",
    "#REF!",
    "x" * 40_000,
]


@pytest.fixture(scope="module")
def report() -> Report:
    return study.report_for()


def opened(report: Report, language: Language = "en") -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(report, language)))


def column(sheet: Worksheet, key: str, language: Language = "en") -> list[object]:
    """Values under a head."""
    head = Texts(language)(f"report.column.{key}")
    number = next(cell.column for cell in sheet[1] if cell.value == head)
    return [row[number - 1].value for row in sheet.iter_rows(min_row=2)]


def all_texts(workbook: openpyxl.Workbook) -> list[str]:
    return [
        cell.value
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str)
    ]


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Read me", "Summary", "Open queries", "Events", "Rules", "Changes written"]),
        ("ja", ["はじめに", "概要", "未解決クエリ", "イベント", "チェック項目", "書き込み履歴"]),
    ],
)
def test_sheets_and_their_lines(report: Report, language: Language, names: list[str]) -> None:
    workbook = opened(report, language)
    assert workbook.sheetnames == names
    lines = [workbook[name].max_row - 1 for name in names[2:]]
    assert lines == [40, 54, len(load_protocol().checks), 3]
    tables = [table.displayName for sheet in workbook for table in sheet.tables.values()]
    assert tables == ["OpenQueries", "Events", "Rules", "Changes"]


def test_a_query_says_what_where_and_since_when(report: Report) -> None:
    sheet = opened(report)["Open queries"]
    line, row = (
        report.queries[0],
        {cell.value: other.value for cell, other in zip(sheet[1], sheet[2], strict=True)},
    )
    assert row["Query ID"] == line.id
    assert row["Priority"] == "1 Impossible value"
    assert (row["Site"], row["Subject"]) == (line.site, line.record)
    assert row["Form"] == "LICATS: Skin and mucosa"
    assert row["What disagrees, what to check"] == line.text
    assert row["Opened"] == dt.datetime.combine(line.opened or dt.date.min, dt.time())
    assert row["Days open"] == line.days_open
    assert row["Form in REDCap"] == f'=HYPERLINK("{line.url}","Open")'
    assert row["Decision (fill in)"] is None


def test_values_are_worded_and_dates_are_dates(report: Report) -> None:
    sheet = opened(report)["Open queries"]
    raised = column(sheet, "value_raised")
    assert dt.datetime.combine(dt.date(2026, 1, 4), dt.time()) in raised
    assert "Not assessed (9)" in raised
    assert 88 in raised
    assert "(blank)" in column(sheet, "value_now")
    assert any(str(answer).startswith("Confirmed as correct\n") for answer in column(sheet, "answer"))


def test_the_japanese_workbook_speaks_japanese(report: Report) -> None:
    sheet = opened(report, "ja")["未解決クエリ"]
    assert "回答済み" in column(sheet, "state", "ja")
    assert "未評価 (9)" in column(sheet, "value_raised", "ja")


def test_an_event_line(report: Report) -> None:
    sheet = opened(report)["Events"]
    assert column(sheet, "grade_final").count(3) == 3
    assert "other causes not excluded; outside B-cell aplasia" in column(sheet, "reasons")
    assert set(column(sheet, "timing")) == {"Early", "Intermediate", "Late"}


def test_rules_are_called_published_only_where_they_are(report: Report) -> None:
    sources = dict(
        zip(column(opened(report)["Rules"], "rule"), column(opened(report)["Rules"], "source"), strict=True)
    )
    for rule in load_protocol().checks.values():
        assert str(sources[rule.id]).startswith("published") is rule.published
        assert "SUG" not in str(sources[rule.id])


def test_a_change_says_old_new_rule_and_local_time(report: Report) -> None:
    sheet = opened(report)["Changes written"]
    assert column(sheet, "new") == [2, "open", "skin 1: grade 2, early, day 9"]
    assert column(sheet, "rule") == ["grade", "AC01", "summary"]
    assert column(sheet, "time")[0] == study.AT.replace(tzinfo=None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sites_workbook_holds_nothing_medical(language: Language) -> None:
    for site in ("", "osaka"):
        texts = "\n".join(all_texts(opened(study.report_for(Audience.SITE, site), language)))
        medical = [raised for raised in study.RAISED if raised[1] == "medical"]
        for rule, _, _, _, _, wording in medical:
            assert rule not in texts
            assert wording not in texts
        assert "mqry_" not in texts
        assert "licats_medical_query" not in texts
        for check in load_protocol().checks.values():
            assert check.severity != "medical" or check.title[language] not in texts


def test_another_sites_records_are_nowhere_in_a_sites_workbook() -> None:
    workbook = opened(study.report_for(Audience.SITE, "osaka"))
    foreign = {record for record, site in study.GROUPS.items() if site != "osaka"}
    for text in all_texts(workbook):
        assert not any(f"id={record}&" in text or text == record for record in foreign)
    assert set(column(workbook["Events"], "subject")) <= set(study.GROUPS) - foreign


def test_only_decision_and_comment_can_be_filled_in(report: Report) -> None:
    workbook = opened(report)
    for sheet in workbook:
        assert sheet.protection.sheet
        unlocked = {cell.column_letter for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
        assert unlocked == ({"S", "T"} if sheet.title == "Open queries" else set())


def test_decisions_are_offered_by_kind_of_query(report: Report) -> None:
    sheet = opened(report)["Open queries"]
    lists = {offer.formula1: str(offer.sqref) for offer in sheet.data_validations.dataValidation}
    assert lists == {
        '"Accept the answer,Send back to the site,Cancel the query"': "S2:S33",
        '"Noted,Needs adjudication,Release to the site"': "S34:S41",
    }


def test_views_and_print_set_up(report: Report) -> None:
    workbook = opened(report)
    for sheet in workbook:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.oddFooter.left.text == "LICATS-JP · All sites"
        assert sheet.oddFooter.right.text == "Page &P of &N"
    for sheet in workbook.worksheets[2:]:
        assert sheet.freeze_panes
        assert sheet.print_title_rows == "$1:$1"
        (table,) = sheet.tables.values()
        assert table.autoFilter.ref == table.ref == sheet.dimensions


def test_hostile_values_do_no_harm() -> None:
    rows = []
    for number, text in enumerate(HOSTILE, start=1):
        raised = ("DT02", "hard", "licats_skin", "skin_site", text, text)
        rows.append(study.query_row("1-1", number, raised, "open", dt.date(2026, 3, 1)))
    rows.append(study.repeat("1-1", "licats_skin", 1, skin_site=HOSTILE[0]))
    facts = replace(study.facts(), study="=A & B")
    groups = {"1-1": "@evil"}
    workbook = opened(gather(rows, load_protocol(), (), facts, groups=groups))
    for sheet in workbook:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type != "e"
            if cell.data_type == "f":
                assert cell.value.startswith('=HYPERLINK("https://redcap.example.org/')
            elif isinstance(cell.value, str):
                assert not cell.value.startswith(("=", "+", "-", "@", "\t", "\r"))
                assert len(cell.value) <= 32_767
    assert workbook["Summary"].oddFooter.left.text == "=A && B · All sites"


@pytest.mark.parametrize(("stored", "shown"), [("1", "yes"), ("0", None), ("", "not known")])
def test_what_is_not_known_of_glucocorticoid_is_not_no(stored: str, shown: str | None) -> None:
    event = next(row for row in study.event_rows() if row.get("res_key_d"))
    report = gather([{**event, "res_gc_d": stored}], load_protocol(), (), study.facts(), groups={})
    assert column(opened(report)["Events"], "gc") == [shown]


def test_nothing_to_tell_is_said() -> None:
    workbook = opened(gather((), load_protocol(), (), study.facts(), groups={}))
    assert [workbook[name]["A2"].value for name in ("Open queries", "Events", "Changes written")] == ["None"] * 3
    assert not workbook["Open queries"].tables


def test_the_summary_counts(report: Report) -> None:
    rows = {row[0]: row[1:] for row in opened(report)["Summary"].iter_rows(values_only=True) if row[0]}
    assert rows["Subjects"][0] == 39
    assert rows["LICATS events"][0] == 47
    assert any(line.medical and line.state is State.OPEN for line in report.queries)
    monitor = sum(line.medical or line.state is State.ANSWERED for line in report.queries)
    assert rows["Queries waiting for the monitor"][0] == monitor
    assert rows["Queries waiting for the site"][0] == 40 - monitor
    assert rows["osaka"][:3] == (13, 10, 16)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_report_gives_the_same_bytes(report: Report, language: Language) -> None:
    first = workbook_bytes(report, language)
    time.sleep(2.1)  # a zip archive states times to two seconds
    assert workbook_bytes(study.report_for(), language) == first
    with ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-03-20T00:30:00Z" in archive.read("docProps/core.xml")


@pytest.mark.parametrize(
    ("study_name", "site", "name"),
    [
        ("LICATS-JP", "", "LICATS-JP_all_2026-03-20_queries.xlsx"),
        ("LICATS-JP", "osaka", "LICATS-JP_osaka_2026-03-20_queries.xlsx"),
        ("A/B: C", "../x", "A-B-C_x_2026-03-20_queries.xlsx"),
        ("研究", "東京", "研究_東京_2026-03-20_queries.xlsx"),
    ],
)
def test_file_name(report: Report, study_name: str, site: str, name: str) -> None:
    assert file_name(replace(report, facts=replace(report.facts, study=study_name, site=site))) == name


def test_a_file_is_written_whole_or_not_at_all(report: Report, tmp_path: Path) -> None:
    path = tmp_path / file_name(report)
    write_workbook(report, path, "en")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == workbook_bytes(report, "en")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_workbook(report, tmp_path / "folder.xlsx", "en")
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([path.name, "folder.xlsx"])
