"""Answers from sites' workbooks: only where the study allows it, and only of the site's own queries."""

from __future__ import annotations

import openpyxl
from readback_study import Study, codes, fill, keyed, proposed

from redcap_licats.messages import Texts

CONFIRMED = "Confirmed as correct"
COMMA = "Typographical error, corrected"


def test_a_study_that_does_not_allow_it_has_no_cells_for_it(study: Study) -> None:
    book = study.report("--site", "osaka")
    assert list(keyed(openpyxl.load_workbook(book))) == []
    refused = study.read(book)
    assert (refused["exit"], refused["error"]["code"]) == (2, "READ-FILE")  # type: ignore[index]


def test_answers_are_taken_where_the_study_allows_it(study: Study) -> None:
    study.configure("answers_in_excel = true\n")
    book = study.report("--site", "osaka")
    targets = {target for _, _, target in keyed(openpyxl.load_workbook(book))}
    assert {(record, medical) for record, medical, _ in targets} == {("2", False)}
    fill(book, {("2", False, 1): (CONFIRMED, "Seen in the chart."), ("2", False, 2): (COMMA, "")})
    first = study.apply(book, author="Sato")
    assert (first["exit"], proposed(first)) == (0, [("2", 1, CONFIRMED), ("2", 2, COMMA)])
    row = study.rows("licats_query_answer")["2", 1]
    assert (row["ans_reason"], row["ans_comment"], row["ans_by"]) == ("confirmed", "Seen in the chart.", "Sato")
    assert row["ans_source"].endswith("author claimed")
    assert study.apply(book, author="Sato")["cells_written"] == 0
    study.sync()
    assert study.rows("licats_query")["2", 1]["qry_state_d"] == "answered"
    late = study.apply(book, author="Sato")
    assert (late["exit"], late["cells_written"], late["already"]) == (0, 0, 2)


def test_a_study_that_no_longer_allows_it(study: Study) -> None:
    study.configure("answers_in_excel = true\n")
    book = fill(study.report("--site", "osaka"), {("2", False, 1): (CONFIRMED, "")})
    study.configure("\n")
    config = study.folder / "licats.toml"
    config.write_text(config.read_text().replace("answers_in_excel = true", ""))
    assert codes(study.apply(book)) == ["NOT_ALLOWED"]
    assert ("2", 1) not in study.rows("licats_query_answer")


def test_a_record_that_moved_to_another_site(study: Study) -> None:
    study.configure("answers_in_excel = true\n")
    book = fill(study.report("--site", "osaka"), {("2", False, 1): (CONFIRMED, "")})
    study.client.import_rows([{"record_id": "2", "redcap_data_access_group": "tokyo"}])
    assert codes(study.apply(book)) == ["OTHER_SITE"]


def test_a_sites_row_cannot_decide(study: Study) -> None:
    """A decision column beside a key that was made for a site takes nothing."""
    study.configure("answers_in_excel = true\n")
    book = fill(study.report("--site", "tokyo"), {("1", False, 3): (CONFIRMED, "")})
    workbook = openpyxl.load_workbook(book)
    for sheet in workbook:
        for cell in sheet[1]:
            if cell.value == Texts("en")("report.column.reason"):
                cell.value = "Decision (fill in)"
    for sheet, row, target in keyed(workbook):
        if target == ("1", False, 3):
            columns = {str(cell.value): cell.column for cell in sheet[1]}
            sheet.cell(row, columns["Decision (fill in)"]).value = "Cancel the query"
    workbook.save(book)
    assert codes(study.apply(book)) == ["ROLE"]
    assert study.rows("licats_query_decision") == {}


def test_doctor_says_where_the_key_is_missing(study: Study) -> None:
    def found() -> set[str]:
        findings = study.told("doctor")["findings"]
        assert isinstance(findings, list)
        return {one["code"] for one in findings}

    assert "REPORT-KEY" not in found()
    study.configure("answers_in_excel = true\n")
    assert "REPORT-KEY" in found()
    study.report()
    assert "REPORT-KEY" not in found()
    study.configure('report_key = { env = "NOT_SET_ANYWHERE" }\n')
    assert "TOKEN-MISSING" in found()
