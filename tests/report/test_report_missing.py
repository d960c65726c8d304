from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import listed_study as study
import pytest

from redcap_licats.protocol.load import load_protocol
from redcap_licats.report.gather import gather
from redcap_licats.report.model import Lack, MissingLine

PROTOCOL = load_protocol()
BLANK = {"redcap_repeat_instrument": "", "redcap_repeat_instance": ""}
SUBJECT = {
    "record_id": "1-1",
    **BLANK,
    "sum_n_d": "0",
    "sum_day0_d": "2026-01-01",
    "enrolment_complete": "2",
    "infusion_complete": "2",
}
#: the last day of the window of D17, which is Day 17 and a day either side
WINDOW_ENDS = dt.date(2026, 1, 19)


def missing(*rows: Mapping[str, str], on: dt.date = WINDOW_ENDS) -> list[MissingLine]:
    at = dt.datetime.combine(on, dt.time(9), dt.UTC)
    facts = replace(study.facts(), at=at)
    return list(gather([dict(row) for row in rows], PROTOCOL, (), facts, groups={}).missing)


def test_a_visit_is_missing_from_the_day_after_its_window_on() -> None:
    assert missing(SUBJECT) == []
    (line,) = missing(SUBJECT, on=WINDOW_ENDS + dt.timedelta(days=1))
    assert (line.lack, line.what["en"], line.days_late) == (Lack.VISIT, "D17", 1)
    assert (line.planned, line.until) == (dt.date(2026, 1, 18), WINDOW_ENDS)
    assert line.url.endswith("/DataEntry/record_home.php?pid=42&id=1-1")


@pytest.mark.parametrize("cells", [{"asm_visit": "D17"}, {"asm_visit": " d17 ", "asm_done": "0"}])
def test_a_visit_that_is_recorded_or_was_not_done_is_not_missing(cells: dict[str, str]) -> None:
    visit = study.repeat("1-1", "assessment", 1, asm_kind="visit", assessment_complete="2", **cells)
    assert missing(SUBJECT, visit, on=dt.date(2026, 1, 20)) == []


@pytest.mark.parametrize("field", ["dsp_death", "dsp_wd"])
def test_no_visit_is_expected_of_who_died_or_withdrew(field: str) -> None:
    visits = missing({**SUBJECT, field: "2026-01-24"}, on=dt.date(2027, 1, 1))
    assert [one.what["en"] for one in visits] == ["D17", "D21"]


def test_no_visit_is_expected_before_the_infusion() -> None:
    assert missing({**SUBJECT, "sum_day0_d": ""}, on=dt.date(2027, 1, 1)) == []


def test_a_core_form_that_nobody_began_is_named_an_optional_one_is_not() -> None:
    (line,) = missing({**SUBJECT, "infusion_complete": ""})
    assert (line.lack, line.what["en"], line.planned) == (Lack.NOT_STARTED, "Infusion", None)
    assert "page=infusion" in line.url


@pytest.mark.parametrize("cells", [{"inf_date": "2026-01-01"}, {"inf_ld_drugs___flu": "1"}])
def test_an_imported_form_without_a_status_counts_as_begun(cells: dict[str, str]) -> None:
    assert missing({**SUBJECT, "infusion_complete": "", **cells}) == []


def test_a_checkbox_that_is_not_ticked_is_no_content() -> None:
    assert len(missing({**SUBJECT, "infusion_complete": "", "inf_ld_drugs___flu": "0"})) == 1


@pytest.mark.parametrize(("status", "number"), [("0", 1), ("1", 1), ("2", 0), ("", 0)])
def test_every_instance_that_is_not_complete_is_named(status: str, number: int) -> None:
    stay = study.repeat("1-1", "hospital_stay", 3, hos_admission="2026-01-01", hospital_stay_complete=status)
    found = missing(SUBJECT, stay)
    assert [(one.lack, one.instance) for one in found] == [(Lack.INCOMPLETE, 3)] * number


def test_an_unfinished_answer_is_no_missing_form() -> None:
    answer = study.repeat("1-1", "licats_query_answer", 1, ans_comment="?", licats_query_answer_complete="0")
    assert missing(SUBJECT, answer) == []


def test_a_study_that_switched_the_check_of_windows_off_expects_no_visits() -> None:
    off = PROTOCOL.checks["DT14"].model_copy(update={"enabled": False})
    protocol = PROTOCOL.model_copy(update={"checks": {**PROTOCOL.checks, "DT14": off}})
    facts = replace(study.facts(), at=study.AT + dt.timedelta(days=400))
    assert gather([SUBJECT], protocol, (), facts, groups={}).missing == ()
