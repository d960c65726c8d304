"""Python and the browser give the same answer to the same condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from logic_corpus import conditions, record
from logic_table import RECORD, TABLE
from playwright.sync_api import Browser
from stored_values import DATES, MISSING_CODES, NUMBERS, stored_value
from two_targets import Case, Record, differences, in_browser, in_python

from redcap_licats.definition.action_tags import action_tags
from redcap_licats.definition.dictionary import read_dictionary
from redcap_licats.definition.logic import parse, references
from redcap_licats.definition.logic.expressions import Binary, Call, Operator, walk
from redcap_licats.definition.logic.functions import FUNCTIONS
from redcap_licats.definition.model import DataDictionary, Field, FieldType
from redcap_licats.forms.build import build_project
from redcap_licats.pages.logic import RUNTIME
from redcap_licats.protocol import load_protocol

CONDITIONS = 2400


@pytest.fixture(scope="module")
def corpus() -> list[Case]:
    """Every condition on three of sixty records."""
    random = Random(7)
    records = [Record(record(random), missing_codes=MISSING_CODES) for _ in range(59)]
    records.append(replace(records[0], now=None))
    return [Case(text, random.choice(records)) for text in conditions(CONDITIONS) for _ in range(3)]


def test_the_corpus_has_the_same_answers(browser: Browser, corpus: list[Case]) -> None:
    found = list(differences(browser, corpus))
    assert not found, f"{len(found)} of {len(corpus)} differ:\n" + "\n".join(found[:20])


def test_the_corpus_asks_for_everything_and_gets_answers(corpus: list[Case]) -> None:
    assert len({case.text for case in corpus}) == CONDITIONS >= 2000
    answers = [in_python(case) for case in corpus]
    answered: Counter[str] = Counter()
    for case, answer in zip(corpus, answers, strict=True):
        if answer.text:
            answered.update({_name(one) for one, _ in walk(parse(case.text))})
    assert min(answered[name] for name in (*FUNCTIONS, *Operator)) >= 50
    share_of_blanks = sum(not answer.text for answer in answers) / len(answers)
    assert share_of_blanks < 0.25
    assert 0.3 < sum(answer.holds for answer in answers) / len(answers) < 0.7


def _name(expression: object) -> str:
    match expression:
        case Call(function, _):
            return function
        case Binary(sign, _, _):
            return sign
        case _:
            return ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("2n * rest >= unit", "2n * rest > unit"),  # halves
        ("[...text].length", "text.length"),  # characters
        ("second !== null ? first === second : text", "second !== null ? text(one) === text(other) : text"),
        ('if (texts.includes("") || first', "if (first"),  # blanks have no order
        ("power < -4 || power > 15", "power < -6 || power > 20"),  # how JavaScript writes numbers
        ("quotient % 2n === 1n", "true"),  # nearest even
        ("30.44 * DAY_SECONDS", "30.5 * DAY_SECONDS"),
        ("(other.month === born.month && other.day < born.day)", "other.day < born.day"),
        ("if (missing.has(written) || !NUMBER", "if (!NUMBER"),
        ("strip(text(value));\n  if (written", "text(value);\n  if (written"),
    ],
)
def test_the_comparison_notices_a_mistake(browser: Browser, corpus: list[Case], right: str, wrong: str) -> None:
    assert RUNTIME.count(right) == 1
    asked = [Case(text, RECORD) for text, _ in TABLE]
    assert list(differences(browser, [*asked, *corpus[:300]], RUNTIME.replace(right, wrong)))


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_python_answers_as_the_table_says(text: str, expected: str) -> None:
    assert in_python(Case(text, RECORD)).text == expected


def test_the_browser_answers_as_the_table_says(browser: Browser) -> None:
    cases = [Case(text, RECORD) for text, _ in TABLE]
    answers = in_browser(browser, cases)
    assert {text: answer.text for (text, _), answer in zip(TABLE, answers, strict=True)} == dict(TABLE)
    assert answers == [in_python(case) for case in cases]


def test_the_table_asks_for_every_function_and_operator() -> None:
    asked = {_name(one) for text, _ in TABLE for one, _ in walk(parse(text))}
    assert {*FUNCTIONS, *Operator} <= asked


def test_our_own_logic_has_the_same_answers(browser: Browser) -> None:
    project = build_project(load_protocol())
    cases = list(_real_cases(project.dictionary, frozenset(project.missing_data_codes)))
    assert len({case.text for case in cases}) > 100
    assert not list(differences(browser, cases))
    assert len({in_python(case).text for case in cases}) > 1


def test_recorded_logic_has_the_same_answers(browser: Browser, conformance: Path) -> None:
    dictionaries = sorted((conformance / "projects").glob("*/dictionary.csv"))
    cases = [
        case
        for path in dictionaries
        for case in _real_cases(read_dictionary(path.read_bytes().decode("utf-8-sig")), frozenset({"UNK"}))
    ]
    assert len({case.text for case in cases}) >= 8
    assert not list(differences(browser, cases))


def _real_cases(dictionary: DataDictionary, missing_codes: frozenset[str]) -> Iterable[Case]:
    """Give every branching logic and calculation on records that obey the dictionary, mostly."""
    random = Random(11)
    logic = {one.branching_logic for one in dictionary}
    logic |= {one.choices_or_calculations for one in dictionary if one.type is FieldType.CALC}
    logic |= {action_tags(one.annotation).get("@CALCTEXT", "") for one in dictionary}
    for text in sorted(logic - {""}):
        for _ in range(12):
            asked = references(parse(text))
            values = {
                reference.field + (f"({reference.code})" if reference.code else ""): (
                    random.choice("01")
                    if reference.code
                    else _plausible(random, dictionary.by_name[reference.field])
                )
                for reference in sorted(asked, key=repr)
                if reference.field in dictionary
            }
            yield Case(text, Record(values, missing_codes=missing_codes))


def _plausible(random: Random, field: Field) -> str:
    if random.random() < 0.2:
        return stored_value(random, "text")
    if field.choices:
        return random.choice([*field.choices, ""])
    return random.choice(DATES if field.validation.startswith("date") else NUMBERS)
