"""Workbooks of a study that answers in threads: they tell what was said there, and offer only what is taken."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from drw_study import PROTOCOL, REST, WRONG, Study
from openpyxl.worksheet.worksheet import Worksheet
from study import kidney_event, repeat

from redcap_licats.api.client import RedcapClient
from redcap_licats.cli.report_read import take_back
from redcap_licats.messages import LANGUAGES, Language, Texts
from redcap_licats.query.rows import read_answers
from redcap_licats.report.produce import read_source, write_workbooks
from redcap_licats.report.readback.model import Proposal
from redcap_licats.report.readback.sheets import read_workbook
from redcap_licats.report.secret import secret_for_reading
from redcap_licats.sync.people import PeopleSummary

AT = dt.datetime(2026, 2, 3, 9, 30, tzinfo=dt.UTC)


def workbook(study: Study, folder: Path, language: Language = "en", sites: tuple[str, ...] = ()) -> Path:
    with RedcapClient(study.project.url, study.token, rate_per_minute=0) as client:
        source = read_source(client, study.project, PROTOCOL)
    (made,) = write_workbooks(source, study.project, PROTOCOL, folder, at=AT, language=language, sites=sites)
    return made.path


def column(sheet: Worksheet, key: str, language: Language = "en") -> int:
    head = Texts(language)(f"report.column.{key}")
    return next(cell.column for cell in sheet[1] if cell.value == head)


def offered(sheet: Worksheet) -> set[int]:
    """The rows that have a list to choose from."""
    return {
        row
        for one in sheet.data_validations.dataValidation
        for some in one.sqref.ranges
        for row in range(some.min_row, some.max_row + 1)
    }


def rows_of(sheet: Worksheet, language: Language = "en") -> dict[str, int]:
    """Row by field; by rule where there is none."""
    return {
        str(sheet.cell(row, column(sheet, "rule", language)).value): row for row in range(2, sheet.max_row + 1)
    }


def read_back(study: Study, book: Path) -> tuple[Proposal, PeopleSummary]:
    files = [read_workbook(book, secret_for_reading(study.project))]
    return take_back(study.project, PROTOCOL, files, author="Monica", apply=True)


@pytest.fixture
def both(study: Study) -> Study:
    """A query that has a thread, one on a form's status that has none, and a medical one."""
    event = kidney_event(
        "1", kidney_onset="2026-01-02", kidney_sx_start="2026-01-01", kidney_ac_infection="1", kidney_inv_grade="1"
    )
    study.enter(*REST, event, repeat("1", "conmed", 1))
    study.run()
    return study


def test_only_what_has_no_thread_can_be_filled_in(both: Study, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(path := workbook(both, tmp_path))
    sheet = book["Open queries"]
    rows, choice = rows_of(sheet), column(sheet, "decision")
    with_thread = {rule: row for rule, row in rows.items() if rule == "DT01"}
    assert with_thread
    assert {"CO03", "DT01"} < rows.keys()
    assert offered(sheet) & set(with_thread.values()) == set()
    assert rows["CO03"] in offered(sheet)
    for rule, row in rows.items():
        where = str(sheet.cell(row, column(sheet, "answered_where")).value)
        assert sheet.cell(row, choice).protection.locked == ("data query of the field: open" in where), rule
        assert (row in offered(sheet)) != sheet.cell(row, choice).protection.locked
    # what is offered is taken; what somebody writes into a grey cell all the same is named
    for rule in ("DT01", "CO03"):
        sheet.cell(rows[rule], choice).value = "Cancel the query"
    book.save(path)
    proposal, summary = read_back(both, path)
    assert [one.why.name for one in proposal.clashes] == ["IN_THREAD"]
    assert ([one.rule for one in proposal.proposed], summary.exit) == (["CO03"], 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_said_in_a_thread_stands_in_the_workbook(
    asked: Study, tmp_path: Path, language: Language
) -> None:
    texts = Texts(language)
    asked.say("kidney_onset", comment="Looking for the chart")
    sheet = openpyxl.load_workbook(workbook(asked, tmp_path, language))[texts("report.sheet.open_queries")]
    row = rows_of(sheet, language)["DT01"]
    where = str(sheet.cell(row, column(sheet, "answered_where", language)).value)
    status = texts("report.value.in_thread", status=texts("report.thread.open"))
    assert where == f"{status}\nLooking for the chart"
    asked.say("kidney_onset", response="CONFIRMED_CORRECT", comment="As in the chart")
    asked.run()
    sheet = openpyxl.load_workbook(workbook(asked, tmp_path, language))[texts("report.sheet.answered")]
    row = rows_of(sheet, language)["DT01"]
    answer = str(sheet.cell(row, column(sheet, "answer", language)).value)
    assert answer.endswith("\nAs in the chart")
    assert row not in offered(sheet)
    asked.say("kidney_onset", "CLOSED", user="3", comment="Thank you")
    asked.run()
    sheet = openpyxl.load_workbook(workbook(asked, tmp_path, language))[texts("report.sheet.closed")]
    row = rows_of(sheet, language)["DT01"]
    assert str(sheet.cell(row, column(sheet, "decided", language)).value).endswith("\nThank you")


def test_a_verified_field_is_answered_on_the_form_and_in_the_workbook(study: Study, tmp_path: Path) -> None:
    """The worker leaves a field alone that a person verified, so its query has no thread to be answered in."""
    study.redcap.do(
        "sql",
        [
            "insert into redcap_data_quality_status (non_rule, project_id, record, event_id, field_name,"
            " repeat_instrument, instance, query_status)"
            " values (1, 7, '1', 41, 'kidney_onset', 'licats_kidney', 1, 'VERIFIED')"
        ],
    )
    study.enter(*REST, WRONG)
    assert study.run().threads.left == 1
    book = openpyxl.load_workbook(path := workbook(study, tmp_path))
    sheet = book["Open queries"]
    row = rows_of(sheet)["DT01"]
    assert row in offered(sheet)
    sheet.cell(row, column(sheet, "decision")).value = "Cancel the query"
    book.save(path)
    proposal, _ = read_back(study, path)
    assert (proposal.clashes, [one.rule for one in proposal.proposed]) == ((), ["DT01"])


def test_no_comment_of_a_person_is_kept_by_the_worker(asked: Study, tmp_path: Path) -> None:
    asked.say("kidney_onset", response="OTHER", comment="A secret of the subject")
    asked.run()
    workbook(asked, tmp_path / "out")
    assert read_answers(asked.core.export_rows(["1"])) == ()
    kept = [one for one in Path(asked.project.state).rglob("*") if one.is_file()]
    assert kept
    assert not any(b"secret of the subject" in one.read_bytes() for one in kept)
