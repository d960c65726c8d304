"""Files that are no workbook of ours, or mean harm: a clear error, nothing carried out, nothing blown up."""

from __future__ import annotations

import io
import os
import resource
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from redcap_licats.errors import ConfigError
from redcap_licats.report.readback import container, sheets
from redcap_licats.report.readback.sheets import read_workbook

SECRET = b"s" * 32
HEADS = ["Subject", "Decision (fill in)", "Comment (fill in)", "Key of the row (leave as it is)"]


def workbook(*rows: list[object]) -> bytes:
    """A small workbook with the columns of ours."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADS, *rows):
        sheet.append(row)
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


def rezipped(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A workbook with other parts."""
    with ZipFile(io.BytesIO(workbook(["1", "Accept the answer", "", "k"]))) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    change(parts)
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return packed.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    return rezipped(lambda parts: parts.update({name: content}))


SHEET = "xl/worksheets/sheet1.xml"
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'
UTF_16 = BOMB.decode().replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16")
MACROS = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"


def content_types(parts: dict[str, bytes]) -> None:
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(plain, MACROS)


def without_sheets(parts: dict[str, bytes]) -> None:
    for name in [name for name in parts if name.startswith("xl/")]:
        del parts[name]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"Subject;Decision\n", "damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "encrypted"),
        (workbook()[:-200], "damaged"),
        (with_part(SHEET, BOMB), "entities"),
        (with_part("xl/sharedStrings.xml", BOMB), "entities"),
        (with_part("docProps/app.xml", OUTSIDE), "entities"),
        (with_part(SHEET, UTF_16), "entities"),
        (with_part(SHEET, b"<worksheet><sheetData>"), "not valid XML"),
        (with_part("xl/media/zeros.bin", b"\0" * 50_000_000), "unpacks to far more"),
        (with_part("xl/vbaProject.bin", b"x"), "macros"),
        (rezipped(content_types), "macros"),
        (with_part("xl/externalLinks/externalLink1.xml", b"<externalLink/>"), "links to other files"),
        (with_part("xl/connections.xml", b"<connections/>"), "data sources"),
        (with_part("xl/embeddings/oleObject1.bin", b"x"), "embedded"),
        (rezipped(without_sheets), "not an Excel"),
        (rezipped(lambda parts: parts.update({f"xl/media/{n}": b"" for n in range(600)})), "more than 500 parts"),
        (with_part("xl/workbook.xml", b"<a/>"), "with the hidden key"),
        (with_part(SHEET, b"<a><row/><c r='x'/></a>"), "with the hidden key"),
        (rezipped(lambda parts: parts.__delitem__("xl/workbook.xml")), "not as in a workbook"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as refused:
        read_workbook(path, SECRET)
    assert refused.value.where == str(path)
    assert refused.value.remedy


def test_names_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    for path, words in (
        (tmp_path, "not a file"),
        (tmp_path / "none.xlsx", "cannot be opened"),
        (tmp_path / "pipe.xlsx", "not a file"),
    ):
        with pytest.raises(ConfigError, match=words):
            read_workbook(path, SECRET)


def test_a_file_larger_than_any_workbook(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with path.open("wb") as file:
        file.truncate(container.MOST_BYTES + 1)
    with pytest.raises(ConfigError, match="larger than"):
        read_workbook(path, SECRET)


def test_a_workbook_without_our_columns(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(ConfigError, match="hidden key"):
        read_workbook(path, SECRET)


def test_a_sheet_that_claims_to_be_huge_and_one_that_is(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(["1", "Accept the answer", "", "k"]))

    def far_off(parts: dict[str, bytes]) -> None:
        row = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
        parts[SHEET] = (
            parts[SHEET]
            .replace(b'ref="A1:D2"', b'ref="A1:XFD1048576"')
            .replace(b"</sheetData>", row % (sheets.MOST_ROWS + 1, sheets.MOST_ROWS + 1))
        )

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    claims = rezipped(lambda parts: parts.update({SHEET: parts[SHEET].replace(b"A1:D2", b"A1:XFD1048576")}))
    path.write_bytes(claims)
    assert read_workbook(path, SECRET).rows == 1
    path.write_bytes(rezipped(far_off))
    with pytest.raises(ConfigError, match=f"more than {sheets.MOST_ROWS} rows"):
        read_workbook(path, SECRET)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


def test_formulas_are_neither_carried_out_nor_taken(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    rows: list[list[object]] = [
        ["1", '=WEBSERVICE("http://127.0.0.1:9/")', "", "k"],
        ["1", "Accept the answer", "=1+1", ""],
    ]
    path.write_bytes(workbook(*rows))
    read = read_workbook(path, SECRET)
    assert [(one.choice, str(one.fault)) for one in read.filled] == [
        ('=WEBSERVICE("http://127.0.0.1:9/")', "the key of the row was not made by this project, or was changed"),
        ("Accept the answer", "the row has no key: it was added by hand, or the hidden last column was lost"),
    ]
