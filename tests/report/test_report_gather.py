from __future__ import annotations

import datetime as dt
from dataclasses import replace

import listed_study as study
import pytest

from redcap_licats.derive.model import Class
from redcap_licats.protocol.load import load_protocol
from redcap_licats.protocol.models import Severity
from redcap_licats.query.model import State
from redcap_licats.report.facts import Audience
from redcap_licats.report.gather import gather
from redcap_licats.report.model import QueryLine, Report

HARD, OPENED = study.RAISED[0], dt.date(2026, 3, 10)


def report_of(*rows: study.Row) -> Report:
    return gather(rows, load_protocol(), (), study.facts(), groups=study.GROUPS)


def line_of(*rows: study.Row) -> QueryLine:
    (line,) = report_of(*rows).queries
    return line


@pytest.fixture(scope="module")
def monitor() -> Report:
    return study.report_for()


def test_what_was_done_is_listed_from_the_day_of_the_last_report_on(monitor: Report) -> None:
    assert [line.state for line in monitor.closed] == [State.RESOLVED, State.CLOSED, State.CANCELLED, State.CLOSED]
    assert not any(line.overdue or line.waits_for for line in monitor.closed)
    accepted = next(line for line in monitor.closed if line.answer)
    assert accepted.decision is not None
    assert (accepted.decision["en"], accepted.decision_comment) == ("Accept the answer", "Agreed.")
    assert accepted.days_open == 12
    for since, number in (("2026-03-14", 3), ("2026-03-17", 0), ("2026-01-01", 7)):
        facts = replace(study.facts(), since=dt.date.fromisoformat(since))
        assert len(gather(study.study_rows(), load_protocol(), (), facts, groups=study.GROUPS).closed) == number


def test_everything_is_listed_once(monitor: Report) -> None:
    assert (len(monitor.subjects), len(monitor.events), len(monitor.queries)) == (39, 54, 40)
    assert monitor.sites == tuple(sorted(study.SITES))
    assert monitor.held == 1


def test_only_queries_that_wait_are_listed_gravest_and_oldest_first(monitor: Report) -> None:
    assert {line.state for line in monitor.queries} == {State.OPEN, State.ANSWERED, State.SENT_BACK}
    keys = [(list(Severity).index(line.severity), line.site, line.opened) for line in monitor.queries]
    assert keys == sorted(keys)


def test_a_site_sees_its_own_records_and_nothing_medical() -> None:
    report = study.report_for(Audience.SITE, "osaka")
    assert {one.site for one in (*report.subjects, *report.events, *report.queries)} == {"osaka"}
    assert not any(line.medical for line in report.queries)
    assert Severity.MEDICAL not in {rule.severity for rule in report.rules}
    assert [one.change.instrument for one in report.changes] == ["licats_summary"]
    assert set(report.facts.coverage.left_out) == {"2-5"}
    assert report.facts.coverage.frozen == ()


def test_open_queries_of_an_event_leave_out_medical_ones_for_a_site() -> None:
    rows = [row for row in study.event_rows() if row["record_id"] == "1-1"]
    raised = [
        study.query_row("1-1", 1, study.RAISED[5], "open", OPENED),
        study.query_row("1-1", 1, study.RAISED[9], "open", OPENED),
    ]
    counts = {}
    for audience in Audience:
        report = gather(
            [*rows, *raised], load_protocol(), (), study.facts(audience, "tokyo_university"), groups=study.GROUPS
        )
        counts[audience] = {event.key: event.open_queries for event in report.events}["skin-1"]
    assert counts == {Audience.SITE: 1, Audience.MONITOR: 2}


@pytest.mark.parametrize(("opened", "days", "overdue"), [("2026-03-17", 3, False), ("2026-03-16", 4, True)])
def test_days_open_are_counted_at_the_run_and_hard_checks_are_due_after_three(
    opened: str, days: int, overdue: bool
) -> None:
    line = line_of(study.query_row("1-1", 1, HARD, "open", dt.date.fromisoformat(opened)))
    assert (line.days_open, line.overdue) == (days, overdue)


def test_value_now_comes_from_the_row_that_the_query_is_about() -> None:
    query = study.query_row("1-1", 1, HARD, "open", OPENED, inst="2")
    first, second = (study.repeat("1-1", "licats_skin", n, skin_end=f"2026-01-0{n}") for n in (1, 2))
    line = line_of(query, first, second)
    assert line.value_now is not None
    assert line.value_now.raw == "2026-01-02"
    assert line_of(query, first).value_now is None


def test_value_now_of_a_form_that_does_not_repeat_and_of_a_form_in_a_repeating_event() -> None:
    query = study.query_row("1-1", 1, HARD, "open", OPENED, form="infusion", field="inf_date")
    base = {"record_id": "1-1", "redcap_repeat_instrument": "", "redcap_repeat_instance": ""}
    line = line_of(query, {**base, "inf_date": "2026-01-02"})
    assert line.value_now is not None
    assert line.value_now.raw == "2026-01-02"
    query = study.query_row(
        "1-1", 1, HARD, "open", OPENED, form="infusion", field="inf_date", inst="2", event="v1"
    )
    again = {**base, "redcap_event_name": "v1", "redcap_repeat_instance": "2", "inf_date": "2026-06-01"}
    line = line_of(query, again)
    assert line.value_now is not None
    assert line.value_now.raw == "2026-06-01"


@pytest.mark.parametrize(
    ("field", "cells", "raw", "labels"),
    [
        ("skin_ac_drug", {"skin_ac_drug": "1"}, "1", ["Possible"]),
        ("skin_ac_drug", {"skin_ac_drug": "UNK"}, "UNK", ["Unknown"]),
        ("skin_ac_drug", {"skin_ac_drug": "7"}, "7", []),
        ("skin_gc", {"skin_gc": "0"}, "0", ["No"]),
        ("skin_bsa", {"skin_bsa": ""}, "", []),
        (
            "skin_crit",
            {"skin_crit___rash": "1", "skin_crit___mucosa": "0"},
            "rash",
            ["Inflammatory rash, new or worsening"],
        ),
    ],
)
def test_values_carry_the_labels_of_their_codes(
    field: str, cells: dict[str, str], raw: str, labels: list[str]
) -> None:
    query = study.query_row("1-1", 1, HARD, "open", OPENED, field=field)
    now = line_of(query, study.repeat("1-1", "licats_skin", 1, **cells)).value_now
    assert now is not None
    assert now.raw == raw
    assert [label["en"] for label in now.labels] == labels


def test_a_subject_of_whom_licats_is_left_open_is_counted_as_infused() -> None:
    blank = {"redcap_repeat_instrument": "", "redcap_repeat_instance": ""}
    row = {"record_id": "1-1", **blank, "sum_any_d": "", "sum_n_d": "0", "sum_day0_d": "2026-01-10"}
    (subject,) = report_of(row).subjects
    assert (subject.day_zero, subject.any_licats) == (dt.date(2026, 1, 10), None)


def test_ticked_codes_read_the_same_now_and_when_raised() -> None:
    query = study.query_row(
        "1-1", 1, HARD, "open", OPENED, form="licats_lung", field="lung_crit", value="dyspnoea spo2"
    )
    line = line_of(query, study.repeat("1-1", "licats_lung", 1, lung_crit___spo2="1", lung_crit___dyspnoea="1"))
    assert line.value_now == line.value_raised
    assert len(line.value_raised.labels) == 2


def test_a_link_leads_to_the_exact_form() -> None:
    line = line_of(study.query_row("1-1", 1, HARD, "open", OPENED, inst="3"))
    assert line.url == (
        "https://redcap.example.org/redcap_v15.2.1/DataEntry/index.php?pid=42&id=1-1&page=licats_skin&instance=3"
    )


def test_without_the_events_id_there_is_no_link() -> None:
    assert line_of(study.query_row("1-1", 1, HARD, "open", OPENED, event="visit_1_arm_1")).url == ""


def test_an_event_shows_the_final_class_and_the_investigators_grade(monitor: Report) -> None:
    adjudicated = next(event for event in monitor.events if event.adjudicated)
    assert adjudicated.classification is Class.CONFIRMED
    assert adjudicated.reasons == ("CAUSES_OPEN", "OUTSIDE_APLASIA")
    assert adjudicated.grade_investigator == 1
    assert adjudicated.grade_final == 1
    assert sum(event.counts for event in monitor.events) == 47


def test_rules_count_what_was_ever_raised_and_what_waits(monitor: Report) -> None:
    rules = {rule.id: rule for rule in monitor.rules}
    assert (rules["DT01"].burden.fired, rules["DT01"].burden.open) == (7, 4)
    assert rules["OR16"].skipped == "form not in study: microbiology"


def test_a_record_whose_queries_cannot_be_read_is_left_out_and_named() -> None:
    broken = study.query_row("1-2", 1, HARD, "nonsense", OPENED)
    report = report_of(study.query_row("1-1", 1, HARD, "open", OPENED), broken)
    assert [line.record for line in report.queries] == ["1-1"]
    assert "QUERY-STATE" in report.facts.coverage.left_out["1-2"]


def test_cells_that_redcap_did_not_confirm_are_not_listed_as_written(monitor: Report) -> None:
    assert {one.change.record for one in monitor.changes} == {"1-1", "2-1"}


def test_a_site_is_not_told_a_grade_before_its_investigator_has_graded() -> None:
    rows = [
        {name: "" if name.endswith("_inv_grade") else value for name, value in row.items()}
        for row in study.study_rows()
    ]
    for audience, told in ((Audience.MONITOR, True), (Audience.SITE, False)):
        site = "" if audience is Audience.MONITOR else study.SITES[0]
        facts = study.facts(audience, site)
        events = gather(rows, load_protocol(), (), facts, groups=study.GROUPS).events
        grades = {(one.grade_derived, one.grade_final) for one in events if not one.adjudicated}
        assert events
        assert (grades != {(None, None)}) is told
    graded = gather(study.study_rows(), load_protocol(), (), facts, groups=study.GROUPS).events
    assert any(one.grade_derived for one in graded)


def test_what_needs_a_person_is_told_to_monitors_only() -> None:
    rows = [
        row | {"qry_conflict_d": "crossed"} if row.get("qry_state_d") == "answered" else row
        for row in study.study_rows()
    ]
    for audience in Audience:
        facts = study.facts(audience, "" if audience is Audience.MONITOR else study.SITES[0])
        lines = gather(rows, load_protocol(), (), facts, groups=study.GROUPS).queries
        told = {line.state for line in lines if line.conflict}
        assert told == ({State.ANSWERED} if audience is Audience.MONITOR else set())
