"""The catalogue in protocol/checks.toml: complete, neutral, and in step with the functions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from redcap_licats.check.model import NO_LOGGING_RIGHT, NOT_READ
from redcap_licats.check.registry import CHECKS
from redcap_licats.check.run import GROUPS, skipped_checks
from redcap_licats.protocol.load import load_protocol
from redcap_licats.protocol.models import CheckSpec, Severity

PROTOCOL = load_protocol()
SPECS = sorted(PROTOCOL.checks.values(), key=lambda one: one.id)

#: the catalogue of the facts, without DT08, which compares an entered class that no form has; and what the
#: decision tables ask for beside it: GR13 (fatal), GR14 (other treatment), GC08 and HO04 (attribution not clear)
CATALOGUE = {"DT": 14, "BL": 7, "OR": 21, "AC": 5, "BC": 4, "GR": 14, "GC": 8, "CR": 6, "HO": 4, "DU": 3}
CATALOGUE |= {"UN": 6, "SE": 3, "CO": 7, "RP": 1}

#: an answer, a grade, the removal of something, or blame
SUGGESTIVE = {
    "en": (
        r"\b(should|must|remove|delete|untick|re-?grade|upgrade|downgrade|suggests?|correct(ed)?|change .* to|"
        r"wrong|error|mistake|instead|probably|likely|enter|merge|amend|replace|too (high|low|early|late))\b"
    ),
    "ja": (
        r"削除|変更して|修正|訂正|すべき|べきです|誤り|間違|取り消|外して|格上げ|格下げ|"
        r"おそらく|入力して|してはいけ|必要です"
    ),
}


def texts(spec: CheckSpec, language: str) -> list[str]:
    return [spec.text[language], spec.title[language], *(one[language] for one in spec.phrases.values())]


def ids(spec: CheckSpec) -> str:
    return spec.id


def test_the_catalogue_is_complete() -> None:
    expected = {f"{group}{number:02}" for group, last in CATALOGUE.items() for number in range(1, last + 1)}
    assert PROTOCOL.checks.keys() == expected - {"DT08"}


def test_every_check_has_a_function_and_the_reverse() -> None:
    assert GROUPS
    assert CHECKS.keys() == PROTOCOL.checks.keys()
    without_log = {one.check for one in skipped_checks(PROTOCOL, unread=NOT_READ)}
    assert without_log == {one.id for one in SPECS if one.needs_history}
    assert skipped_checks(PROTOCOL, unread=None) == ()


def test_a_check_is_skipped_with_its_form_however_the_form_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("[settings]\noptional = ['biopsy']\n")
    short = load_protocol(tmp_path)
    optional = set(PROTOCOL.settings.optional) - {"biopsy"}
    left_out = {one.check: one.reason for one in skipped_checks(short, unread=None)}
    absent = {one.check: one.reason for one in skipped_checks(PROTOCOL, optional, unread=None)}
    assert left_out == absent
    assert left_out == {
        **dict.fromkeys(("AC03", "OR16"), "form not in study: microbiology"),
        **dict.fromkeys(("AC05", "OR18"), "form not in study: conmed"),
        **dict.fromkeys(("CO05", "CO06", "GR12"), "form not in study: adverse_event"),
        "DT04": "form not in study: disposition",
        "SE03": "form not in study: activity",
    }


def test_a_check_without_the_log_says_so() -> None:
    reasons = {one.check: one.reason for one in skipped_checks(PROTOCOL, unread=NOT_READ)}
    assert reasons["BL07"] == "history not read"
    denied = {one.check: one.reason for one in skipped_checks(PROTOCOL, unread=NO_LOGGING_RIGHT)}
    assert denied == dict.fromkeys(("BL07", "GR09"), "no logging right")


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_wording_is_neutral_and_asks(spec: CheckSpec) -> None:
    for language in ("en", "ja"):
        for text in texts(spec, language):
            assert not re.search(SUGGESTIVE[language], text, re.IGNORECASE), text
    if spec.severity in (Severity.HARD, Severity.QUERY, Severity.SOFT):
        assert re.search(r"Please check .*source|whether the source|which .* the source", spec.text.en)
        assert "原資料" in spec.text.ja


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_both_languages_have_the_same_placeholders(spec: CheckSpec) -> None:
    for text in (spec.text, *spec.phrases.values()):
        assert sorted(re.findall(r"\{\w+\}", text.en)) == sorted(re.findall(r"\{\w+\}", text.ja))


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_a_threshold_that_is_not_published_is_called_a_study_setting(spec: CheckSpec) -> None:
    placeholders = re.findall(r"\{(limit|threshold|times|lowest|low|last|before|cut)\}", spec.text.en)
    if placeholders and spec.settings and not spec.published:
        shown = " ".join(texts(spec, "en"))
        assert "study setting" in shown
        assert "本研究の設定" in " ".join(texts(spec, "ja"))
    assert "published" not in spec.text.en
    assert "per paper" not in spec.text.en


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_references_hold(spec: CheckSpec) -> None:
    assert set(spec.makes_meaningless) <= PROTOCOL.checks.keys() - {spec.id}
    assert spec.at_once is (spec.severity is Severity.HARD)
    for other in spec.makes_meaningless:
        assert spec.id not in PROTOCOL.checks[other].makes_meaningless


def test_no_suggestive_phrase_escapes_the_ban() -> None:
    for text in ("Please confirm or remove the event.", "Re-grade it.", "The value should be 3.", "Untick it."):
        assert re.search(SUGGESTIVE["en"], text, re.IGNORECASE)
    for text in ("イベントを削除してください。", "グレードを修正してください。"):
        assert re.search(SUGGESTIVE["ja"], text)
