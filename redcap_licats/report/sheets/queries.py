"""The queries that wait for somebody; a monitor decides in the cells left open."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from redcap_licats.messages import Texts
from redcap_licats.protocol.models import Severity, Text
from redcap_licats.query.model import State
from redcap_licats.report.book import A3, Book
from redcap_licats.report.cell import CellValue, typed
from redcap_licats.report.inputs import Choice, bound, choices_of, input_columns, offered
from redcap_licats.report.model import QueryLine, Value
from redcap_licats.report.queries import RANK
from redcap_licats.report.styles import Format, Tone
from redcap_licats.report.table import Column, add_table

SEVERITY_TONES = {
    Severity.HARD: Tone.RED,
    Severity.QUERY: Tone.AMBER,
    Severity.SOFT: Tone.BLUE,
    Severity.MEDICAL: Tone.PURPLE,
    Severity.INFO: Tone.GREY,
}
STATE_TONES = {State.ANSWERED: Tone.GREEN, State.SENT_BACK: Tone.AMBER}


def shown(value: Value | None, texts: Texts) -> CellValue:
    """Word a value: label and code of an answer, number and date as such, what is blank or gone said so."""
    if value is None:
        return texts("report.value.gone")
    if not value.raw:
        return texts("report.value.blank")
    if value.labels:
        return f"{', '.join(one[texts.language] for one in value.labels)} ({value.raw})"
    return typed(value.raw)


def priority(severity: Severity, label: Text, texts: Texts) -> str:
    """Word a severity so that it sorts by weight."""
    return f"{RANK[severity] + 1} {label[texts.language]}"


def _answer(line: QueryLine, texts: Texts) -> CellValue:
    if line.answer is None:
        return None
    label = ", ".join(one[texts.language] for one in line.answer.labels) or line.answer.raw
    return "\n".join(part for part in (label, line.answer_comment) if part)


COLUMNS: tuple[Column[QueryLine], ...] = (
    Column("query_id", 14, lambda line, _: line.id, Format.CODE),
    Column(
        "priority",
        14,
        lambda line, texts: priority(line.severity, line.severity_label, texts),
        tone=lambda line: SEVERITY_TONES[line.severity],
    ),
    Column("site", 16, lambda line, _: line.site),
    Column("subject", 9, lambda line, _: typed(line.record)),
    Column("form", 19, lambda line, texts: line.form[texts.language]),
    Column("instance", 10, lambda line, _: line.instance, Format.NUMBER),
    Column("field", 16, lambda line, _: line.field, Format.CODE),
    Column("label", 22, lambda line, texts: line.label[texts.language]),
    Column("value_now", 20, lambda line, texts: shown(line.value_now, texts)),
    Column("value_raised", 20, lambda line, texts: shown(line.value_raised, texts)),
    Column("what_to_check", 48, lambda line, _: line.text),
    Column("rule", 8, lambda line, _: line.rule),
    Column(
        "state",
        11,
        lambda line, texts: line.state_label[texts.language],
        tone=lambda line: STATE_TONES.get(line.state),
    ),
    Column("opened", 11, lambda line, _: line.opened, Format.DATE),
    Column("days_open", 8, lambda line, _: line.days_open, Format.NUMBER),
    Column(
        "overdue",
        9,
        lambda line, texts: texts("report.value.overdue") if line.overdue else None,
        tone=lambda line: Tone.RED if line.overdue else None,
    ),
    Column("answer", 22, _answer),
    Column("link", 9, lambda line, _: line.url, Format.LINK),
)


def add_queries(book: Book) -> None:
    """Add the open queries, with a list of decisions to choose from on every line."""
    lines = book.report.queries
    columns = (*COLUMNS, *input_columns(book.report.facts))
    sheet = add_table(book, "open_queries", bound(book, columns), lines, frozen="E2", paper=A3)
    for choice in choices_of(book.report):
        rows = [number for number, line in enumerate(lines, start=2) if line.medical is choice.medical]
        if rows and choice.column in (names := [column.key for column in columns]):
            _offer(book, sheet, choice, names.index(choice.column) + 1, rows)


def _offer(book: Book, sheet: Worksheet, choice: Choice, column: int, rows: Sequence[int]) -> None:
    letter = get_column_letter(column)
    words = ",".join(offered(one[book.texts.language]) for one in choice.words)
    offer = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
    offer.errorTitle = book.texts(f"report.column.{choice.column}")
    offer.error = book.texts("report.choose_from_list")
    offer.showErrorMessage = True
    for first, last in _runs(rows):
        offer.add(f"{letter}{first}:{letter}{last}")
    sheet.data_validations.append(offer)


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Join neighbouring row numbers to ranges."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
