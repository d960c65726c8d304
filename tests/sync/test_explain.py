"""Every cell that the worker writes is explained: by which rule, after what wording, from which cells."""

from __future__ import annotations

import datetime as dt

import pytest
from study import base, exported, kidney_event, repeat, sample, settings, subject

from redcap_licats.errors import ConfigError
from redcap_licats.forms.build import build_dictionary
from redcap_licats.messages import LANGUAGES, catalogue
from redcap_licats.messages.catalogue import Language
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.subject.model import Place
from redcap_licats.sync.explain import Explanation, Part, Step, explain
from redcap_licats.sync.held import Home
from redcap_licats.sync.preflight import Preflight
from redcap_licats.sync.record import Worked, work_out
from redcap_licats.synth.cohort import synthesise

PROTOCOL = load_protocol()
PREDNISOLONE = {
    "gc_drug": "pred",
    "gc_dose": "20",
    "gc_unit": "mg",
    "gc_freq": "od",
    "gc_route": "po",
    "gc_start": "2026-01-22",
    "gc_stop": "2026-01-25",
    "gc_ind___kidney": "1",
}
ROWS = [
    *subject("1"),
    repeat("1", "glucocorticoid", 1, **PREDNISOLONE),
    repeat("1", "licats_skin", 1, skin_onset="2026-01-15", skin_crit___rash="1", skin_gc="0"),
]


def worked(rows: list[dict[str, str]] = ROWS, protocol: Protocol = PROTOCOL) -> Worked:
    dictionary = build_dictionary(protocol, "en")
    worker = {name: one for name, one in protocol.instruments.items() if one.writer == "worker"}
    homes = {name: Home.of(name, dictionary, repeats=one.repeats) for name, one in worker.items()}
    project = Preflight(dictionary, homes, frozenset(), dt.date(2026, 3, 1))
    study = settings("https://redcap.example.org/api/", "state", 1)
    return work_out("1", exported(rows), project, study, protocol)


def explained(language: Language = "en", event: str | None = None) -> Explanation:
    return explain(worked(), PROTOCOL, language, event=event)


def step(part: Part, name: str) -> Step:
    return next(one for one in part.steps if one.name == name)


def part(key: str, language: Language = "en") -> Part:
    return next(one for one in explained(language).parts if one.key == key)


def test_every_column_of_result_and_summary_is_explained_once() -> None:
    dictionary = build_dictionary(PROTOCOL, "en")
    for one in explained().parts:
        fields = [cell.field for step in one.steps for cell in step.cells]
        columns = {field.name for field in dictionary.forms[one.place.form]} | {f"{one.place.form}_complete"}
        assert sorted(fields) == sorted(columns)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_is_worded_and_every_cell_labelled(language: Language) -> None:
    labels = {field.name: field.label for field in build_dictionary(PROTOCOL, language)}
    for one in explained(language).parts:
        for step in one.steps:
            assert {f"explain.rule.{step.rule}.name", f"explain.rule.{step.rule}.how"} <= catalogue().keys()
            for cell in (*step.cells, *step.inputs):
                assert cell.label == labels.get(cell.field, "")
                assert cell.label or cell.field.endswith("_complete")


def test_every_code_of_the_synthetic_study_is_worded() -> None:
    rows: dict[str, list[dict[str, str]]] = {}
    for row in synthesise(seed=1, patients=39).rows:
        rows.setdefault(row["record_id"], []).append(row)
    families = {"why": "grade", "flags": "flag", "miss": "missing", "attr": "attribution", "reasons": "reason"}
    seen = set()
    for record in rows.values():
        for place, cells in worked(record).wanted.items():
            for field, one in cells.items() if place.form == "licats_result" else ():
                if family := families.get(field.split("_")[-2]):
                    seen |= {f"terms.{family}.{code}" for code in one.value.split()}
    assert len(seen) > 10
    assert seen <= catalogue().keys()


def test_no_worded_rule_is_out_of_use() -> None:
    rules = {step.rule for one in explained().parts for step in one.steps}
    organs = {criterion.kind for organ in PROTOCOL.organs.values() for criterion in organ.criterion}
    worded = {key.split(".")[2] for key in catalogue() if key.startswith("explain.rule.")}
    assert worded == rules | organs


def test_a_criterion_quotes_the_publication_and_names_the_cells() -> None:
    crea = step(part("kidney-1"), "criterion.crea")
    own = crea.basis[0]
    assert (own.entry, own.wording) == (
        "organs.kidney.criterion.crea",
        "creatinine values 50% higher than baseline levels",
    )
    assert own.published
    assert own.source.startswith("P:S3")
    assert own.settings["at_least"] == "1.5"
    assert [(one.entry, one.published) for one in crea.basis[1:]] == [
        ("settings.baseline", False),
        ("settings.window", False),
    ]
    values = {(one.place, one.field, one.value, one.unit) for one in crea.inputs if one.field == "lab_crea_val"}
    assert values == {
        (Place("labs", 1), "lab_crea_val", "0.8", "mg/dL"),
        (Place("labs", 2), "lab_crea_val", "1.2", "mg/dL"),
    }
    assert ("res_c1_state_d", "met", "Met") in {(one.field, one.value, one.meaning) for one in crea.cells}


def test_a_threshold_that_is_not_published_is_a_study_setting() -> None:
    assert not step(part("kidney-1"), "criterion.upcr").basis[0].published


def test_the_grade_builds_on_treatment_and_stay() -> None:
    kidney = part("kidney-1")
    grade = step(kidney, "grade")
    assert set(grade.uses) == {"stay", "exposure", "provisional"}
    assert ("GC_INNER_ORGAN", "glucocorticoid because of an inner organ") in {
        (one.value, one.meaning) for one in grade.cells
    }
    assert {one.field for one in kidney.own_inputs(grade)} >= {"kidney_inner"}
    assert "gc_dose" not in {one.field for one in kidney.own_inputs(grade)}
    assert "glucocorticoids.pred" in {one.entry for one in step(kidney, "exposure").basis}


def test_a_glucocorticoid_factor_names_its_table() -> None:
    factor = next(one for one in step(part("kidney-1"), "exposure").basis if one.entry == "glucocorticoids.pred")
    assert factor.settings == {"factor": "1", "table": PROTOCOL.glucocorticoid_table}


def test_ctcae_names_the_terms_of_its_version() -> None:
    kidney = part("kidney-1")
    for version, source in (("5", "P:S22"), ("6", "P:S23")):
        terms = step(kidney, f"ctcae{version}").basis
        assert {one.settings["version"] for one in terms} == {version}
        assert all(one.source.startswith(source) for one in terms)
    assert "if baseline is below LLN" in step(kidney, "ctcae6").basis[0].wording


def test_a_grading_names_its_scale_and_the_settings_of_the_study() -> None:
    summary = part("")
    assert [one.entry for one in step(summary, "crs_astct").basis] == ["toxicity.crs", "toxicity.regrading"]
    assert [one.published for one in step(summary, "icans_astct").basis] == [True, False]
    assert step(summary, "crs_astct").basis[0].settings["pressors"] == "0: 1, 1: 3, 2: 4"
    for name in ("icaht_early", "icaht_late", "ticaht_early", "ticaht_late"):
        (scale,) = step(summary, name).basis
        assert (scale.entry, scale.settings["gap_days"]) == (f"toxicity.{name}", "7")
    missing = {cell.field: cell.meaning for cell in step(summary, "crs_astct").cells}
    assert missing["sum_crs_astct_miss_d"] == "assessment on these days"


def test_meanings_follow_the_language() -> None:
    reasons = step(part("skin-1", "ja"), "classification").cells
    assert "他の原因が除外されていない" in {word for one in reasons for word in one.meaning.split("; ")}


def test_open_queries_are_named() -> None:
    queries = step(part("skin-1"), "queries")
    rules = {one.value for one in queries.inputs if one.field == "qry_rule_d"}
    number = next(one.value for one in queries.cells if one.field == "res_q_n_d")
    assert rules
    assert int(number) == sum(one.field == "qry_rule_d" for one in queries.inputs)


def test_a_cell_that_the_next_run_changes_shows_what_redcap_holds() -> None:
    held = repeat("1", "licats_result", 1, res_key_d="kidney-1", res_grade_d="1", res_onset_day_d="10")
    (kidney,) = explain(worked([*ROWS, held]), PROTOCOL, "en", event="kidney-1").parts
    shown = {one.field: one.held for step in kidney.steps for one in step.cells}
    assert shown["res_grade_d"] == "1"
    assert shown["res_onset_day_d"] is None
    assert shown["res_timing_d"] == ""


def test_one_event_only() -> None:
    assert [one.key for one in explained(event="skin-1").parts] == ["skin-1"]
    assert [one.key for one in explained().parts] == ["", "skin-1", "kidney-1"]
    with pytest.raises(ConfigError) as error:
        explained(event="heart-1")
    assert "skin-1, kidney-1" in error.value.remedy


def test_a_record_without_events_has_a_summary() -> None:
    assert [one.key for one in explain(worked([base("1")]), PROTOCOL, "en").parts] == [""]


def test_two_events_of_an_organ_stand_apart() -> None:
    rows = [*subject("1"), sample("1", 4, "2026-02-20", "1.3"), kidney_event("1", 2, kidney_onset="2026-02-20")]
    parts = explain(worked(rows), PROTOCOL, "en").parts
    assert [(one.key, one.place.instance) for one in parts[1:]] == [("kidney-1", 1), ("kidney-2", 2)]
