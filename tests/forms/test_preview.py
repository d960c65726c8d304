"""The preview on an organ form says what the worker will derive, or nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.definition.action_tags import action_tags
from redcap_licats.definition.logic import Reference, Scope, as_text, evaluate, parse
from redcap_licats.derive.timing import onset_day, timing_class
from redcap_licats.errors import ConfigError
from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.preview import infusion_date
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.subject.read import read_subject

PROTOCOL = load_protocol()
DICTIONARIES = {language: build_dictionary(PROTOCOL, language) for language in ("en", "ja")}
DATES = st.dates(dt.date(2024, 12, 1), dt.date(2025, 3, 1)).map(dt.date.isoformat)
ROW = st.fixed_dictionaries(
    {
        "inf_date": DATES | st.sampled_from(["", "UNK"]),
        "skin_onset": DATES | st.sampled_from(["", "UNK"]),
        "skin_onset_prec": st.sampled_from(["", "day", "month"]),
        "skin_onset_ym": st.sampled_from(["", "2025-01"]),
    }
)


def shown(variable: str, row: dict[str, str], language: str = "en") -> str:
    field = DICTIONARIES[language][variable]
    logic = field.choices_or_calculations or action_tags(field.annotation)["@CALCTEXT"]

    def value(reference: Reference) -> str:
        return row.get(reference.field, "")

    missing = frozenset(PROTOCOL.settings.missing_data_codes)
    return as_text(evaluate(parse(logic), Scope(value, missing_codes=missing)))


@given(ROW)
def test_the_preview_is_what_will_be_derived(row: dict[str, str]) -> None:
    stored = {"record_id": "1", **row}
    subject = read_subject([stored], PROTOCOL)
    onset = subject.events[0].onset if subject.events else None
    day = onset_day(onset.exact if onset else None, subject.day_zero)
    timing = timing_class(day, PROTOCOL.settings.timing)
    assert shown("skin_pv_day", row) == ("" if day is None else str(day))
    words = {"early": "Early (Day 0–14)", "intermediate": "Intermediate (Day 15–30)", "late": "Late (Day 31–)"}
    assert shown("skin_pv_timing", row) == (words[timing.value] if timing else "")


@pytest.mark.parametrize(
    ("onset", "day", "english", "japanese"),
    [
        ("2024-12-31", "-1", "", ""),
        ("2025-01-01", "0", "Early (Day 0–14)", "早期 (Day 0–14)"),
        ("2025-01-15", "14", "Early (Day 0–14)", "早期 (Day 0–14)"),
        ("2025-01-16", "15", "Intermediate (Day 15–30)", "中期 (Day 15–30)"),
        ("2025-01-31", "30", "Intermediate (Day 15–30)", "中期 (Day 15–30)"),
        ("2025-02-01", "31", "Late (Day 31–)", "晩期 (Day 31–)"),
    ],
)
def test_the_classes_change_at_their_cuts(onset: str, day: str, english: str, japanese: str) -> None:
    for slug in PROTOCOL.organs:
        row = {"inf_date": "2025-01-01", f"{slug}_onset": onset}
        assert shown(f"{slug}_pv_day", row) == day
        assert shown(f"{slug}_pv_timing", row) == english
        assert shown(f"{slug}_pv_timing", row, "ja") == japanese


def overlaid(folder: Path, name: str, text: str) -> Protocol:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_protocol(folder)


def test_other_cuts_give_another_preview(tmp_path: Path) -> None:
    protocol = overlaid(tmp_path, "study.toml", "[settings.timing]\nintermediate_until = 28\n")
    text = build_dictionary(protocol, "en")["gi_pv_timing"].annotation
    assert "Intermediate (Day 15–28)" in text
    assert "<= 28" in text
    assert "30" not in text


def test_with_several_infusions_the_first_is_meant(tmp_path: Path) -> None:
    protocol = overlaid(tmp_path, "instruments/infusion.toml", "name = 'infusion'\nrepeats = true\n")
    assert infusion_date(protocol) == "[inf_date][first-instance]"
    assert "[inf_date][first-instance]" in build_dictionary(protocol, "en")["gi_pv_day"].choices_or_calculations


def test_a_preview_is_no_entry() -> None:
    row = {
        "record_id": "1",
        "redcap_repeat_instrument": "licats_skin",
        "redcap_repeat_instance": "1",
        "skin_pv_day": "9",
        "skin_pv_timing": "Early (Day 0–14)",
    }
    assert read_subject([row], PROTOCOL).events == ()


@pytest.mark.parametrize("field", ["type = 'calc'", "type = 'text'\ncomputes = 'onset_day'"])
def test_what_is_computed_and_its_type_must_fit(tmp_path: Path, field: str) -> None:
    text = f"name = 'licats_{{slug}}'\n[[field]]\nname = 'extra'\nlabel = {{ en = 'E', ja = 'J' }}\n{field}\n"
    with pytest.raises(ConfigError, match="computed and the type do not fit"):
        overlaid(tmp_path, "instruments/organ.toml", text)
