from __future__ import annotations

import datetime as dt

import pytest
from study import Row, base, exported, kidney_event, repeat, sample, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.cut import Cut
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
DICTIONARY = build_dictionary(PROTOCOL, "en")


def cut(last: str, *rows: Row) -> list[dict[str, str]]:
    made = Cut(DICTIONARY, PROTOCOL, dt.date.fromisoformat(last))(exported(rows))
    return [dict(row) for row in made]


def test_a_row_of_a_later_day_is_gone_and_one_of_the_last_day_counts() -> None:
    rows = [base("1"), sample("1", 1, "2026-01-20", "1"), sample("1", 2, "2026-01-21", "1")]
    assert [row.get("lab_date") for row in cut("2026-01-20", *rows)] == [None, "2026-01-20"]


def test_a_later_end_leaves_the_event_ongoing() -> None:
    (row,) = cut("2026-01-25", kidney_event("1"))
    assert (row["kidney_onset"], row["kidney_end"]) == ("2026-01-20", "")
    assert (row["kidney_ongoing"], row["kidney_outcome"]) == ("1", "ong")
    (row,) = cut("2026-01-27", kidney_event("1"))
    assert (row["kidney_end"], row["kidney_ongoing"], row["kidney_outcome"]) == ("2026-01-27", "0", "res")


@pytest.mark.parametrize(
    ("last", "discharge", "ongoing", "icu", "left_icu"),
    [
        ("2026-01-20", "", "1", "0", ""),
        ("2026-01-22", "", "1", "1", ""),
        ("2026-01-24", "", "1", "1", "2026-01-24"),
        ("2026-01-30", "2026-01-30", "0", "1", "2026-01-24"),
    ],
)
def test_a_stay_is_as_it_was_on_the_last_day(
    last: str, discharge: str, ongoing: str, icu: str, left_icu: str
) -> None:
    stay = repeat(
        "1",
        "hospital_stay",
        1,
        hos_adm="2026-01-20",
        hos_dis="2026-01-30",
        hos_ongoing="0",
        hos_icu="1",
        hos_icu_in="2026-01-22",
        hos_icu_out="2026-01-24",
    )
    (row,) = cut(last, stay)
    assert [row[f"hos_{name}"] for name in ("dis", "ongoing", "icu", "icu_out")] == [
        discharge,
        ongoing,
        icu,
        left_icu,
    ]


def test_of_a_row_with_several_forms_only_the_later_ones_are_blanked() -> None:
    died = base("1") | {"dsp_status": "died", "dsp_last": "2026-01-15", "dsp_death": "2026-03-01"}
    (row,) = cut("2026-01-20", died)
    assert (row["dsp_status"], row["dsp_death"], row["dsp_last"], row["inf_date"]) == (
        "",
        "",
        "2026-01-15",
        "2026-01-10",
    )
    (row,) = cut("2026-01-01", died)
    assert (row["inf_date"], row["infusion_complete"], row["record_id"]) == ("", "", "1")


def test_a_month_without_a_day_counts_from_its_first() -> None:
    event = kidney_event("1", kidney_onset="", kidney_sx_start="", kidney_end="", kidney_onset_ym="2026-02")
    assert [row.get("kidney_onset_ym") for row in cut("2026-01-31", event)] == [None]
    assert [row["kidney_onset_ym"] for row in cut("2026-02-01", event)] == ["2026-02"]


def test_answers_and_decisions_are_not_cut_and_a_record_is_never_gone() -> None:
    answer = repeat("1", "licats_query_answer", 1, ans_date="2026-05-01", ans_reason="confirmed")
    decision = repeat("1", "licats_query_decision", 1, dec_date="2026-05-01", dec_action="accept")
    assert cut("2026-01-01", answer, decision) == exported([answer, decision])
    assert cut("2026-01-01", sample("7", 1, "2026-02-01", "1")) == [{"record_id": "7"}]


def test_a_run_with_a_cut_derives_what_a_run_on_that_day_would_have(
    client: RedcapClient, project: ProjectSettings
) -> None:
    late = {"kidney_sx_start": "2026-03-01", "kidney_onset": "2026-03-01", "kidney_end": "2026-03-05"}
    rows = [*subject("1"), sample("1", 4, "2026-03-02", "1.5"), kidney_event("1", 2, **late)]
    client.import_rows(rows)
    entered = client.export_rows()
    summary = sync(project.model_copy(update={"data_cut": dt.date(2026, 1, 25)}), PROTOCOL)
    assert summary.error is None
    results = [row for row in client.export_rows() if row["redcap_repeat_instrument"] == "licats_result"]
    (result,) = results
    assert (result["res_onset_d"], result["res_dur_d"], result["res_prov_d"]) == ("2026-01-20", "", "1")
    found = {row["qry_rule_d"] for row in client.export_rows() if row["qry_rule_d"]}
    assert not {one for one in found if one.startswith("DT")}
    without = sync(project, PROTOCOL)
    assert without.records_due == 1
    results = [row for row in client.export_rows() if row["redcap_repeat_instrument"] == "licats_result"]
    assert [row["res_dur_d"] for row in results] == ["7", "4"]
    forms = {"licats_result", "licats_query", "licats_medical_query"}
    kept = [row for row in client.export_rows() if row["redcap_repeat_instrument"] not in forms]
    sites = [field.name for field in DICTIONARY if not field.form.startswith("licats_summary")]
    assert [[row.get(one, "") for one in sites] for row in kept] == [
        [row.get(one, "") for one in sites] for row in entered
    ]
