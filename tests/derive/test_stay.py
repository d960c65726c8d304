"""Hospital and intensive care: because of which event."""

from __future__ import annotations

import pytest
from records import Cell, Entries, day, derived, event_of, rash

NEW = {"adm": day(12), "dis": day(16), "reason": {"skin"}}


@pytest.mark.parametrize(
    ("stay", "kind", "icu"),
    [
        (NEW, "new", False),
        (NEW | {"adm": ""}, "new", False),
        (NEW | {"reason": {"infusion", "skin"}}, "", False),
        (NEW | {"reason": {"kidney"}}, "", False),
        (NEW | {"reason": {"infusion"}, "prolonged": "1", "prol_reason": {"skin", "crs"}}, "prolonged", False),
        (NEW | {"reason": {"infusion"}, "prolonged": "", "prol_reason": {"skin"}}, "prolonged", False),
        (NEW | {"reason": {"infusion"}, "prolonged": "0", "prol_reason": {"skin"}}, "", False),
        (NEW | {"prolonged": "1", "prol_reason": {"skin"}}, "new", False),
        (NEW | {"icu": "1", "icu_in": day(13), "icu_reason": {"skin"}}, "new", True),
        (NEW | {"icu": "1", "icu_in": day(13), "icu_reason": {"crs"}}, "new", False),
        (NEW | {"icu": "0", "icu_reason": {"skin"}}, "new", False),
    ],
)
def test_what_a_stay_says(stay: Entries, kind: str, icu: bool) -> None:
    result = event_of(skin=rash(), hospital_stay=stay).stay
    assert (result.kind, result.hospital, result.icu) == (kind, bool(kind), icu)
    assert bool(result.places) is (bool(kind) or icu)


@pytest.mark.parametrize(("answer", "known"), [("1", True), ("0", False), ("", None)], ids=["yes", "no", "blank"])
def test_without_a_stay_the_form_tells(answer: str, known: bool | None) -> None:
    result = event_of(skin=rash(hosp=answer, icu=answer), hospital_stay=NEW | {"reason": {"oth"}}).stay
    assert (result.kind, result.hospital, result.icu) == ("", known, known)


@pytest.mark.parametrize(
    ("stay", "first", "second", "kinds"),
    [
        (NEW, {}, {}, ["new", ""]),
        (NEW | {"adm": day(41)}, {}, {}, ["", "new"]),
        (NEW | {"adm": day(24)}, {}, {}, ["new", ""]),  # overlaps none: the nearest onset
        # a long infusion stay prolonged because of one of two rashes: the forms decide
        (
            {"adm": day(-6), "dis": day(60), "reason": {"infusion"}, "prol_reason": {"skin"}},
            {"hosp": "0"},
            {"hosp": "1"},
            ["", "prolonged"],
        ),
    ],
)
def test_of_two_events_of_an_organ(
    stay: Entries, first: dict[str, Cell], second: dict[str, Cell], kinds: list[str]
) -> None:
    later = {"onset": day(40), "sx_start": day(40), "end": day(50)}
    results = derived(skin=[rash(**first), rash(**{**later, **second})], hospital_stay=stay).events
    assert [one.stay.kind for one in results] == kinds
    assert not any(one.stay.ambiguous for one in results)


@pytest.mark.parametrize(
    ("dates", "icu"),
    [
        ({"icu_in": day(12), "icu_out": day(13)}, [True, False]),
        ({"icu_in": day(45), "icu_out": day(46)}, [False, True]),
        ({"icu_out": day(13)}, [True, False]),  # from admission
        ({"icu_in": day(45)}, [False, True]),  # to discharge
    ],
)
def test_intensive_care_is_dated_within_the_stay(dates: Entries, icu: list[bool]) -> None:
    stay = {"adm": day(-6), "dis": day(60), "reason": {"infusion"}, "icu": "1", "icu_reason": {"skin"}, **dates}
    later = rash(onset=day(40), sx_start=day(40), end=day(50))
    assert [one.stay.icu for one in derived(skin=[rash(), later], hospital_stay=stay).events] == icu


@pytest.mark.parametrize(("ongoing", "kinds"), [("", ["prolonged", ""]), ("1", ["", ""])])
def test_an_ongoing_stay_has_no_discharge(ongoing: str, kinds: list[str]) -> None:
    stay = {"adm": day(-6), "dis": day(30), "ongoing": ongoing, "reason": {"infusion"}, "prol_reason": {"skin"}}
    later = rash(onset=day(40), sx_start=day(40), end=day(50))
    assert [one.stay.kind for one in derived(skin=[rash(), later], hospital_stay=stay).events] == kinds


def test_a_stay_of_several_events_is_given_to_none() -> None:
    stay = {"adm": day(-6), "dis": day(60), "reason": {"infusion"}, "prol_reason": {"skin"}}
    later = rash(onset=day(40), sx_start=day(40), end=day(50), hosp="")
    for one in derived(skin=[rash(hosp=""), later], hospital_stay=stay).events:
        assert (one.stay.kind, one.stay.hospital, one.stay.ambiguous) == ("", None, True)
        assert "STAY_AMBIGUOUS" in one.flags
        assert one.grade is None


@pytest.mark.parametrize(("first", "second"), [("1", "0"), ("0", "1")])
def test_of_two_events_in_intensive_care_their_answers_on_intensive_care_decide(first: str, second: str) -> None:
    stay = {"adm": day(-6), "dis": day(60), "reason": {"infusion"}, "icu": "1", "icu_reason": {"skin"}}
    later = {"onset": day(40), "sx_start": day(40), "end": day(50)}
    events = [rash(icu=first, hosp=second), rash(**later, icu=second, hosp=first)]
    results = derived(skin=events, hospital_stay=stay).events
    assert [one.stay.icu for one in results] == [first == "1", second == "1"]
    assert not any(one.stay.ambiguous for one in results)


def test_a_stay_is_named_for_any_of_its_reasons() -> None:
    for reason in ("reason", "prol_reason", "icu_reason"):
        stay = {"adm": day(-6), "dis": day(60), "reason": {"infusion"}} | {reason: {"skin"}}
        trace = event_of(skin=rash(), hospital_stay=stay).trace["stay"]
        assert trace.rule == "stay"
        assert "hos_adm" in [one.field for one in trace.inputs]
