"""Workbooks that LibreOffice saved keep every row bound to its query."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import listed_study as study
import openpyxl
import pytest

from redcap_licats.messages import LANGUAGES, Language, Texts
from redcap_licats.report.model import Report, Value
from redcap_licats.report.readback.sheets import read_workbook
from redcap_licats.report.workbook import write_workbook

SECRET = b"s" * 32
#: what programs may take for something else than the text it is
AWKWARD = [
    *("=1+1", "+81 3", "-5", "@x", "007", "1e5", "1.50", "12:30", "2026-02-30", "2026-02-28", "TRUE", "#N/A"),
    *(
        "a\nb\n\nc",
        "  spaced   out ",
        "tab\there",
        "_x000D_",
        "か\u3099",
        "①㎎",
        "<b>&amp;</b>",
        "\u200bzero",
        "'quoted",
    ),
    *("1,5", "1/2", "50%", "¥100", "99999999999999999999", "0.1", "1.3333", "x" * 40_000),
]


def soffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        assert not os.environ.get("CI"), "soffice is not installed"
        pytest.skip("soffice is not installed")
    return found


def awkward_report() -> Report:
    """The listed study with awkward texts in every kind of place."""
    report = study.report_for()
    lines = [
        dataclasses.replace(
            line,
            text=AWKWARD[number % len(AWKWARD)],
            value_now=Value(AWKWARD[(number + 3) % len(AWKWARD)]),
            value_raised=Value(AWKWARD[(number + 7) % len(AWKWARD)]),
            record=AWKWARD[(number + 11) % len(AWKWARD)][:100] if number % 2 else line.record,
        )
        for number, line in enumerate(report.queries)
    ]
    return dataclasses.replace(report, queries=tuple(lines))


def fill_in(path: Path, language: Language) -> int:
    """Decide on every row; give how many there are."""
    texts = Texts(language)
    head, comment, name = (
        texts(f"report.{key}") for key in ("column.decision", "column.comment", "readme.author")
    )
    book = openpyxl.load_workbook(path)
    filled = 0
    for sheet in book:
        columns = {str(cell.value): cell.column for cell in sheet[1]}
        for row in sheet.iter_rows(min_row=2):
            if head in columns:
                row[columns[head] - 1].value = "cancel"
                row[columns[comment] - 1].value = f"line 1\nline 2, {filled}"
                filled += 1
            elif row[0].value == name:
                row[1].value = "森 M."
    book.save(path)
    return filled


def converted(path: Path, kind: str, into: Path) -> Path:
    into.mkdir()
    home = f"-env:UserInstallation={(path.parent / 'home').as_uri()}"
    command = [soffice(), home, "--headless", "--convert-to", kind, "--outdir", str(into), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return into / f"{path.stem}.{kind.partition(':')[0]}"


def saved(path: Path) -> Path:
    """Opened and saved by LibreOffice."""
    return converted(path, "xlsx:Calc MS Excel 2007 XML", path.parent / "saved")


def by_way_of_ods(path: Path) -> Path:
    """Kept as a LibreOffice file for a while."""
    ods = converted(path, "ods", path.parent / "ods")
    return converted(ods, "xlsx:Calc MS Excel 2007 XML", path.parent / "back")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", [saved, by_way_of_ods])
def test_every_row_stays_bound(tmp_path: Path, language: Language, how: Callable[[Path], Path]) -> None:
    path = write_workbook(awkward_report(), tmp_path / "book.xlsx", language, SECRET)
    rows = fill_in(path, language)
    before = read_workbook(path, SECRET)
    assert (before.rows, len(before.filled)) == (rows, rows)
    assert {one.fault for one in before.filled} == {None}
    after = read_workbook(how(path), SECRET)
    assert [(one.origin.sheet, one.origin.row, one.fault) for one in after.filled if one.fault] == []
    assert [(one.bond, one.choice, one.comment) for one in after.filled] == [
        (one.bond, one.choice, one.comment) for one in before.filled
    ]
    assert {one.origin.author for one in after.filled} == {"森 M."}


def test_the_key_is_hidden_and_locked_and_the_yellow_cells_are_not(tmp_path: Path) -> None:
    path = write_workbook(study.report_for(), tmp_path / "book.xlsx", "en", SECRET)
    book = openpyxl.load_workbook(path)
    for name in ("open_queries", "answered"):
        sheet = book[Texts("en")(f"report.sheet.{name}")]
        columns = {str(cell.value): cell for cell in sheet[1]}
        key = columns["Key of the row (leave as it is)"]
        assert key.column == sheet.max_column
        assert sheet.column_dimensions[key.column_letter].hidden
        assert sheet.cell(2, key.column).protection.locked
        assert not sheet.cell(2, columns["Decision (fill in)"].column).protection.locked
        assert sheet.protection.sheet
    assert "licats1" not in str([cell.value for row in book["Events"].iter_rows() for cell in row])


def test_the_same_report_and_secret_give_the_same_bytes(tmp_path: Path) -> None:
    one, other, third = (
        write_workbook(study.report_for(), tmp_path / f"{name}.xlsx", "en", secret).read_bytes()
        for name, secret in (("a", SECRET), ("b", SECRET), ("c", b"t" * 32))
    )
    assert one == other
    assert one != third
