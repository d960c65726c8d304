from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from study import base, exported, kidney_event, repeat, sample, subject

from redcap_licats.derive.model import SubjectResult
from redcap_licats.derive.subject import derive_subject
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.query.model import Query, State
from redcap_licats.subject.model import Subject
from redcap_licats.subject.read import read_subject
from redcap_licats.sync.cells import Cells, result_cells, summary_cells


def derived(rows: list[dict[str, str]]) -> tuple[Subject, SubjectResult]:
    protocol = load_protocol()
    subject = read_subject(exported(rows), protocol)
    return subject, derive_subject(subject, protocol)


def result(rows: list[dict[str, str]], queries: tuple[Query, ...] = (), event: int = 0) -> dict[str, str]:
    return plain(result_cells(derived(rows)[1].events[event], queries, load_protocol()))


def summary(
    rows: list[dict[str, str]], queries: tuple[Query, ...] = (), protocol: Protocol | None = None
) -> dict[str, str]:
    return plain(summary_cells(*derived(rows), queries, protocol or load_protocol()))


def plain(cells: Cells) -> dict[str, str]:
    return {field: one.value for field, one in cells.items()}


def query(
    severity: str = "query", state: State = State.OPEN, *, medical: bool = False, instance: int = 1
) -> Query:
    return Query(
        number=1,
        id="q",
        fingerprint="f",
        rule="GR01",
        severity=severity,
        form="licats_kidney",
        instance=instance,
        event="",
        field="kidney_gc",
        value="",
        text="",
        opened=dt.date(2026, 2, 1),
        state=state,
        since=dt.date(2026, 2, 1),
        reopened=0,
        changed=False,
        kind="rule",
        medical=medical,
    )


@pytest.mark.parametrize("form", ["licats_result", "licats_summary"])
def test_every_field_of_the_form_is_written_and_no_other(form: str) -> None:
    names = {field.name for field in build_dictionary(load_protocol(), "en").forms[form]}
    cells = result(subject("1")) if form == "licats_result" else summary(subject("1"))
    assert set(cells) == names | {f"{form}_complete"}


def test_every_code_is_an_answer_of_its_field() -> None:
    dictionary = build_dictionary(load_protocol(), "en")
    for cells in (result(subject("1")), summary(subject("1"))):
        for field, value in cells.items():
            if value and field in dictionary and dictionary[field].choices:
                assert value in dictionary[field].choices, field


def test_a_kidney_event_by_hand() -> None:
    cells = result(subject("1"))
    expected = {
        "res_key_d": "kidney-1",
        "res_organ_d": "kidney",
        "res_onset_d": "2026-01-20",
        "res_onset_day_d": "10",
        "res_timing_d": "early",
        "res_dur_d": "7",
        "res_dur_incl_d": "8",
        "res_c1_id_d": "crea",
        "res_c1_claim_d": "1",
        "res_c1_state_d": "met",
        "res_c1_bl_d": "0.8",
        "res_c1_bl_date_d": "2026-01-03",
        "res_c1_bl_fb_d": "0",
        "res_c1_pk_d": "1.2",
        "res_c1_ratio_d": "1.5000",
        "res_c1_chg_d": "0.4",
        "res_c1_smp_d": "S2",
        "res_c2_id_d": "upcr",
        "res_c2_claim_d": "0",
        "res_c2_state_d": "na",
        "res_c3_id_d": "",
        "res_gc_d": "0",
        "res_stay_d": "none",
        "res_icu_d": "0",
        "res_grade_d": "1",
        "res_prov_d": "0",
        "res_fatal_d": "0",
        "res_adj_d": "0",
        "res_ctc5_term_d": "Creatinine increased",
        "res_ctc5_grade_d": "1",
        "res_ctc5_miss_d": "",
        "res_ctc6_term_d": "Creatinine increased",
        "res_ctc6_grade_d": "1",
        "res_ctc6_miss_d": "",
        "res_q_any_d": "0",
        "res_q_n_d": "0",
        "res_q_sev_d": "",
        "res_proto_d": f"{load_protocol().version} {load_protocol().hash[:12]}",
        "licats_result_complete": "2",
    }
    assert {field: cells[field] for field in expected} == expected


def test_a_subject_without_events_has_none_and_an_undetermined_one_leaves_it_open() -> None:
    assert summary([base("1")])["sum_any_d"] == "0"
    undetermined = kidney_event("1", kidney_onset="", kidney_sx_start="")
    cells = summary([base("1"), undetermined])
    assert cells["sum_any_d"] == ""
    assert cells["sum_n_d"] == "0"
    assert summary(subject("1"))["sum_any_d"] == "1"


def test_crs_and_b_cells_before_treatment_in_the_summary() -> None:
    crs = repeat("1", "crs_icans", 1, tox_kind="crs", tox_onset="2026-01-11", tox_grade="2", tox_tcz="1")
    before = sample("1", 4, "2026-01-04", "0.8", lab_bcell_val="120.5")
    cells = summary([*subject("1"), before, crs])
    names = ("sum_crs_d", "sum_crs_day_d", "sum_tcz_d", "sum_bcell_bl_d")
    assert [cells[name] for name in names] == ["2", "1", "1", "120.5"]
    assert [summary([base("1")])[name] for name in names] == ["", "", "0", ""]


def test_a_grading_is_0_only_where_it_was_looked_for_and_blank_with_what_is_missing() -> None:
    weekly = [
        sample("1", 4 + week, f"2026-01-{10 + 7 * week:02}", "0.8", lab_anc_val=value, lab_lab="conv")
        for week, value in enumerate(("2", "0.5", "2"))
    ]
    more = sample("1", 8, "2026-02-07", "0.8", lab_anc_val="3", lab_lab="conv")
    seen = {"asm_temp": "36.8", "asm_antipyr": "0", "asm_o2_device": "none", "asm_pressors": "0", "asm_sbp": "120"}
    visit = repeat("1", "assessment", 1, asm_date="2026-01-12", **seen)
    cells = summary([base("1"), *weekly, sample("1", 7, "2026-01-31", "0.8", lab_anc_val="2"), more, visit])
    assert (cells["sum_icaht_early_d"], cells["sum_icaht_early_miss_d"]) == ("2", "")
    assert (cells["sum_icaht_late_d"], cells["sum_icaht_late_miss_d"]) == ("", "counts")
    assert (cells["sum_ticaht_early_d"], cells["sum_ticaht_early_miss_d"]) == ("", "counts")
    assert (cells["sum_crs_astct_d"], cells["sum_crs_astct_miss_d"]) == ("0", "")
    assert (cells["sum_icans_astct_d"], cells["sum_crs_d"]) == ("", "")
    assert cells["sum_icans_astct_miss_d"] == "consciousness ice motor raised_icp seizure"


def test_the_summary_by_hand() -> None:
    late = kidney_event("1", 2, kidney_onset="2026-03-01", kidney_sx_start="2026-03-01", kidney_end="2026-03-05")
    cells = summary([*subject("1"), sample("1", 4, "2026-03-02", "1.3"), late])
    assert cells["sum_day0_d"] == "2026-01-10"
    assert cells["sum_organs_d"] == "kidney"
    assert cells["sum_n_d"] == "2"
    assert cells["sum_first_day_d"] == "10"
    assert cells["sum_first_class_d"] == "early"
    assert cells["sum_affected_d"] == "kidney"
    assert cells["sum_age_d"] == "34"


@pytest.mark.parametrize(
    ("queries", "flags"),
    [
        ((), ("0", "0", "")),
        ((query(),), ("1", "1", "query")),
        ((query("soft"), query("hard")), ("1", "2", "hard")),
        ((query(state=State.ANSWERED), query(state=State.SENT_BACK)), ("1", "2", "query")),
        ((query(state=State.HELD),), ("0", "0", "")),
        ((query(state=State.CLOSED), query(state=State.RESOLVED)), ("0", "0", "")),
        ((query("medical", medical=True),), ("0", "0", "")),
        ((query(instance=2),), ("0", "0", "")),
    ],
)
def test_the_flags_of_an_event_count_what_its_site_has_to_do(
    queries: tuple[Query, ...], flags: tuple[str, str, str]
) -> None:
    cells = result(subject("1"), queries)
    assert (cells["res_q_any_d"], cells["res_q_n_d"], cells["res_q_sev_d"]) == flags


def test_the_summary_says_who_has_to_act() -> None:
    queries = (
        query(),
        query(state=State.SENT_BACK),
        query("hard", State.ANSWERED),
        query("medical", medical=True),
    )
    cells = summary(subject("1"), queries)
    assert [cells[f"sum_q_{one}_d"] for one in ("any", "hard", "query", "soft", "site", "mon")] == list("112021")


def test_the_display_line_hides_the_grade_until_the_investigators_is_saved() -> None:
    one, two = query(), replace(query(), number=2)
    assert summary(subject("1"))["sum_kidney_d"] == "Kidney 1: early, day 10"
    line = "Kidney 1: early, day 10 · 1 open query"
    assert summary(subject("1"), (one,))["sum_kidney_d"] == line
    assert summary(subject("1"), (replace(one, state=State.ANSWERED),))["sum_kidney_d"] == f"{line} (1 answered)"
    graded = [*subject("1")[:-1], kidney_event("1", kidney_inv_grade="1")]
    assert summary(graded, (one, two))["sum_kidney_d"] == "Kidney 1: grade 1, early, day 10 · 2 open queries"
    assert summary(graded)["sum_skin_d"] == ""


def test_the_display_line_follows_the_settings() -> None:
    protocol = load_protocol()
    settings = protocol.settings.model_copy(update={"language": "ja", "show_grade_after_investigator": False})
    shown = protocol.model_copy(update={"settings": settings})
    assert (
        summary(subject("1"), (query(),), shown)["sum_kidney_d"]
        == "腎臓1:グレード1、早期、Day 10 · 未解決クエリ1件"
    )


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        ({"kidney_outcome": "fatal"}, "Kidney 1: fatal, early, day 10"),
        (
            {"kidney_icu": ""},
            "Kidney 1: no grade yet, early, day 10",
        ),
        (
            {"kidney_icu": "1", "kidney_end": "", "kidney_ongoing": "1"},
            "Kidney 1: grade 4 provisional, early, day 10",
        ),
        ({"kidney_onset": ""}, "Kidney 1: grade 1, onset day unknown"),
    ],
)
def test_what_the_display_line_can_say(cells: dict[str, str], line: str) -> None:
    rows = [*subject("1")[:-1], kidney_event("1", kidney_inv_grade="2", **cells)]
    assert summary(rows)["sum_kidney_d"] == line
