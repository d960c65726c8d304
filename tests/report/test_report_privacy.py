from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import replace

import listed_study as study
import openpyxl
import pytest

from redcap_licats.messages import LANGUAGES, Language, Texts
from redcap_licats.protocol.load import load_protocol
from redcap_licats.report.facts import Audience, Privacy
from redcap_licats.report.gather import gather
from redcap_licats.report.model import Report, Value
from redcap_licats.report.phrase import halves
from redcap_licats.report.privacy import MASK, mask_numbers, mask_value
from redcap_licats.report.workbook import workbook_bytes


def masked(audience: Audience = Audience.MONITOR) -> Report:
    facts = replace(study.facts(audience), privacy=Privacy.NO_VALUES)
    return gather(study.study_rows(), load_protocol(), study.CHANGES, facts, groups=study.GROUPS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Onset 2026-01-09 is before", "Onset ••• is before"),
        ("0.9 mg/dL to 1,200 µmol/L, 1.3333 times.", "••• mg/dL to ••• µmol/L, ••• times."),
        ("at 18:30", "at •••"),
        ("１２ mg", "••• mg"),
        ("C3, SpO2 and D28", "C3, SpO2 and D28"),
        ("発現日2026-01-09はDay 7です", "発現日•••はDay •••です"),
        ("-5", "-•••"),
        ("no numbers", "no numbers"),
    ],
)
def test_numbers_and_dates_are_masked_names_are_not(text: str, told: str) -> None:
    assert mask_numbers(text) == told


def test_that_a_cell_is_blank_or_gone_may_be_told() -> None:
    assert mask_value(None) is None
    assert mask_value(Value("")) == Value("")
    assert mask_value(Value("88")) == Value("", masked=True)


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_value_is_in_a_workbook_without_values(audience: Audience, language: Language) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(workbook_bytes(masked(audience), language)))
    texts = Texts(language)

    def column(sheet: str, key: str) -> list[object]:
        page = workbook[texts(f"report.sheet.{sheet}")]
        head = [cell.value for cell in page[1]].index(texts(f"report.column.{key}"))
        return [row[head].value for row in page.iter_rows(min_row=2)]

    for sheet in ("open_queries", "answered", "closed"):
        for key in ("value_now", "value_raised"):
            blank, gone = texts("report.value.blank"), texts("report.value.gone")
            assert set(column(sheet, key)) <= {MASK, blank, gone}
        assert not [one for one in column(sheet, "disagrees") if re.search(r"(?<![A-Za-z])\d", str(one))]
    assert set(column("changes", "new")) == {MASK}
    head = [cell.value for cell in workbook[texts("report.sheet.events")][1]]
    for key in ("onset", "grade_final", "classification", "gc_peak", "reasons"):
        assert texts(f"report.column.{key}") not in head
    readme = [cell.value for row in workbook[texts("report.sheet.readme")].iter_rows() for cell in row]
    assert texts("report.readme.note_masked_text", mask=MASK) in readme


def test_counts_are_the_same_without_values() -> None:
    assert [one.grade_final for one in masked().events] == [one.grade_final for one in study.report_for().events]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wording_of_a_query_falls_into_what_disagrees_and_what_to_check(language: Language) -> None:
    for check in load_protocol().checks.values():
        # a problem that fills a wording is a sentence of its own
        text = check.text[language].replace("{problem}", "Two differ." if language == "en" else "相違。")
        disagrees, request = halves(text)
        assert disagrees + (" " if language == "en" else "") * bool(request) + request == text
        assert bool(request) is (check.severity != "info")
        assert request.count("Please") == (1 if language == "en" and request else 0)


@pytest.mark.parametrize("text", ["", "Why?", "一文のみ。", "Please check."])
def test_a_text_of_one_sentence_is_what_disagrees(text: str) -> None:
    assert halves(text) == (text, "")


def test_a_link_and_the_days_stay_without_values() -> None:
    line = masked().queries[0]
    assert line.url
    assert line.opened is not None
    assert line.opened <= dt.date(2026, 3, 20)
