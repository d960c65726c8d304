from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from redcap_licats.messages import Texts
from redcap_licats.report.cell import CELL_LIMIT, FORMULA_SIGNS, lines_needed, link_formula, safe, typed

ENGLISH = Texts("en")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "\n=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "=cmd|' /C calc'!A0",
    ],
)
def test_what_a_spreadsheet_would_take_for_a_formula_is_neutralised(text: str) -> None:
    assert safe(text, ENGLISH).startswith("'")


@pytest.mark.parametrize("text", ["", "a=b", "2025-01-01", "kidney 1: grade 2", "発現日", "#N/A", "'quoted'"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe(text, ENGLISH) == text


def test_control_characters_go_and_line_ends_become_one_kind() -> None:
    assert safe("a\x00b\x07c\x1bd\ud800e\uffff\r\nf\rg\x7f", ENGLISH) == "abcde\nf\ng"


def test_a_formula_behind_control_characters_is_still_neutralised() -> None:
    assert safe("\x00\x01=1+1", ENGLISH) == "'=1+1"


@pytest.mark.parametrize("text", ["x" * 40_000, "長" * 40_000, "😀" * 20_000, "=" + "x" * CELL_LIMIT])
def test_a_text_too_long_is_cut_and_says_so(text: str) -> None:
    cut = safe(text, ENGLISH)
    assert len(cut.encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert "characters in all, see REDCap]" in cut


def test_a_text_of_exactly_the_limit_is_not_cut() -> None:
    assert safe("x" * CELL_LIMIT, ENGLISH) == "x" * CELL_LIMIT


@given(st.text(max_size=80))
def test_any_text_becomes_one_that_a_workbook_can_hold(text: str) -> None:
    clean = safe(text, ENGLISH)
    assert not ILLEGAL_CHARACTERS_RE.search(clean)
    assert not clean.lstrip().startswith(FORMULA_SIGNS)
    clean.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2025-02-28", dt.date(2025, 2, 28)),
        ("2025-02-30", "2025-02-30"),
        ("2025-02", "2025-02"),
        ("12", 12),
        ("-3.5", -3.5),
        ("0.25", 0.25),
        ("1.50", "1.50"),
        ("007", "007"),
        ("1e5", "1e5"),
        ("1,5", "1,5"),
        ("-0", "-0"),
        ("123456789012345678", "123456789012345678"),
        ("٣", "٣"),
    ],
)
def test_only_what_is_written_exactly_so_becomes_a_date_or_number(text: str, value: object) -> None:
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_a_link_keeps_quotes_and_the_limit_of_literals() -> None:
    formula = link_formula('https://x/?id="' + "a" * 300, "Open")
    assert '""' in formula
    assert formula.count('"&"') == 1
    assert formula.startswith('=HYPERLINK("https://x/')
    assert formula.endswith(',"Open")')


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("short", 10, 1), ("x" * 21, 10, 3), ("a\nb", 10, 2), ("発現日の確認", 6, 2), ("", 5, 1)],
)
def test_lines_needed(text: str, width: float, lines: int) -> None:
    assert lines_needed(text, width) == lines
