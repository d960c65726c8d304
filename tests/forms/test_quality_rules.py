"""Data Quality rules say what the edit checks say: all of it, or nothing that the checks do not."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from redcap_licats.check.model import Context, Finding
from redcap_licats.check.registry import CHECKS
from redcap_licats.check.run import GROUPS
from redcap_licats.definition.logic import Reference, Scope, is_true, parse
from redcap_licats.definition.model import DataDictionary, Field, FieldType
from redcap_licats.definition.quality_rules import QualityRule, read_rules, write_rules
from redcap_licats.derive.subject import derive_subject
from redcap_licats.errors import ConfigError
from redcap_licats.forms.build import build_dictionary, build_project
from redcap_licats.forms.crosscheck import crosscheck
from redcap_licats.forms.quality_rules import Rule, quality_rules
from redcap_licats.protocol import load_protocol
from redcap_licats.protocol.models import Severity
from redcap_licats.subject.model import Place
from redcap_licats.subject.read import read_subject
from redcap_licats.synth import synthesise

assert GROUPS  # the registry of the checks is full
PROTOCOL = load_protocol()
DICTIONARY = build_dictionary(PROTOCOL, "en")
RULES = quality_rules(PROTOCOL, DICTIONARY)
TODAY = dt.date(2026, 1, 15)
CODES = frozenset(PROTOCOL.settings.missing_data_codes)
Row = Mapping[str, str]


def places(check: str, context: Context) -> set[Place]:
    """Give the rows on which a check fires, whatever other checks say."""
    spec = PROTOCOL.checks[check]
    said = (one for function in CHECKS[check] for one in function(context, spec))
    return {one.place for one in said if isinstance(one, Finding)}


def true_rows(rule: Rule, rows: Sequence[Row]) -> set[Place]:
    """Give the rows on which REDCap would find a rule true."""
    return {place for place, row, base in stand_on(rule.form, rows) if is_true(parsed(rule), scope(row, base))}


@cache
def parsed(rule: Rule) -> object:
    return parse(rule.rule.logic)


def stand_on(form: str, rows: Sequence[Row]) -> Iterator[tuple[Place, Row, Row]]:
    base: Row = next((row for row in rows if not row.get("redcap_repeat_instrument")), {})
    for row in rows:
        repeated = str(row.get("redcap_repeat_instrument") or "")
        if repeated == form or (not repeated and form in UNREPEATED):
            yield Place(form, int(row.get("redcap_repeat_instance") or 1)), row, base


UNREPEATED = {"enrolment", "infusion", "disposition"}


def scope(row: Row, base: Row) -> Scope:
    def value(reference: Reference) -> str:
        column = f"{reference.field}___{reference.code}" if reference.code else reference.field
        known = DICTIONARY.by_name.get(reference.field)
        own = row if column in row or known is None or known.form not in UNREPEATED else base
        return str(own.get(column, "0" if reference.code else ""))

    return Scope(value, now=dt.datetime.combine(TODAY, dt.time()), missing_codes=CODES)


def compare(rows: Sequence[Row], rules: Sequence[Rule] = RULES) -> dict[str, int]:
    """Compare all rules with their checks on one record; give how often each was true."""
    subject = read_subject(list(rows), PROTOCOL)
    context = Context(subject, derive_subject(subject, PROTOCOL), PROTOCOL, TODAY)
    found: dict[str, set[Place]] = {}
    counted: dict[str, int] = defaultdict(int)
    for rule in rules:
        if not rule.check:
            continue
        if rule.check not in found:
            found[rule.check] = places(rule.check, context)
        true, fired = true_rows(rule, rows), {one for one in found[rule.check] if one.form == rule.form}
        assert true <= fired, (rule.rule.name, rows)
        if rule.whole:
            assert true == fired, (rule.rule.name, rows)
        counted[rule.check] += len(true)
    return counted


def test_rules_agree_with_the_checks_on_a_study_full_of_mistakes() -> None:
    counted: dict[str, int] = defaultdict(int)
    study = synthesise()
    for _, rows in groupby(study.rows, key=lambda row: row["record_id"]):
        for check, number in compare(list(rows)).items():
            counted[check] += number
    # so many have their mistake in the study, so that the comparison says something
    assert sum(number > 0 for number in counted.values()) >= 16, counted


def cells(field: Field) -> st.SearchStrategy[dict[str, str]]:
    """Give what may stand in a field: blank, near dates, few numbers, any code, a missing-data code."""
    match field.type:
        case FieldType.CHECKBOX:
            return st.dictionaries(st.sampled_from(list(field.columns)), st.sampled_from(["0", "1"]), max_size=3)
        case FieldType.RADIO | FieldType.DROPDOWN | FieldType.YESNO:
            values = ["", *field.choices, "UNK"]
        case FieldType.TEXT if field.validation == "date_ymd":
            values = ["", "2025-01-01", "2025-01-09", "2025-02-20", "2025-06-01", "2026-01-16", "UNK"]
        case FieldType.TEXT if field.validation in ("number", "integer"):
            values = ["", "0", "1", "0.94", "44", "60", "101", "ND"]
        case FieldType.TEXT if field.name.endswith("_ym"):
            values = ["", "2025-01"]
        case _:
            values = ["", "text"]
    return st.sampled_from(values).map(lambda value: {field.name: value} if value else {})


def rows_of(form: str, dictionary: DataDictionary = DICTIONARY) -> st.SearchStrategy[dict[str, str]]:
    """Give a row of a form with a few of its fields; those of a rule are filled in oftener than not."""
    read = {name for rule in RULES if rule.form == form and rule.check != "CO03" for name in fields_of(rule)}
    fields = [one for one in dictionary.forms[form] if one.type not in (FieldType.DESCRIPTIVE, FieldType.CALC)]
    own = [one for one in fields if one.name in read][:24]
    status = st.sampled_from([{}, {f"{form}_complete": "0"}, {f"{form}_complete": "2"}])
    parts = st.tuples(status, *(cells(one) for one in own))
    return parts.map(lambda found: {name: value for part in found for name, value in part.items()})


def fields_of(rule: Rule) -> set[str]:
    return set(re.findall(r"\[([a-z0-9_]+)", rule.rule.logic))


KEYS = {"redcap_repeat_instrument": "", "redcap_repeat_instance": ""}
BASE = st.tuples(*(rows_of(form) for form in sorted(UNREPEATED))).map(
    lambda parts: {"record_id": "1", **KEYS, **{name: value for part in parts for name, value in part.items()}}
)
#: one of every kind; what stands on the others alike is compared on the study
FORMS = (
    *("adverse_event", "assessment", "glucocorticoid", "hospital_stay", "labs"),
    *("licats_gi", "licats_joint", "licats_other", "licats_skin"),
)


@pytest.mark.parametrize("form", FORMS)
def test_rules_agree_with_the_checks_on_any_row(form: str) -> None:
    rules = [rule for rule in RULES if rule.form in (form, *UNREPEATED)]

    @settings(max_examples=25, phases=(Phase.reuse, Phase.generate))  # a row of many fields is slow to make small
    @given(BASE, st.lists(rows_of(form), min_size=1, max_size=2))
    def agree(base: dict[str, str], repeated: list[dict[str, str]]) -> None:
        keyed = [
            {"record_id": "1", "redcap_repeat_instrument": form, "redcap_repeat_instance": str(number), **row}
            for number, row in enumerate(repeated, start=1)
        ]
        compare([base, *keyed], rules)

    agree()


@pytest.mark.parametrize(
    ("check", "form", "row"),
    [
        ("DT01", "licats_skin", {"skin_onset": "2024-12-31"}),
        ("DT02", "licats_skin", {"skin_onset": "2025-01-09", "skin_end": "2025-01-08"}),
        ("DT03", "licats_skin", {"skin_sx_start": "2026-01-16"}),
        ("DT04", "licats_skin", {"skin_onset": "2025-06-02"}),
        ("DT07", "licats_skin", {"skin_onset_prec": "month", "skin_onset_ym": "2025-01"}),
        ("DT11", "licats_skin", {"skin_ongoing": "1", "skin_end": "2025-01-08"}),
        ("DT12", "licats_skin", {"skin_onset": "2025-12-17", "skin_ongoing": "1"}),
        ("BL06", "licats_skin", {"skin_onset": "2025-01-09"}),
        ("OR10", "licats_joint", {"joint_onset": "2025-01-09", "joint_us_res": "nd"}),
        ("OR11", "licats_joint", {"joint_us_res": "pos", "joint_us_date": "2024-12-31"}),
        ("OR15", "licats_gi", {"gi_crit___diarrhoea": "1"}),
        ("OR19", "licats_other", {"other_onset": "2025-01-09"}),
        ("OR21", "licats_gi", {"gi_newworse": "new"}),
        ("AC02", "licats_gi", {"gi_onset": "2025-01-09", "gi_ac_cmv": "9"}),
        ("GR01", "licats_gi", {"gi_inv_grade": "1", "gi_gc": "1"}),
        ("GR10", "licats_gi", {"gi_ctc_grade": "3"}),
        ("GR12", "adverse_event", {"ae_serious": "1"}),
        ("UN02", "assessment", {"asm_spo2": "0.94"}),
        ("UN03", "assessment", {"asm_temp": "44"}),
        (
            "UN06",
            "labs",
            {"lab_upcr_unit": "mgg", "lab_uacr_unit": "mgg", "lab_upcr_val": "10", "lab_uacr_val": "20"},
        ),
        ("CO03", "licats_skin", {"licats_skin_complete": "2"}),
    ],
)
def test_a_rule_is_true_where_its_check_fires(check: str, form: str, row: dict[str, str]) -> None:
    """What the study has no mistake for."""
    base = {"record_id": "1", "inf_date": "2025-01-01", "dsp_last": "2025-06-01", "enr_dx": "sle"}
    before = {"enr_skin_aff": "0", "enr_gi_aff": "1", "enr_gi_act": "1"}
    keys = {"record_id": "1", "redcap_repeat_instrument": form, "redcap_repeat_instance": "1"}
    counted = compare([base | before, keys | row], [rule for rule in RULES if rule.form == form])
    assert counted[check] == 1
    assert (
        compare([base | before, keys | {"other": "1"}], [rule for rule in RULES if rule.form == form])[check] == 0
    )


def test_medical_checks_have_no_rule_and_part_of_a_check_says_so() -> None:
    for rule in RULES:
        if rule.check:
            assert PROTOCOL.checks[rule.check].severity is not Severity.MEDICAL
            assert rule.whole == (not rule.rule.name.endswith("]"))


def test_only_what_is_impossible_is_told_while_saving() -> None:
    told = {rule.check for rule in RULES if rule.rule.real_time}
    assert told == {rule.check for rule in RULES if rule.check and PROTOCOL.checks[rule.check].at_once}
    assert "DT02" in told


def test_the_csv_reads_back() -> None:
    rules = tuple(rule.rule for rule in RULES)
    text = write_rules(rules)
    assert text.startswith("rule_name,rule_logic,real_time_execution\n")
    assert read_rules("\ufeff" + text) == rules
    assert len({rule.name for rule in rules}) == len(rules)
    assert read_rules("rule_name,rule_logic\nA,[a] = 1\n") == (QualityRule("A", "[a] = 1"),)


@pytest.mark.parametrize(
    ("text", "where"),
    [("", "row 1"), ("rule_name\nx\n", "row 1"), ("rule_name,rule_logic,real_time_execution\nx,,y\n", "row 2")],
)
def test_what_is_no_rule_is_refused(text: str, where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_rules(text)
    assert (caught.value.code, caught.value.where) == ("DQ-CSV", where)


@pytest.mark.parametrize(
    ("check", "rule", "said"),
    [
        ("DT10", "logic = \"[enr_age] = ''\"", "Give a medical check no rules"),
        ("DT01", "form = 'labz'\nlogic = \"[lab_date] = ''\"", "There is no instrument 'labz'"),
        (
            "DT01",
            "form = 'labs'\neach = 'analyte'\nlogic = \"[lab_date] = ''\"",
            "What is repeated must be joined",
        ),
        ("DT01", "form = 'labs'\nlogic = '[lab_date] > {limit}'", "'limit' (check DT01, form labs)"),
        ("DT01", "form = 'labs'\nlogic = '[lab_date'", "cannot be read"),
        ("DT01", "form = 'labs'\nlogic = \"[lab_dat] = ''\"", "reads [lab_dat], which no form has"),
        ("DT01", "form = 'labs'\nlogic = \"[asm_date] = ''\"", "repeating form assessment without an instance"),
        ("DT01", "form = 'labs'\nlogic = \"[lab_lab] = 'x'\"", "compares [lab_lab] with 'x'"),
    ],
)
def test_a_rule_that_cannot_mean_what_it_says_is_refused(tmp_path: Path, check: str, rule: str, said: str) -> None:
    (tmp_path / "checks.toml").write_text(f"[[check]]\nid = '{check}'\n[[check.dq]]\n{rule}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        protocol = load_protocol(tmp_path)
        crosscheck(build_project(protocol), protocol, frozenset())
    assert said in str(caught.value)


def test_a_check_that_is_switched_off_or_lacks_its_form_has_no_rule(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("[settings]\noptional = []\n", encoding="utf-8")
    (tmp_path / "checks.toml").write_text("[[check]]\nid = 'DT01'\nenabled = false\n", encoding="utf-8")
    protocol = load_protocol(tmp_path)
    left = {rule.check for rule in quality_rules(protocol, build_dictionary(protocol, "en"))}
    assert {rule.check for rule in RULES} - left == {"DT01", "DT04", "GR12"}
