"""The cross-check finds what does not hold together and names all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from redcap_licats.definition.model import DataDictionary, Field, FieldType, Project, Repeat
from redcap_licats.errors import ConfigError
from redcap_licats.forms import build_project
from redcap_licats.forms.crosscheck import crosscheck
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.read import variables_read

PROTOCOL = load_protocol()
PROJECT = build_project(PROTOCOL)


def changed(variable: str, **changes: object) -> Project:
    fields = [replace(one, **changes) if one.name == variable else one for one in PROJECT.dictionary]
    return replace(PROJECT, dictionary=DataDictionary(tuple(fields)))


def branched(logic: str) -> Project:
    return changed("asm_nd_reason", branching_logic=logic)


def added(field: Field) -> Project:
    return replace(PROJECT, dictionary=DataDictionary((*PROJECT.dictionary, field)))


def test_the_built_project_holds_together() -> None:
    crosscheck(PROJECT, PROTOCOL, frozenset(one.name for one in PROJECT.dictionary))


CASES: dict[str, tuple[Callable[[], Project], list[str]]] = {
    "unknown field": (
        lambda: branched("[asm_dne] = '0'"),
        ["assessment.asm_nd_reason", "[asm_dne]", "Write 'asm_done'"],
    ),
    "unknown answer": (
        lambda: branched("[asm_kind] = 'basis'"),
        ["assessment.asm_nd_reason", "[asm_kind] with 'basis'", "Write 'base'"],
    ),
    "unknown answer, written first": (lambda: branched("2 = [asm_done]"), ["[asm_done] with '2'"]),
    "unknown option": (lambda: branched("[asm_sx(kidny)] = '1'"), ["[asm_sx(kidny)]", "Write 'kidney'"]),
    "checkbox without option": (lambda: branched("[asm_sx] = '1'"), ["[asm_sx()]"]),
    "option that is neither ticked nor not": (lambda: branched("[asm_sx(skin)] = '2'"), ["[asm_sx] with '2'"]),
    "option of what is no checkbox": (lambda: branched("[asm_kind(base)] = '1'"), ["[asm_kind] is no checkbox"]),
    "another repeating form": (
        lambda: branched("[lab_date] <> ''"),
        ["repeating form labs", "without an instance"],
    ),
    "link to no form": (
        lambda: changed("ans_none", label="[form-link:licats_querry:Query][current-instance]"),
        ["licats_query_answer.ans_none", "links to the form licats_querry", "Write 'licats_query'"],
    ),
    "broken logic": (lambda: branched("[asm_done = '0'"), ["cannot be read"]),
    "unknown function": (lambda: branched("datedif([asm_date], 'today', 'd') > 1"), ["datedif", "datediff"]),
    "calculation": (
        lambda: changed("kidney_pv_day", choices_or_calculations="datediff([inf_dat], [kidney_onset], 'd')"),
        ["licats_kidney.kidney_pv_day", "The calculation reads [inf_dat]", "Write 'inf_date'"],
    ),
    "calculated text": (
        lambda: changed("kidney_pv_timing", annotation="@CALCTEXT(if([lab_date] = '', 'a', 'b'))"),
        ["licats_kidney.kidney_pv_timing", "[lab_date] of the repeating form labs without an instance"],
    ),
    "unknown variable in a text": (
        lambda: changed("kidney_status_top", label="[sum_kidny_d]"),
        ["licats_kidney.kidney_status_top", "[sum_kidny_d]", "Write [sum_kidney_d]"],
    ),
    "unknown variable in a repeating label": (
        lambda: replace(PROJECT, repeats=(Repeat("labs", custom_label="[lab_dat]"),)),
        ["labs.repeating label", "[lab_dat]", "Write [lab_date]"],
    ),
    "text that shows sites what is hidden from them": (
        lambda: changed("kidney_status_top", label="[mqry_text_d][current-instance]"),
        ["licats_kidney.kidney_status_top", "[mqry_text_d] of licats_medical_query", "site_reads = false"],
    ),
    "branching that shows sites what is hidden from them": (
        lambda: branched("[mdec_action][first-instance] = 'noted'"),
        ["assessment.asm_nd_reason", "[mdec_action] of licats_medical_decision"],
    ),
    "limit that is no number": (
        lambda: changed("asm_temp", minimum="low"),
        ["asm_temp", "limit low is no number"],
    ),
    "empty range": (lambda: changed("asm_temp", minimum="44"), ["assessment.asm_temp", "44 to 43 is empty"]),
    "range without validation": (lambda: changed("asm_temp", validation=""), ["asm_temp", "no validation"]),
    "unit without factor": (
        lambda: changed("lab_crea_unit", choices_or_calculations="mgdl, mg/dL | mgl, mg/L"),
        ["labs.lab_crea_unit", "unit mgl has no factor", "Write 'mgdl'"],
    ),
    "answer that is a missing-data code": (
        lambda: changed("asm_kind", choices_or_calculations="base, Baseline | NA, None"),
        ["assessment.asm_kind", "NA is a missing-data code"],
    ),
    "variable of a site with the worker's suffix": (
        lambda: changed("asm_visit", name="asm_visit_d"),
        ["assessment.asm_visit_d", "end in _d"],
    ),
    "variable of the worker without its suffix": (
        lambda: changed("qry_rule_d", name="qry_rule"),
        ["licats_query.qry_rule", "end in _d"],
    ),
    "long name": (
        lambda: changed("asm_visit", name="asm_visit_code_of_the_schedule"),
        ["asm_visit_code_of_the_schedule", "30 characters, at most 26"],
    ),
    "name twice": (
        lambda: added(Field("asm_date", "licats_medical_query", FieldType.TEXT, "Date")),
        ["asm_date", "stands 2 times"],
    ),
    "what redcap refuses": (
        lambda: changed("asm_kind", choices_or_calculations=""),
        ["radio field without choices"],
    ),
}


@pytest.mark.parametrize(("project", "said"), CASES.values(), ids=CASES)
def test_a_problem_is_named_with_its_place(project: Callable[[], Project], said: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        crosscheck(project(), PROTOCOL, frozenset())
    message = str(caught.value)
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize(
    "logic",
    [
        "[asm_done] = '' or [asm_done] = 0",
        "[asm_kind] <> 'UNK'",
        "[asm_sx(skin)] = 1",
        "[enr_sex] = 'F' and [lab_date][1] <> ''",
        "[enrolment_complete] = 2",
        "[asm_stools] > 3",
    ],
)
def test_sound_logic_passes(logic: str) -> None:
    crosscheck(branched(logic), PROTOCOL, frozenset())


def test_every_variable_that_a_subject_is_read_from_is_there() -> None:
    crosscheck(PROJECT, PROTOCOL, variables_read(PROTOCOL))


def test_variables_that_are_read_must_exist() -> None:
    with pytest.raises(ConfigError) as caught:
        crosscheck(PROJECT, PROTOCOL, frozenset({"asm_date", "asm_weight", "con_drug"}))
    assert "asm_weight" in caught.value.message
    assert "con_drug" in caught.value.message
    assert "asm_date:" not in caught.value.message
