from __future__ import annotations

import datetime as dt
import io
import time
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZipFile

import listed_study as study
import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from redcap_licats.messages import LANGUAGES, Language, Texts
from redcap_licats.protocol.load import load_protocol
from redcap_licats.query.model import State
from redcap_licats.report.facts import Audience, Coverage
from redcap_licats.report.gather import gather
from redcap_licats.report.model import Report
from redcap_licats.report.workbook import file_name, workbook_bytes, write_workbook

HOSTILE = [
    "=cmd()",
    "<script>alert(1)</script>",
    "\u202e=1+1",
    "\u200f@SUM(A1)",
    "]]>&amp;<c><f>1+1</f></c>",
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


def heads(sheet: Worksheet) -> list[object]:
    return [cell.value for cell in sheet[1]]


def unlocked(sheet: Worksheet) -> set[object]:
    """Heads of the columns with a cell that can be filled in."""
    letters = {cell.column for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    return {sheet.cell(1, number).value for number in letters}


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
        (
            "en",
            [
                *("Read me", "Summary", "Open queries", "Answered, to review", "Closed since last report"),
                *("Missing visits and forms", "Events", "Rules", "Changes written", "Lists"),
            ],
        ),
        (
            "ja",
            [
                *("はじめに", "概要", "未解決クエリ", "回答済み・要確認", "前回以降に終了"),
                *("未実施来院・未入力フォーム", "イベント", "チェック項目", "書き込み履歴", "リスト"),
            ],
        ),
    ],
)
def test_sheets_and_their_lines(report: Report, language: Language, names: list[str]) -> None:
    workbook = opened(report, language)
    assert workbook.sheetnames == names
    assert [sheet.title for sheet in workbook if sheet.sheet_state != "visible"] == names[-1:]
    lines = [workbook[name].max_row - 1 for name in names[2:-1]]
    assert lines == [32, 8, 4, len(report.missing), 54, len(load_protocol().checks), 3]
    tables = [table.displayName for sheet in workbook for table in sheet.tables.values()]
    assert tables == ["OpenQueries", "Answered", "Closed", "Missing", "Events", "Rules", "Changes"]


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
    assert f"{row['What disagrees']} {row['What to check']}" == line.text
    assert str(row["What to check"]).startswith("Please ")
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
    answered = opened(report)["Answered, to review"]
    assert set(column(answered, "answer")) == {"Confirmed as correct\nChecked with the ward's chart."}
    assert "Open\nreopened 2×" in column(sheet, "state")
    assert "Answered\nchanged, still disagrees" in column(answered, "state")


def test_the_japanese_workbook_speaks_japanese(report: Report) -> None:
    sheet = opened(report, "ja")["未解決クエリ"]
    assert "回答済み" in column(opened(report, "ja")["回答済み・要確認"], "state", "ja")
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
@pytest.mark.parametrize("site", ["", "osaka"])
@pytest.mark.parametrize("answers", [False, True])
def test_a_sites_workbook_holds_nothing_medical(language: Language, site: str, answers: bool) -> None:
    facts = replace(study.facts(Audience.SITE, site), site_answers=answers)
    report = gather(study.study_rows(), load_protocol(), study.CHANGES, facts, groups=study.GROUPS)
    with ZipFile(io.BytesIO(workbook_bytes(report, language))) as archive:
        whole = "\n".join(archive.read(name).decode() for name in archive.namelist())
    raised = [row for row in study.query_rows() if row["redcap_repeat_instrument"] == "licats_medical_query"]
    secrets = {row[f"mqry_{name}_d"] for row in raised for name in ("id", "rule", "text")}
    secrets |= {"mqry_", "licats_medical_query", "licats_medical_decision"}
    for check in load_protocol().checks.values():
        if check.severity == "medical":
            secrets |= {check.id, check.title[language], escape(check.text[language])}
    secrets |= {text[language] for text in study.report_for().wording.medical_decisions.values()}
    assert len(raised) > 4
    assert not [secret for secret in secrets if secret in whole]


def test_another_sites_records_are_nowhere_in_a_sites_workbook() -> None:
    workbook = opened(study.report_for(Audience.SITE, "osaka"))
    foreign = {record for record, site in study.GROUPS.items() if site != "osaka"}
    for text in all_texts(workbook):
        assert not any(f"id={record}&" in text or text == record for record in foreign)
    assert set(column(workbook["Events"], "subject")) <= set(study.GROUPS) - foreign


def test_only_decision_and_comment_can_be_filled_in(report: Report) -> None:
    filled_in = {"Decision (fill in)", "Comment (fill in)"}
    for sheet in opened(report):
        assert sheet.protection.sheet
        assert not sheet.protection.password
        assert not any(getattr(sheet.protection, name) for name in ("autoFilter", "sort", "formatColumns"))
        assert unlocked(sheet) == (filled_in if sheet.title in ("Open queries", "Answered, to review") else set())


def test_a_site_fills_in_nothing_unless_its_study_takes_answers_from_excel() -> None:
    facts = study.facts(Audience.SITE, "osaka")
    for answers, filled_in in ((False, set()), (True, {"Reason (fill in)", "Comment (fill in)"})):
        report = gather(
            study.study_rows(), load_protocol(), (), replace(facts, site_answers=answers), groups=study.GROUPS
        )
        workbook = opened(report)
        for sheet in workbook:
            assert unlocked(sheet) == (filled_in if sheet.title == "Open queries" else set())
        assert ("Lists" in workbook.sheetnames) is answers
        if answers:
            (choices,) = offered(workbook, "Open queries").values()
            assert choices == [
                "Data are missing and cannot be obtained",
                "Typographical error, corrected",
                "Confirmed as correct",
                "Wrong source, corrected",
                "Other",
            ]


def offered(workbook: openpyxl.Workbook, name: str) -> dict[str, list[object]]:
    """What a sheet offers to choose, by the cells in which it does."""
    rules = workbook[name].data_validations.dataValidation
    return {str(rule.sqref): listed(workbook, rule.formula1) for rule in rules}


def listed(workbook: openpyxl.Workbook, address: str) -> list[object]:
    title, _, cells = address.partition("!")
    return [row[0].value for row in workbook[title.strip("'")][cells.replace("$", "")]]


def test_only_what_is_possible_on_a_query_is_offered(report: Report) -> None:
    workbook = opened(report)
    letter = get_column_letter(heads(workbook["Open queries"]).index("Decision (fill in)") + 1)
    assert offered(workbook, "Open queries") == {
        f"{letter}2:{letter}25": ["Cancel the query"],
        f"{letter}26:{letter}33": ["Noted", "Needs adjudication", "Release to the site"],
    }
    assert list(offered(workbook, "Answered, to review").values()) == [
        ["Accept the answer", "Send back to the site", "Cancel the query"]
    ]


def test_a_medical_query_that_waits_for_adjudication_can_still_be_noted_or_released() -> None:
    row = study.query_row("1-1", 1, study.RAISED[8], "answered", dt.date(2026, 3, 10))
    workbook = opened(gather([row], load_protocol(), (), study.facts(), groups={}))
    assert list(offered(workbook, "Answered, to review").values()) == [["Noted", "Release to the site"]]


def test_views_and_print_set_up(report: Report) -> None:
    workbook = opened(report)
    for sheet in workbook:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.oddFooter.left.text == "LICATS-JP · All sites"
        assert sheet.oddFooter.right.text == "Page &P of &N"
    for sheet in workbook.worksheets[2:-1]:
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
    facts = replace(study.facts(), study="=A & B\n\x00[]:*?/\\")
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
    assert workbook["Summary"].oddFooter.left.text == "=A && B []:*?/\\ · All sites"


@pytest.mark.parametrize(("stored", "shown"), [("1", "yes"), ("0", None), ("", "not known")])
def test_what_is_not_known_of_glucocorticoid_is_not_no(stored: str, shown: str | None) -> None:
    event = next(row for row in study.event_rows() if row.get("res_key_d"))
    report = gather([{**event, "res_gc_d": stored}], load_protocol(), (), study.facts(), groups={})
    assert column(opened(report)["Events"], "gc") == [shown]


def test_nothing_to_tell_is_said() -> None:
    workbook = opened(gather((), load_protocol(), (), study.facts(), groups={}))
    names = (
        "Open queries",
        "Answered, to review",
        "Closed since last report",
        "Missing visits and forms",
        "Events",
    )
    assert [workbook[name]["A2"].value for name in (*names, "Changes written")] == ["None"] * 6
    assert not workbook["Open queries"].tables
    assert not workbook["Summary"]._charts


def test_the_summary_counts(report: Report) -> None:
    rows = {row[0]: row[1:] for row in opened(report)["Summary"].iter_rows(values_only=True) if row[0]}
    assert rows["Subjects"][0] == 39
    assert rows["LICATS events"][0] == 47
    assert any(line.medical and line.state is State.OPEN for line in report.queries)
    monitor = sum(line.medical or line.state is State.ANSWERED for line in report.queries)
    assert rows["Queries waiting for the monitor"][0] == monitor
    assert rows["Queries waiting for the site"][0] == 40 - monitor
    assert rows["osaka"][:3] == (13, 10, 16)
    assert rows["Queries new since the last report"][0] == 6
    assert rows["Queries closed since the last report"][0] == 4
    assert rows["Queries changed, still disagreeing"][0] == 1
    assert rows["Visits and forms missing"][0] == len(report.missing)


def test_charts_are_drawn_from_cells_that_hold_what_they_show(report: Report) -> None:
    sheet = opened(report)["Summary"]
    age, form, movement = sheet._charts

    def cells(reference: str) -> list[object]:
        _, _, place = reference.partition("!")
        found = sheet[place.replace("$", "")]
        return [cell.value for row in (found if isinstance(found, tuple) else ((found,),)) for cell in row]

    assert [cells(one.tx.strRef.f) for one in age.series] == [
        ["1 Impossible value"],
        ["2 Query"],
        ["3 Soft query"],
        ["4 Medical query"],
    ]
    assert cells(age.series[0].cat.numRef.f) == ["0–7 days", "8–14 days", "15–30 days", "> 30 days"]
    assert sum(sum(map(int, map(str, cells(one.val.numRef.f)))) for one in age.series) == 40
    assert cells(movement.series[0].cat.numRef.f) == ["New", "Closed", "Still open", "Changed, still disagrees"]
    assert cells(movement.series[0].val.numRef.f) == [6, 4, 34, 1]
    assert cells(form.series[0].cat.numRef.f)[0] == "LICATS: Skin and mucosa"
    assert sum(map(int, map(str, cells(form.series[0].val.numRef.f)))) == 40


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
        ("x" * 60, "s" * 300, f"{'x' * 60}_{'s' * 40}_2026-03-20_queries.xlsx"),
        ("A\nB", "a\x00\u202eb", "A-B_a-b_2026-03-20_queries.xlsx"),
        ("LICATS-JP", "osaka", "LICATS-JP_osaka_2026-03-20_queries.xlsx"),
        ("A/B: C", "../x", "A-B-C_x_2026-03-20_queries.xlsx"),
        ("研究", "東京", "研究_東京_2026-03-20_queries.xlsx"),
    ],
)
def test_file_name(report: Report, study_name: str, site: str, name: str) -> None:
    facts = replace(report.facts, study=study_name, site=site, coverage=Coverage(39, 39))
    assert file_name(replace(report, facts=facts)) == name


@pytest.mark.parametrize("coverage", [Coverage(3, 3, {"2": "why"}), Coverage(3, 2, unread=1)])
def test_a_report_that_leaves_records_out_says_so_in_its_name_and_on_its_first_page(
    report: Report, coverage: Coverage
) -> None:
    partial = replace(report, facts=replace(report.facts, coverage=coverage))
    assert file_name(partial) == "LICATS-JP_all_2026-03-20_queries_INCOMPLETE.xlsx"
    assert any("INCOMPLETE" in text for text in all_texts(opened(partial)))
    whole = replace(report, facts=replace(report.facts, coverage=Coverage(3, 3, frozen=("1",))))
    assert not any("INCOMPLETE" in text for text in all_texts(opened(whole)))


@pytest.mark.parametrize(
    ("cut", "told"),
    [(None, "2026-03-20"), (dt.date(2026, 3, 19), "2026-03-19"), (dt.date(2026, 3, 21), "2026-03-20")],
)
def test_the_last_day_that_counts_stands_on_the_first_page(report: Report, cut: dt.date | None, told: str) -> None:
    sheet = opened(replace(report, facts=replace(report.facts, data_cut=cut)))["Read me"]
    facts = {row[0].value: row[1].value for row in sheet.iter_rows(max_col=2)}
    assert facts["Last day that counts"] == told


def test_a_file_is_written_whole_or_not_at_all(report: Report, tmp_path: Path) -> None:
    path = tmp_path / file_name(report)
    write_workbook(report, path, "en")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == workbook_bytes(report, "en")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_workbook(report, tmp_path / "folder.xlsx", "en")
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([path.name, "folder.xlsx"])
