"""Write a report as an Excel workbook: the same report gives the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import tempfile
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from redcap_licats.messages import Language, Texts
from redcap_licats.report.book import Book
from redcap_licats.report.model import Report
from redcap_licats.report.save import save
from redcap_licats.report.sheets.changes import add_changes
from redcap_licats.report.sheets.events import add_events
from redcap_licats.report.sheets.lists import add_lists
from redcap_licats.report.sheets.missing import add_missing
from redcap_licats.report.sheets.queries import add_answered, add_closed, add_open
from redcap_licats.report.sheets.readme import add_readme
from redcap_licats.report.sheets.rules import add_rules
from redcap_licats.report.sheets.summary import add_summary
from redcap_licats.report.styles import Styles

#: Sheets in their order.
SHEETS = (
    add_readme,
    add_summary,
    add_open,
    add_answered,
    add_closed,
    add_missing,
    add_events,
    add_rules,
    add_changes,
    add_lists,
)

#: Characters of a study's and a site's name in the name of a file, which may have 255 bytes in all.
STUDY_ROOM, SITE_ROOM = 60, 40

#: Ends the name of a report that does not tell of every record.
INCOMPLETE = "_INCOMPLETE"

#: The earliest time that a zip archive can state.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def file_name(report: Report) -> str:
    """Give the workbook's name, ``STUDY_SITE_YYYY-MM-DD_queries.xlsx``; ``all`` stands for all sites.

    A report that does not tell of every record says so in its name.
    """
    facts = report.facts
    study, site = (re.sub(r"[^\w-]+", "-", part).strip("-_") for part in (facts.study, facts.site or "all"))
    incomplete = "" if facts.coverage.complete else INCOMPLETE
    return f"{study[:STUDY_ROOM]}_{site[:SITE_ROOM]}_{facts.at:%Y-%m-%d}_queries{incomplete}.xlsx"


def write_workbook(report: Report, path: Path, language: Language, secret: bytes | None = None) -> Path:
    """Write the workbook to a file, whole or not at all, readable only by the user who runs this.

    Args:
        report: What to say.
        path: The file; see :func:`file_name` for its customary name. Its folder must exist.
        language: Of all words that are not data.
        secret: Binds its rows to their queries; without one it cannot be read back.

    Returns:
        The path.
    """
    save(path, workbook_bytes(report, language, secret))
    return path


def workbook_bytes(report: Report, language: Language, secret: bytes | None = None) -> bytes:
    """Give the workbook's content; without a secret it cannot be read back."""
    workbook = Workbook(write_only=True)
    _describe(workbook, report, language)
    book = Book(workbook, report, Texts(language), Styles(language), secret)
    for add_sheet in SHEETS:
        add_sheet(book)
    # unpacked a large workbook takes more memory than all else; the file has no name and goes when it is closed
    with tempfile.TemporaryFile() as stored:
        # Workbook.save would put the time of writing into the properties.
        ExcelWriter(workbook, ZipFile(stored, "w", ZIP_STORED)).save()
        return _timeless(stored)


def _describe(workbook: Workbook, report: Report, language: Language) -> None:
    """Set the properties, among them those by which a filled-in workbook is recognised."""
    at = report.facts.at.astimezone(dt.UTC).replace(tzinfo=None)
    properties = workbook.properties
    properties.title = file_name(report).removesuffix(".xlsx")
    properties.creator = "redcap_licats"
    properties.language = language
    properties.created = properties.modified = at
    properties.identifier = str(report.facts.project_id)
    properties.version = report.protocol_hash


def _timeless(archive: IO[bytes]) -> bytes:
    """Pack an archive anew, compressed and without the times at which its parts were written."""
    packed = io.BytesIO()
    with ZipFile(archive) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = ZipInfo(name, NO_TIME)
            entry.external_attr = 0o600 << 16
            entry.compress_type = ZIP_DEFLATED
            with source.open(name) as part, target.open(entry, "w") as copy:
                shutil.copyfileobj(part, copy)
    return packed.getvalue()
