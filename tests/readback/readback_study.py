"""Two subjects at two sites whose entries raise queries, and people who fill workbooks in."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest
import requests
from openpyxl.worksheet.worksheet import Worksheet

from redcap_licats.api.client import RedcapClient
from redcap_licats.cli import main
from redcap_licats.messages import Language, Texts
from redcap_licats.sandbox.process import SandboxProcess

Row = dict[str, str]
#: record, medical, number
Target = tuple[str, bool, int]
Choose = Mapping[Target, tuple[str, str]]

CONFIG = """\
[[project]]
name = "trial"
url = "{url}"
project_id = {project_id}
token = {{ file = "token" }}
rate_per_minute = 0
release_days = 0
time_zone = "Asia/Tokyo"
"""


def repeat(record: str, form: str, instance: int, **cells: str) -> Row:
    return {
        "record_id": record,
        "redcap_repeat_instrument": form,
        "redcap_repeat_instance": str(instance),
        **cells,
        f"{form}_complete": "2",
    }


def subject_rows(record: str, site: str) -> list[Row]:
    """A subject whose kidney event ends before it begins, with nothing said of other causes."""
    base = {
        "record_id": record,
        "redcap_data_access_group": site,
        "enr_age": "34",
        "enr_sex": "F",
        "enr_dx": "sle",
        "enr_kidney_aff": "1",
        "enr_skin_aff": "0",
        "inf_ld_start": "2026-01-05",
        "inf_ld_end": "2026-01-07",
        "inf_date": "2026-01-10",
        "enrolment_complete": "2",
        "infusion_complete": "2",
    }
    kidney = {
        "kidney_sx_start": "2026-01-20",
        "kidney_onset": "2026-01-20",
        "kidney_end": "2026-01-15",
        "kidney_ongoing": "0",
        "kidney_crit___crea": "1",
        "kidney_ac_tma": "1",
    }
    return [base, repeat(record, "licats_kidney", 1, **kidney)]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Study:
    """A study on a sandbox, its folder with the configuration, and the command line."""

    folder: Path
    sandbox: SandboxProcess
    client: RedcapClient
    project_id: int
    environment: dict[str, str] = field(default_factory=dict)

    def configure(self, more: str) -> None:
        """Add lines to the project's configuration."""
        with (self.folder / "licats.toml").open("a") as file:
            file.write(more)

    def licats(self, *arguments: str) -> Ended:
        """Call the command line, in this process: a new one for each call would take most of the time."""
        out, errors = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(errors),
        ):
            patch.setattr(sys, "argv", ["licats", *arguments])
            for name, value in self.environment.items():
                patch.setenv(name, value)
            code = 0
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        return Ended(code, out.getvalue(), errors.getvalue())

    def told(self, *arguments: str) -> dict[str, object]:
        """Call the command line and read its JSON."""
        run = self.licats(*arguments, "--json")
        answer: dict[str, object] = json.loads(run.stdout)
        assert answer["exit"] == run.returncode
        return answer

    def sync(self) -> dict[str, object]:
        answer = self.told("sync")
        assert answer["exit"] == 0, answer
        return answer

    def report(self, *arguments: str) -> Path:
        """Write a workbook and give its path."""
        (path,) = self.told("report", "--out", "out", *arguments)["files"]  # type: ignore[misc]
        return self.folder / str(path)

    def read(self, *files: Path, author: str = "Monica Monitor", more: tuple[str, ...] = ()) -> dict[str, object]:
        named = ("--author", author) if author else ()
        return self.told("report", "read", *map(str, files), *named, *more)

    def apply(self, *files: Path, author: str = "Monica Monitor") -> dict[str, object]:
        return self.read(*files, author=author, more=("--apply",))

    def rows(self, form: str) -> dict[tuple[str, int], Row]:
        """What REDCap holds on a repeating instrument."""
        return {
            (row["record_id"], int(row["redcap_repeat_instance"])): row
            for row in self.client.export_rows(forms=[form])
            if row.get("redcap_repeat_instrument") == form
        }

    def queries(self, *states: str) -> list[tuple[str, int]]:
        """The queries in some of the states."""
        return [key for key, row in self.rows("licats_query").items() if row["qry_state_d"] in states]

    def answer(self, record: str, number: int, comment: str = "as in the chart") -> None:
        """Answer a query as a site does."""
        cells = {"ans_reason": "confirmed", "ans_comment": comment, "ans_by": "site", "ans_date": "2026-02-01"}
        self.client.import_rows([repeat(record, "licats_query_answer", number, **cells)])

    def order(self, name: str, **body: object) -> dict[str, str]:
        """Do by hand what REDCap has no API method for."""
        url = self.sandbox.url.replace("/api/", f"/sandbox/projects/{self.project_id}/{name}")
        bearer = {"Authorization": f"Bearer {self.sandbox.super_token}"}
        reply = requests.post(url, json=body, headers=bearer, timeout=30)
        assert reply.ok, reply.text
        given: dict[str, str] = reply.json()
        return given


def heads(sheet: Worksheet, language: Language = "en") -> dict[str, int]:
    """Column numbers of the columns that are filled in, and of the key."""
    words = {Texts(language)(f"report.column.{name}"): name for name in ("decision", "reason", "comment", "key")}
    return {words[str(cell.value)]: cell.column for cell in sheet[1] if cell.value in words}


def keyed(book: openpyxl.Workbook, language: Language = "en") -> Iterator[tuple[Worksheet, int, Target]]:
    """All rows of a workbook that carry a key."""
    for sheet in book:
        columns = heads(sheet, language)
        if "key" in columns:
            for row in range(2, sheet.max_row + 1):
                if key := sheet.cell(row, columns["key"]).value:
                    parts = json.loads(str(key)[len("licats1 ") : str(key).rindex(" ")])
                    yield sheet, row, (parts[4], parts[5] == "1", int(parts[6]))


def fill(path: Path, choose: Choose, into: Path | None = None, language: Language = "en") -> Path:
    """Fill rows in as a person would, and save the workbook."""
    book = openpyxl.load_workbook(path)
    left = dict(choose)
    for sheet, row, target in keyed(book, language):
        if target in left:
            choice, comment = left.pop(target)
            columns = heads(sheet, language)
            sheet.cell(row, columns.get("decision") or columns["reason"]).value = choice or None
            sheet.cell(row, columns["comment"]).value = comment or None
    assert not left
    book.save(into or path)
    return into or path


def edit(path: Path, change: Callable[[openpyxl.Workbook], None], into: Path | None = None) -> Path:
    """Change a workbook by hand and save it."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(into or path)
    return into or path


def codes(answer: dict[str, object]) -> list[str]:
    """Codes of the conflicts."""
    conflicts = answer["conflicts"]
    assert isinstance(conflicts, list)
    return [str(one["code"]) for one in conflicts]


def proposed(answer: dict[str, object]) -> list[tuple[str, int, str]]:
    """Record, query and choice of what is to be written."""
    found = answer["proposed"]
    assert isinstance(found, list)
    return [(one["record"], one["number"], one["choice"]) for one in found]
