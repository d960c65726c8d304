"""Running the checks: suppression, order, uniqueness, days on which time alone matters, forms not in the study."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from check_patient import PROTOCOL, Rows, assessment, context, day, event, sample, stay
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.check.run import run_checks

SKIN = "licats_skin#1"

#: the rows of the patient that every example begins with
BASE = ("enrolment", "infusion", "assessment#1", *(f"labs#{number}" for number in range(1, 6)))


def checks(*args: object, **kwargs: object) -> list[str]:
    return [one.check for one in run_checks(context(*args, **kwargs)).findings]  # type: ignore[arg-type]


def test_one_root_cause_is_asked_once() -> None:
    """An onset before the infusion has no B cells, serology or CRS around it that would be worth a query."""
    assert checks({SKIN: event("skin", "D-60", "D-50")}) == ["DT01"]
    assert checks({SKIN: event("skin", gc="0", inv_grade="3")}) == ["GR04"]
    assert checks({"licats_other#1": event("other", text="")}) == ["OR19"]


def test_a_value_in_another_unit_is_asked_about_itself_not_about_what_follows_from_it() -> None:
    rows = {"labs#8": sample("D10", crea_val="106"), "labs#9": sample("D13")}
    assert checks(rows) == ["UN02"]


def test_a_missing_unit_is_one_query() -> None:
    """Neither is the baseline asked for that is there, nor is a criterion called not met that may be met."""
    risen = {"labs#8": sample("D10", crea_val="1.2"), "labs#9": sample("D13"), "licats_kidney#1": event("kidney")}
    assert checks({**risen, "labs#1": {"lab": ""}}) == ["UN01"]
    assert checks({**risen, "labs#1": {"lab": "other"}}) == ["UN01"]
    assert checks({**risen, "labs#8": {**risen["labs#8"], "lab": ""}}) == ["UN01"]


def test_a_cause_on_one_value_does_not_hide_another_value() -> None:
    rows = {"labs#2": {"crea_val": "88", "ck_val": "900000"}}
    assert checks(rows) == ["UN02", "UN03"]


def test_a_missing_form_is_one_query() -> None:
    missing = {"hospital_stay#1": stay("D-6", "D14", "infusion")}
    assert checks(missing) == ["CO04"]
    bare = {"licats_skin#1": {"crit___rash": "1", "onset": "D10"}}
    assert checks(bare) == ["AC02", "CO03", "DT11", "OR17"]


def bare(rows: Rows) -> list[str]:
    """Check a record that holds these rows and nothing else."""
    return checks({**dict.fromkeys(BASE), **rows})


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        ({"enrolment": {}}, []),
        ({"infusion": {"date": "D0"}}, ["BL05"]),
        ({"infusion": {"date": "D0"}, "hospital_stay#1": stay("D-6", "D20", "infusion")}, ["CO04", "BL05"]),
        ({"enrolment": {}, "labs#7": {}, "hospital_stay#7": {}}, ["CO03", "CO03"]),
    ],
    ids=["enrolled", "infusion only", "stay without daily forms", "complete and empty"],
)
def test_what_was_never_entered_is_asked_for_by_form_not_by_field(rows: Rows, asked: list[str]) -> None:
    assert bare(rows) == asked


def test_an_event_without_any_other_form_is_asked_what_its_own_form_lacks() -> None:
    """One query each for the form itself, the onset's B cells and serology; none for every blank field."""
    asked = bare({"infusion": {"date": "D0"}, "licats_kidney#1": {"onset": "D10"}})
    assert asked == ["BL05", "AC02", "BC01", "CO03", "DT11", "OR20"]


def test_findings_are_unique_and_in_order() -> None:
    rows = {"labs#1": {"date": "D-29"}, "labs#8": sample("D40", crea_val="1.2"), "labs#9": sample("D43")}
    rows |= {f"licats_kidney#{n}": event("kidney", "D40", "D44", inv_grade="4") for n in (1, 2)}
    outcome = run_checks(context(rows))
    keys = [(one.place, one.check, one.field) for one in outcome.findings]
    assert keys == sorted(set(keys))


def test_the_day_on_which_time_alone_matters_is_told() -> None:
    rows = {SKIN: event("skin", end="", ongoing="1", outcome="ong")}
    outcome = run_checks(context(rows, "D38"))
    assert outcome.findings == ()
    assert outcome.next_due == dt.date.fromisoformat(day("D39"))
    assert checks(rows, "D39") == ["DT12"]
    assert run_checks(context({})).next_due is None


@given(st.integers(0, 80))
def test_nothing_changes_before_the_day_that_was_told(at: int) -> None:
    """From one due day to the next the findings stay what they are, but for days of a stay that still runs."""
    rows = {
        SKIN: event("skin", "D40", "", ongoing="1", outcome="ong"),
        "licats_heart#1": event("heart", ecg_date="", ecg_res=""),
        "labs#8": sample("D10", tni_val="60"),
        "hospital_stay#1": stay("D-6", "", "infusion", ongoing="1"),
        "assessment#2": assessment("D3", kind="inpt"),
    }
    now = run_checks(context(rows, f"D{at}"))
    tomorrow = run_checks(context(rows, f"D{at + 1}"))
    due = now.next_due
    if due is None or due > dt.date.fromisoformat(day(f"D{at + 1}")):
        assert tomorrow.findings == now.findings


def test_a_check_switched_off_or_without_its_form_does_not_run() -> None:
    whole = context({SKIN: event("skin", "D-1", "D5")})
    off = PROTOCOL.checks["DT01"].model_copy(update={"enabled": False})
    protocol = PROTOCOL.model_copy(update={"checks": {**PROTOCOL.checks, "DT01": off}})
    assert "DT01" not in {one.check for one in run_checks(replace(whole, protocol=protocol)).findings}
    reading = PROTOCOL.checks["DT01"].model_copy(update={"reads": ("infusion",)})
    protocol = PROTOCOL.model_copy(update={"checks": {**PROTOCOL.checks, "DT01": reading}})
    subject = replace(whole.subject, absent_forms=frozenset({"infusion"}))
    outcome = run_checks(replace(whole, protocol=protocol, subject=subject))
    assert "DT01" not in {one.check for one in outcome.findings}
    assert ("DT01", "form not in study: infusion") in {(one.check, one.reason) for one in outcome.skipped}


def test_a_required_field_counts_only_where_the_form_shows_it() -> None:
    organ = PROTOCOL.instruments["licats_{slug}"]
    fields = tuple(
        one.model_copy(update={"required": True, "show_if": "[{stem}_gc] = '1' and [enr_sex] = 'F'"})
        if one.name == "gc_reason"
        else one
        for one in organ.field
    )
    instruments = {**PROTOCOL.instruments, organ.name: organ.model_copy(update={"field": fields})}
    protocol = PROTOCOL.model_copy(update={"instruments": instruments, "hash": "with a required reason"})
    course = {
        "glucocorticoid#1": {"drug": "pred", "start": "D18", "stop": "D24", "ind___skin": "1", "route": "po"}
    }
    shown = {SKIN: event("skin", gc="1", inv_grade="2"), **course}
    hidden = {SKIN: event("skin", gc="0")}
    assert "CO03" in checks(shown, protocol=protocol)
    assert "CO03" not in checks(shown)
    assert "CO03" not in checks(hidden, protocol=protocol)
    assert "CO03" not in checks({**shown, "enrolment": {"sex": "M"}}, protocol=protocol)


@given(st.permutations(range(5)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    names = ["labs#1", "labs#2", "labs#3", "labs#4", "labs#5"]
    rows = {names[number]: {"crea_val": str(number + 1)} for number in order}
    findings = run_checks(context(rows)).findings
    assert findings == run_checks(context({name: rows[name] for name in names})).findings
