"""A study of 39 subjects at three sites with 54 events and 40 open queries, as rows of an export."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from redcap_licats.check.model import Skipped
from redcap_licats.journal.model import Change, Entry, Run
from redcap_licats.protocol.load import load_protocol
from redcap_licats.report.facts import Audience, Coverage, RunFacts
from redcap_licats.report.gather import gather
from redcap_licats.report.model import Report

Row = dict[str, str]

AT = dt.datetime(2026, 3, 20, 9, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
SITES = ("tokyo_university", "osaka", "fukuoka")
#: events per organ as published (facts 2.3); every third subject or so has more than one
ORGANS = (
    ["skin"] * 19 + ["kidney"] * 12 + ["joint"] * 10 + ["muscle"] * 5 + ["lung"] * 3 + ["gi"] * 3 + ["heart"] * 2
)
#: a subject whose infusion form is not finished (by number), and one whose form nobody has begun
UNFINISHED, NOT_STARTED = 3, "3-13"
#: an event derived as probable that adjudication found confirmed
ADJUDICATED = 9
RECORDS = [f"{site}-{number}" for number in range(1, 14) for site in (1, 2, 3)]

#: rule, severity, form ({} the organ's), field, value when raised, text
RAISED = [
    ("DT02", "hard", "licats_skin", "skin_end", "2026-01-04",
     "The end 2026-01-04 is before the onset 2026-01-09. Please check both dates against the source."),
    ("UN01", "hard", "labs", "lab_crea_val", "88",
     "Creatinine is 88 without a unit of the list (mg/dL, µmol/L). Please check the unit against the source."),
    ("DT01", "query", "licats_kidney", "kidney_onset", "2025-12-30",
     "Onset 2025-12-30 is before the infusion on 2026-01-02 (Day 0). Please check both dates against the source."),
    ("BC01", "query", "licats_joint", "joint_onset", "2026-01-16",
     "No B-cell count within 14 days (study setting) of the onset 2026-01-16 is recorded. Please check whether "
     "the source has one."),
    ("OR01", "query", "licats_kidney", "kidney_crit", "crea",
     "Ticked: Creatinine ≥ 50 % above baseline. The recorded values do not reach the study's thresholds: "
     "creatinine 0.9 mg/dL (2025-12-20) to 1.2 mg/dL (2026-01-12), 1.3333 times. Please check "
     "values, dates and criteria against the source."),
    ("AC02", "query", "licats_skin", "skin_ac_drug", "9",
     "All alternative causes of the event with onset 2026-01-09 are blank or 'not assessed'. Please check whether "
     "the source has an assessment."),
    ("GR08", "soft", "licats_joint", "joint_inv_grade", "2",
     "The recorded grade is 2; the recorded treatment and stays give 1 by the rule (open points: study settings). "
     "Please check grade, treatment and stays against the source."),
    ("OR17", "soft", "licats_skin", "skin_bsa", "",
     "Blank on this skin event: body surface area. Please check against the source."),
    ("AC01", "medical", "licats_kidney", "kidney_ac_tma", "1",
     "Not excluded for the event with onset 2026-01-12: Thrombotic microangiopathy. Please review."),
    ("CR01", "medical", "licats_skin", "skin_onset", "2026-01-04",
     "CRS from 2026-01-03 to 2026-01-06 is within 1 day (study setting) of the onset 2026-01-04. Please review "
     "how the local reaction was told apart."),
]  # fmt: skip
STATES = ("open", "open", "answered", "open", "back")


def repeat(record: str, form: str, instance: int, **cells: str) -> Row:
    """One row of a repeating instrument."""
    return {
        "record_id": record,
        "redcap_repeat_instrument": form,
        "redcap_repeat_instance": str(instance),
        **cells,
    }


def subject_rows() -> list[Row]:
    """The row of every subject that holds what does not repeat."""
    blank = {"redcap_repeat_instrument": "", "redcap_repeat_instance": ""}
    return [
        {
            "record_id": record,
            **blank,
            "sum_day0_d": (dt.date(2025, 9, 1) + dt.timedelta(days=4 * number)).isoformat(),
            "sum_any_d": "1" if number < 30 else "0",
            "sum_n_d": "0" if number >= 30 else "1",
            "enrolment_complete": "2",
            "infusion_complete": "1" if number == UNFINISHED else "2",
            "inf_product": "1",
        }
        for number, record in enumerate(RECORDS)
        if record != NOT_STARTED
    ] + [{"record_id": NOT_STARTED, **blank, "enrolment_complete": "2", "enr_age": "41"}]


def visit_rows() -> list[Row]:
    """Every planned visit of every subject but the last three of each tenth subject's."""
    schedule = load_protocol().checks["DT14"].settings
    rows = []
    for number, record in enumerate(RECORDS):
        for instance, code in enumerate(list(schedule)[: 3 if number % 10 == 0 else None], start=1):
            rows.append(
                repeat(record, "assessment", instance, asm_kind="visit", asm_visit=code, assessment_complete="2")
            )
    return rows


def event_rows() -> list[Row]:
    """An organ form and a result for each of 54 events."""
    rows = []
    seen: dict[str, int] = {}
    for number, organ in enumerate(ORGANS):
        record = RECORDS[number % 30]
        instance = (
            sum(row["record_id"] == record for row in rows if row["redcap_repeat_instrument"] == f"licats_{organ}")
            + 1
        )
        seen[record] = seen.get(record, 0) + 1
        day = (number * 7) % 45 + 1
        onset = dt.date(2025, 9, 1) + dt.timedelta(days=4 * (number % 30) + day)
        grade = 3 if number in (38, 47, 48) else 2 if number % 10 < 3 else 1
        state = ("confirmed", "confirmed", "probable", "confirmed", "pending", "confirmed", "not")[number % 7]
        reasons = {"probable": "CAUSES_OPEN OUTSIDE_APLASIA", "pending": "ONGOING", "not": "CRITERION_NOT_MET"}
        rows.append(
            repeat(
                record,
                f"licats_{organ}",
                instance,
                **{
                    f"{organ}_onset": onset.isoformat(),
                    f"{organ}_inv_grade": str(grade if number % 6 else 1),
                    f"{organ}_end": (onset + dt.timedelta(days=11)).isoformat(),
                    "skin_ac_drug": "0",
                    "kidney_ac_tma": "1",
                    "kidney_crit___crea": "1",
                    "kidney_crit___upcr": "1",
                },
            )
        )
        rows.append(
            repeat(
                record,
                "licats_result",
                seen[record],
                res_key_d=f"{organ}-{instance}",
                res_organ_d=organ,
                res_event_inst_d=str(instance),
                res_onset_d=onset.isoformat(),
                res_onset_day_d=str(day),
                res_timing_d="early" if day <= 14 else "intermediate" if day <= 30 else "late",
                res_dur_d="" if state == "pending" else "11",
                res_grade_d=str(grade),
                res_fin_grade_d=str(grade),
                res_prov_d="1" if state == "pending" else "0",
                res_fatal_d="0",
                res_class_d=state,
                res_fin_class_d="confirmed" if number == ADJUDICATED else state,
                res_adj_d=str(int(number == ADJUDICATED)),
                res_reasons_d=reasons.get(state, ""),
                res_gc_d="1" if grade > 1 else "0",
                res_gc_peak_d="20" if grade > 1 else "",
                res_gc_days_d="9" if grade > 1 else "",
                res_stay_d="prolonged" if grade == 3 else "none",
                res_icu_d="0",
            )
        )
    return rows


def query_row(
    record: str, instance: int, raised: tuple[str, ...], state: str, opened: dt.date, **cells: str
) -> Row:
    """A stored query."""
    rule, severity, form, field, value, text = raised
    instrument, stem = ("licats_medical_query", "mqry") if severity == "medical" else ("licats_query", "qry")
    query = {
        "id": f"{rule.lower()}{record}{instance}".replace("-", "").ljust(16, "0"),
        "fprint": "f" * 16,
        "rule": rule,
        "sev": severity,
        "form": form,
        "inst": "1",
        "event": "",
        "field": field,
        "value": value,
        "text": text,
        "opened": opened.isoformat(),
        "state": state,
        "since": opened.isoformat(),
        "reopened": "0",
        "changed": "0",
        "kind": "rule",
        "acted": "",
    } | cells
    return repeat(record, instrument, instance, **{f"{stem}_{name}_d": value for name, value in query.items()})


def query_rows() -> list[Row]:
    """Forty queries that wait, eight that are done or held, and the sites' answers; two have a history."""
    rows = []
    for number in range(40):
        state, opened = STATES[number % 5], dt.date(2026, 3, 18) - dt.timedelta(days=number)
        record = RECORDS[number % 12]
        history = {12: {"changed": "1"}, 13: {"reopened": "2"}}.get(number, {})
        rows.append(query_row(record, number // 12 + 1, RAISED[number % len(RAISED)], state, opened, **history))
        if state == "answered" and RAISED[number % len(RAISED)][1] != "medical":
            rows.append(
                repeat(
                    record,
                    "licats_query_answer",
                    number // 12 + 1,
                    ans_reason="confirmed",
                    ans_comment="Checked with the ward's chart.",
                )
            )
    for number, state in enumerate(("resolved", "closed", "cancelled", "held")):
        rows.append(query_row(RECORDS[12 + number], 1, RAISED[2], state, dt.date(2026, 2, 1)))
    for number, (state, raised) in enumerate(
        (("resolved", RAISED[0]), ("closed", RAISED[5]), ("cancelled", RAISED[7]), ("closed", RAISED[8]))
    ):
        record = RECORDS[20 + number]
        opened, done = dt.date(2026, 3, 2), dt.date(2026, 3, 13 + number)
        rows.append(query_row(record, 1, raised, state, opened, since=done.isoformat()))
        if raised is RAISED[5]:
            rows.append(repeat(record, "licats_query_answer", 1, ans_reason="confirmed"))
            rows.append(repeat(record, "licats_query_decision", 1, dec_action="accept", dec_comment="Agreed."))
    return rows


def study_rows() -> list[Row]:
    """All rows of the study, record by record as REDCap exports them."""
    rows = subject_rows() + visit_rows() + event_rows() + query_rows()
    return sorted(rows, key=lambda row: RECORDS.index(row["record_id"]))


GROUPS = {record: SITES[int(record[0]) - 1] for record in RECORDS}

RUN = Run(
    "20260320T003000Z", "licats", 42, "https://redcap.example.org/api/", AT.astimezone(dt.UTC), "0.1.0", "0" * 64
)
CHANGES = tuple(
    Entry(RUN, Change(record, "", instrument, 1, field, "", new, rule), RUN.started, written)
    for record, instrument, field, new, rule, written in (
        ("1-1", "licats_result", "res_grade_d", "2", "grade", True),
        ("2-1", "licats_medical_query", "mqry_state_d", "open", "AC01", True),
        ("2-1", "licats_summary", "sum_skin_d", "skin 1: grade 2, early, day 9", "summary", True),
        ("3-1", "licats_result", "res_grade_d", "1", "grade", False),
    )
)
SKIPPED = (Skipped("OR16", "form not in study: microbiology"), Skipped("DT04", "form not in study: disposition"))


def facts(audience: Audience = Audience.MONITOR, site: str = "") -> RunFacts:
    """The facts of a run at half past nine in Tokyo."""
    return RunFacts(
        study="LICATS-JP",
        project_id=42,
        url="https://redcap.example.org/api/",
        redcap_version="15.2.1",
        at=AT,
        coverage=Coverage(39, 37, {"2-5": "the record could not be read"}, ("3-2",)),
        site=site,
        audience=audience,
    )


def report_for(audience: Audience = Audience.MONITOR, site: str = "") -> Report:
    """Gather the study's report for an audience and a site."""
    return gather(study_rows(), load_protocol(), CHANGES, facts(audience, site), groups=GROUPS, skipped=SKIPPED)
