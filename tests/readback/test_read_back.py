"""Workbooks that monitors filled in, read back into a project, over real HTTP."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
from readback_study import Study, codes, edit, fill, heads, keyed, proposed

from redcap_licats.api.model import LogRange
from redcap_licats.config import load_config
from redcap_licats.protocol import load_protocol
from redcap_licats.query.people_rows import PersonRow
from redcap_licats.sync.history import BEGIN
from redcap_licats.sync.people import Found, write_for_people

ACCEPT, BACK, CANCEL = "Accept the answer", "Send back to the site", "Cancel the query"
CHOICES = {("1", False, 1): (ACCEPT, ""), ("1", False, 2): (BACK, "Which chart?")}


def test_a_dry_run_writes_nothing_and_says_what_would_be(study: Study) -> None:
    book = fill(study.report(), CHOICES)
    before = study.client.export_rows()
    answer = study.read(book)
    assert (answer["exit"], answer["applied"], answer["cells_written"]) == (0, False, 0)
    assert proposed(answer) == [("1", 1, ACCEPT), ("1", 2, BACK)]
    assert study.client.export_rows() == before
    shown = study.licats("report", "read", str(book), "--author", "Monica Monitor")
    # a narrow table breaks a cell between its words
    for words in ("Would be written", "Which", "chart?", "Monica", "Monitor", "--apply", "nothing was written"):
        assert words in shown.stdout


def test_decisions_are_written_once_and_taken_by_the_worker(study: Study) -> None:
    book = fill(study.report(), {**CHOICES, ("2", True, 1): ("Noted", "Seen.")})
    first = study.apply(book)
    assert (first["exit"], codes(first)) == (0, [])
    row = study.rows("licats_query_decision")["1", 2]
    assert (row["dec_action"], row["dec_comment"], row["dec_by"]) == ("back", "Which chart?", "Monica Monitor")
    assert row["licats_query_decision_complete"] == "2"
    files = first["files"]
    assert isinstance(files, list)
    assert row["dec_source"].startswith(f"workbook sha256:{files[0]['sha256']}, read 20")
    assert row["dec_source"].endswith("+09:00, author claimed")
    assert study.rows("licats_medical_decision")["2", 1]["mdec_action"] == "noted"
    before = study.client.export_rows()
    again = study.apply(book)
    assert (again["exit"], again["cells_written"], again["already"], proposed(again)) == (0, 0, 3, [])
    assert study.client.export_rows() == before
    study.sync()
    queries = study.rows("licats_query")
    assert (queries["1", 1]["qry_state_d"], queries["1", 2]["qry_state_d"]) == ("closed", "back")
    # the worker has moved the queries on; the workbook says nothing new even so
    late = study.apply(book)
    assert (late["exit"], late["cells_written"], late["already"]) == (0, 0, 3)


def test_the_journal_names_the_run_but_keeps_no_comment(study: Study) -> None:
    answer = study.apply(fill(study.report(), CHOICES))
    changes = study.told("history", "1")["changes"]
    assert isinstance(changes, list)
    mine = [one for one in changes if one["run_id"] == answer["run_id"]]
    assert {one["rule"] for one in mine} == {"workbook"}
    assert "Which chart?" not in {one["to"] for one in mine}
    undone = study.told("undo", str(answer["run_id"]))
    assert undone["error"]["code"] == "RUN-PEOPLE"  # type: ignore[index]
    assert study.rows("licats_query_decision")["1", 1]["dec_action"] == "accept"


def test_the_author_comes_from_the_workbook_or_nothing_is_written(study: Study) -> None:
    book = fill(study.report(), CHOICES)
    nobody = study.apply(book, author="")
    assert (nobody["exit"], codes(nobody)) == (1, ["NO_AUTHOR", "NO_AUTHOR"])
    assert study.rows("licats_query_decision") == {}

    def sign(book: openpyxl.Workbook) -> None:
        (cell,) = (
            cell for row in book["Read me"].iter_rows() for cell in row if cell.value == "Your name (fill in)"
        )
        beside = book["Read me"].cell(cell.row, cell.column + 1)
        assert not beside.protection.locked
        beside.value = " Mori  M. "

    assert study.apply(edit(book, sign), author="")["exit"] == 0
    assert study.rows("licats_query_decision")["1", 1]["dec_by"] == "Mori M."


def test_a_monitors_own_token_writes_in_their_name(study: Study) -> None:
    rights = {"api_export": 1, "api_import": 1}
    study.environment["MONITOR_TOKEN"] = study.order("users", username="monica", rights=rights)["token"]
    book = fill(study.report(), CHOICES)
    answer = study.read(book, author="", more=("--token-env", "MONITOR_TOKEN", "--apply"))
    assert answer["exit"] == 0
    assert study.rows("licats_query_decision")["1", 1]["dec_source"].endswith("own token")
    log = study.client.read_log(lambda one: one, LogRange(BEGIN, kind="record_edit", record="1"))
    assert "monica" in {entry.user for entry in log if "dec_action" in entry.details}


@pytest.mark.parametrize(
    ("what", "code"),
    [("decided", "DECIDED"), ("answered", "ANSWERED"), ("resolved", "MOVED"), ("data", "DATA"), ("gone", "GONE")],
)
def test_what_happened_meanwhile_is_a_conflict(study: Study, what: str, code: str) -> None:
    book = fill(study.report(), CHOICES)
    key = {"record_id": "1", "redcap_repeat_instance": "1"}
    query = key | {"redcap_repeat_instrument": "licats_query"}
    cells = {
        "decided": key
        | {"redcap_repeat_instrument": "licats_query_decision", "dec_action": "cancel", "dec_by": "Ann"},
        "answered": key | {"redcap_repeat_instrument": "licats_query_answer", "ans_comment": "other"},
        "resolved": query | {"qry_state_d": "resolved"},
        "data": query | {"qry_fprint_d": "0" * 16},
        "gone": query | {"qry_id_d": "f" * 16},
    }
    study.client.import_rows([cells[what]])
    before = study.rows("licats_query_decision").get(("1", 1))
    answer = study.apply(book)
    assert (answer["exit"], codes(answer), proposed(answer)) == (1, [code], [("1", 2, BACK)])
    assert study.rows("licats_query_decision").get(("1", 1)) == before
    assert study.rows("licats_query_decision")["1", 2]["dec_action"] == "back"
    if what == "decided":
        assert "Cancel the query by Ann" in str(answer["conflicts"])


def test_rows_that_were_sorted_and_merged_from_two_copies_stay_bound(study: Study, tmp_path: Path) -> None:
    """One person's rows are copied below those of another, all in disorder; a blank copy of a row says nothing."""
    book = study.report()
    other = fill(
        book, {("1", False, 2): (BACK, "Which chart?"), ("2", True, 1): ("Noted", "")}, tmp_path / "b.xlsx"
    )
    fill(book, {("1", False, 1): (ACCEPT, "")})

    def merge(mine: openpyxl.Workbook) -> None:
        theirs = openpyxl.load_workbook(other)
        for sheet in mine:
            if "key" in heads(sheet):
                both = [
                    [cell.value for cell in row]
                    for one in (sheet, theirs[sheet.title])
                    for row in one.iter_rows(min_row=2)
                ]
                both.sort(key=lambda row: str(row[-1])[-9:])
                sheet.delete_rows(2, sheet.max_row)
                for row in both:
                    sheet.append(row)

    edit(book, merge)
    answer = study.read(book)
    assert codes(answer) == []
    assert proposed(answer) == [("1", 1, ACCEPT), ("1", 2, BACK), ("2", 1, "Noted")]


def test_two_workbooks_that_contradict_each_other(study: Study, tmp_path: Path) -> None:
    book = study.report()
    shutil.copy(book, tmp_path / "b.xlsx")
    fill(book, CHOICES)
    other = fill(tmp_path / "b.xlsx", {("1", False, 1): (BACK, "No."), ("1", False, 2): (BACK, "Which chart?")})
    answer = study.apply(book, other)
    assert (answer["exit"], codes(answer), proposed(answer)) == (1, ["CONTRADICTION"], [("1", 2, BACK)])
    (conflict,) = answer["conflicts"]  # type: ignore[misc]
    assert [one["file"] for one in conflict["rows"]] == [book.name, other.name]
    # after one of them was applied, the other comes too late
    assert study.apply(book)["exit"] == 0
    late = study.apply(other)
    assert (codes(late), late["already"]) == (["DECIDED"], 1)


def test_an_old_workbook_beside_a_new_one_of_the_next_round(study: Study, tmp_path: Path) -> None:
    old = fill(study.report(), CHOICES, tmp_path / "old.xlsx")
    assert study.apply(old)["exit"] == 0
    study.sync()
    study.answer("1", 2, "chart of ward 3")
    study.sync()
    new = fill(study.report(), {("1", False, 2): (ACCEPT, "")}, tmp_path / "new.xlsx")
    answer = study.apply(old, new)
    assert (answer["exit"], answer["already"], proposed(answer)) == (0, 2, [("1", 2, ACCEPT)])
    row = study.rows("licats_query_decision")["1", 2]
    assert (row["dec_action"], row["dec_comment"]) == ("accept", "")
    assert codes(study.apply(old)) == ["DECIDED"]


def test_the_same_decision_again_in_the_next_round_is_not_lost(study: Study, tmp_path: Path) -> None:
    """What the worker could not tell from the former decision is left to a person, never passed over."""
    assert study.apply(fill(study.report(), CHOICES))["exit"] == 0
    study.sync()
    study.answer("1", 2, "chart of ward 3")
    study.sync()
    again = fill(study.report(), {("1", False, 2): (BACK, "Which chart?")}, tmp_path / "again.xlsx")
    assert codes(study.apply(again)) == ["AGAIN"]
    other = study.apply(again, author="Ann")
    assert (codes(other), proposed(other)) == ([], [("1", 2, BACK)])
    study.sync()
    assert study.rows("licats_query")["1", 2]["qry_state_d"] == "back"


def _below_head(sheet_of: str, column: str, value: object) -> object:
    return sheet_of, column, value


@pytest.mark.parametrize(
    ("head", "value", "code"),
    [
        ("Value now", "2026-01-14", "EDITED"),
        ("Subject", 2, "EDITED"),
        ("Decision (fill in)", '=IF(TRUE,"Accept the answer","")', "FORMULA"),
        ("Decision (fill in)", "Agreed", "UNKNOWN_WORD"),
        ("Decision (fill in)", None, "NO_CHOICE"),
        ("Comment (fill in)", "x" * 6000, "TOO_LONG"),
        ("Key of the row (leave as it is)", None, "NO_KEY"),
        ("Key of the row (leave as it is)", 'licats1 ["1"] ' + "0" * 64, "FOREIGN"),
    ],
)
def test_a_row_that_was_tampered_with_is_left_to_a_person(
    study: Study, head: str, value: object, code: str
) -> None:
    book = fill(study.report(), {("1", False, 1): (ACCEPT, "fine")})

    def tamper(book: openpyxl.Workbook) -> None:
        sheet, row, _ = next(one for one in keyed(book) if one[2] == ("1", False, 1))
        (column,) = (cell.column for cell in sheet[1] if cell.value == head)
        sheet.cell(row, column).value = value

    answer = study.apply(edit(book, tamper))
    assert (answer["exit"], codes(answer), proposed(answer)) == (1, [code], [])
    assert study.rows("licats_query_decision") == {}


def test_a_key_moved_to_another_row_does_not_fit_there(study: Study) -> None:
    book = fill(study.report(), {("1", False, 1): (CANCEL, "")})

    def swap(book: openpyxl.Workbook) -> None:
        mine, other = (one for one in keyed(book) if one[2] in {("1", False, 1), ("1", False, 2)})
        column = heads(mine[0])["key"]
        mine[0].cell(mine[1], column).value = other[0].cell(other[1], column).value

    assert codes(study.read(edit(book, swap))) == ["EDITED"]


def test_a_workbook_of_another_project_or_secret_is_foreign(study: Study) -> None:
    book = fill(study.report(), CHOICES)
    (key,) = study.folder.glob("licats-state/*.report-key")
    assert key.stat().st_mode & 0o777 == 0o600
    key.write_text("0" * 64)
    assert codes(study.read(book)) == ["FOREIGN", "FOREIGN"]
    key.unlink()
    lost = study.read(book)
    assert (lost["exit"], lost["error"]["code"]) == (2, "REPORT-KEY")  # type: ignore[index]


def test_a_secret_kept_elsewhere(study: Study) -> None:
    study.environment["REPORT_KEY"] = "k" * 32
    study.configure('report_key = { env = "REPORT_KEY" }\n')
    book = fill(study.report(), CHOICES)
    assert list(study.folder.glob("licats-state/*.report-key")) == []
    assert len(proposed(study.read(book))) == 2
    study.environment["REPORT_KEY"] = "K" * 32
    assert codes(study.read(book)) == ["FOREIGN", "FOREIGN"]
    study.environment["REPORT_KEY"] = "short"
    assert study.read(book)["error"]["code"] == "REPORT-KEY-SHORT"  # type: ignore[index]


def test_only_what_the_lifecycle_allows_is_written(study: Study) -> None:
    """Accepting what nobody answered, and releasing a medical query without a text, come to nothing."""
    book = fill(
        study.report(),
        {
            ("1", False, 3): (ACCEPT, ""),
            ("1", False, 4): (CANCEL, "Not needed."),
            ("1", True, 1): ("Release to the site", ""),
            ("2", True, 1): ("Release to the site", "Please check the date."),
        },
    )
    answer = study.apply(book)
    assert (answer["exit"], sorted(codes(answer))) == (1, ["NOT_NOW", "NO_TEXT"])
    row = study.rows("licats_medical_decision")["2", 1]
    assert (row["mdec_action"], row["mdec_text"], row["mdec_comment"]) == ("release", "Please check the date.", "")
    study.sync()
    assert study.rows("licats_query")["1", 4]["qry_state_d"] == "cancelled"
    assert "Please check the date." in {row["qry_text_d"] for row in study.rows("licats_query").values()}


def test_a_locked_record_is_named_and_the_others_are_written(study: Study) -> None:
    book = fill(study.report(), {("1", False, 1): (ACCEPT, ""), ("2", True, 1): ("Noted", "")})
    study.order("lock", record="1")
    answer = study.apply(book)
    assert answer["exit"] == 1
    assert [one["record"] for one in answer["records_left_out"]] == ["1"]  # type: ignore[attr-defined]
    assert study.rows("licats_medical_decision")["2", 1]["mdec_action"] == "noted"


def test_a_record_deleted_between_reading_and_writing_is_named(study: Study) -> None:
    study.report()
    settings = load_config(study.folder / "licats.toml").find("trial")
    cells = {"dec_action": "cancel", "dec_by": "Monica", "dec_date": "2026-03-03"}

    def work_out(found: Found) -> list[PersonRow]:
        study.client.pycap.delete_records(["1"])
        return [PersonRow(record, "licats_query_decision", 1, cells) for record in ("1", "2")]

    summary = write_for_people(settings, load_protocol(), ["1", "2"], work_out, apply=True)
    assert summary.exit == 1
    assert [one.record for one in summary.left_out] == ["1"]
    assert summary.cells_written == len(cells)
    assert study.client.record_ids() == ["2"]
    assert study.rows("licats_query_decision")["2", 1]["dec_action"] == "cancel"


def test_a_frozen_study_is_not_written_to(study: Study) -> None:
    book = fill(study.report(), CHOICES)
    study.configure("frozen = true\n")
    assert study.read(book)["exit"] == 0
    assert study.apply(book)["exit"] == 4


def test_a_japanese_workbook(study: Study) -> None:
    book = fill(
        study.report("--language", "ja"), {("1", False, 1): ("回答を承認", "確認しました。")}, language="ja"
    )
    assert study.apply(book)["exit"] == 0
    assert study.rows("licats_query_decision")["1", 1]["dec_comment"] == "確認しました。"
