"""Criteria against data: baselines, units, thresholds, censor signs, windows, and what is missing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from records import INFUSION, Entries, criterion_of, day, derived, event_of, finished

from redcap_licats.derive.model import CriterionResult, Reason
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.model import Input, Place


def sample(number: int, analyte: str = "crea", value: str = "", lab: str = "conv", **more: str) -> Entries:
    return {"date": day(number), "lab": lab, f"{analyte}_val": value, **more}


def kidney(
    *labs: Entries, criterion: str = "crea", infusion: Entries = INFUSION, **changes: str
) -> CriterionResult:
    event = finished("kidney", **{"crit": {criterion}, **changes})
    return criterion_of(event_of(infusion=infusion, labs=list(labs), kidney=event), criterion)


@pytest.mark.parametrize(
    ("base", "peak", "ratio", "state"),
    [
        ("0.8", "1.2", Fraction(3, 2), "met"),  # in floats 1.4999999999999998
        ("0.8", "1.19", Fraction(119, 80), "not_met"),
        ("1.00", "1.49", Fraction(149, 100), "not_met"),
        ("1,0", "1,5", Fraction(3, 2), "met"),
        ("0", "1.2", None, "na"),
        ("<0.2", "1.2", None, "na"),
        ("0.8", ">1.2", None, "met"),
        ("0.8", ">1.1", None, "na"),
        ("0.8", "<1.2", None, "not_met"),
        ("0.8", "<1.3", None, "na"),
    ],
)
def test_creatinine_rise(base: str, peak: str, ratio: Fraction | None, state: str) -> None:
    result = kidney(sample(-7, value=base), sample(10, value=peak))
    assert (result.ratio, result.state) == (ratio, state)
    names = {"0": ("baseline_zero",), "<0.2": ("baseline_censored",)}
    assert result.missing == (names.get(base, ("peak_censored",)) if state == "na" else ())


@pytest.mark.parametrize(("base", "peak"), [("<0.2", "1.2"), ("0.8", ">1.2"), ("0.8", "<1.2")])
def test_a_censor_sign_leaves_no_change_to_tell(base: str, peak: str) -> None:
    result = kidney(sample(-7, value=base), sample(10, value=peak))
    assert (result.ratio, result.change) == (None, None)


def test_of_equal_peaks_the_one_that_is_above_its_number_is_taken() -> None:
    result = kidney(sample(-7, value="0.8"), sample(10, value="2"), sample(11, value=">2"), sample(12, value="2"))
    assert result.peak is not None and result.peak.censor == ">"


def test_baseline_and_peak_in_different_units() -> None:
    result = kidney(sample(-7, value="0.8"), sample(10, value="106.08", lab="si"))
    assert (result.ratio, result.change, result.state) == (Fraction(3, 2), Fraction(2, 5), "met")
    assert result.laboratory_changed
    assert result.peak is not None and result.peak.unit == "mgdl"


@pytest.mark.parametrize(
    ("value", "more", "state"),
    [
        ("1.2", {"lab": "other"}, "na"),  # no unit
        ("haemolysed", {}, "na"),
        ("UNK", {}, "not_met"),
        ("", {"crea_nd": "lost"}, "not_met"),
        ("", {}, "not_met"),
    ],
)
def test_a_value_that_cannot_be_compared_leaves_the_criterion_open(value: str, more: Entries, state: str) -> None:
    base, other, unclear = sample(-7, value="0.8"), sample(12, value="0.9"), sample(10, value=value, **more)
    result = kidney(base, other, unclear)
    assert (result.state, result.missing) == (state, ("peak_unusable",) if state == "na" else ())
    assert kidney(base, other, unclear, sample(13, value="1.2")).state == "met"
    assert kidney(base, other, {**unclear, "date": day(30)}).state == "not_met"


@pytest.mark.parametrize(("peak", "state"), [("33.936", "met"), ("33.9", "not_met"), ("34", "met")])
def test_upcr_in_g_per_g_and_mg_per_mmol(peak: str, state: str) -> None:
    labs = sample(-7, "upcr", "0.2"), sample(10, "upcr", peak, ref_differ="1", upcr_unit="mgmmol")
    assert kidney(*labs, criterion="upcr").state == state


@pytest.mark.parametrize(
    ("base", "peak", "state", "missing"),
    [
        ({"tni_val": "5"}, {"tni_val": "0.017", "tni_unit": "ngml"}, "met", ()),  # 17 ng/L, limit 16
        ({"tni_val": "5"}, {"tni_val": "0.016", "tni_unit": "ngml"}, "not_met", ()),
        ({"tni_val": "40"}, {"tni_val": "30"}, "not_met", ()),  # above the limit, not above baseline
        ({"tni_val": "40"}, {"tni_val": "40"}, "not_met", ()),
        ({"tni_val": "<3"}, {"tni_val": "30"}, "met", ()),  # a censored baseline is no denominator but a bound
        ({"tni_val": "<50"}, {"tni_val": "30"}, "na", ("baseline_censored",)),
        ({"tni_val": "5"}, {"tni_val": "<20"}, "na", ("peak_censored",)),
        ({"tni_val": "5"}, {"tni_val": "<16"}, "not_met", ()),
        ({"tni_val": "5"}, {"tni_val": ">50000"}, "met", ()),
        ({}, {"tni_val": "30"}, "na", ("baseline",)),
        ({"tni_val": "5"}, {"tni_val": "30", "lab": "other", "tni_unit": "ngl"}, "na", ("upper_limit",)),
        ({"tni_val": "5"}, {"tni_val": "0.030", "lab": "other"}, "na", ("peak",)),  # unit unknown
    ],
)
def test_troponin_above_limit_and_baseline(
    base: Entries, peak: Entries, state: str, missing: tuple[str, ...]
) -> None:
    labs = [{"date": day(-7), "lab": "conv", **base}, {"date": day(10), "lab": "conv", **peak}]
    result = criterion_of(event_of(labs=labs, heart=finished("heart", crit={"tni"})), "tni")
    assert (result.state, result.missing) == (state, missing)


@pytest.mark.parametrize(
    ("days", "value", "fallback"),
    [
        ((-20, -6), "-6", False),
        ((-6, -5), "-6", False),  # the day lymphodepletion starts is not before it
        ((-5, -1), "-1", True),
        ((-5,), "-5", True),
        ((0,), None, False),  # the day of the infusion is no baseline
        ((1,), None, False),
    ],
)
def test_baseline_is_the_last_before_lymphodepletion(
    days: tuple[int, ...], value: str | None, fallback: bool
) -> None:
    result = kidney(*(sample(number, value=f"{1 + number / 100:.2f}") for number in days), sample(10, value="2"))
    assert (result.baseline.date.isoformat() if result.baseline else None) == (day(int(value)) if value else None)
    assert result.baseline_is_fallback is fallback
    assert (result.state == "na") is (value is None)


def test_baseline_without_a_start_of_lymphodepletion_is_flagged() -> None:
    result = kidney(sample(-20, value="0.8"), sample(10, value="1.2"), infusion={"date": day(0)})
    assert (result.state, result.baseline_is_fallback) == ("met", True)


def test_baseline_without_an_infusion_date() -> None:
    result = kidney(sample(-20, value="0.8"), sample(10, value="1.2"), infusion={})
    assert (result.state, result.missing) == ("na", ("infusion_date",))
    started = kidney(sample(-20, value="0.8"), sample(10, value="1.2"), infusion={"ld_start": day(-5)})
    assert started.state == "met"


def test_of_one_day_the_later_sample_is_the_baseline() -> None:
    morning, evening = sample(-6, value="0.8", time="08:00"), sample(-6, value="1.0", time="20:00")
    result = kidney(evening, morning, sample(10, value="1.2"))
    assert result.baseline is not None and result.baseline.value == 1


@pytest.mark.parametrize(
    ("number", "changes", "seen"),
    [
        (6, {}, False),
        (7, {}, True),  # three days before onset
        (20, {}, True),  # the last day
        (21, {}, False),
        (21, {"end": "", "ongoing": "1"}, True),
        (300, {"end": "", "ongoing": "1"}, True),
        (10, {"onset": ""}, False),
        (-1, {"onset": day(1)}, False),  # before the infusion nothing is a peak
        (0, {"onset": day(1)}, True),
        (-1, {"onset": day(0)}, False),
    ],
)
def test_where_the_peak_is_looked_for(number: int, changes: dict[str, str], seen: bool) -> None:
    result = kidney(sample(-7, value="0.8"), sample(number, value="2"), **changes)
    assert (result.state == "met") is seen
    if not seen:
        assert result.missing == (("onset",) if "onset" in changes and not changes["onset"] else ("peak",))


@pytest.mark.parametrize(("number", "seen"), [(25, True), (26, False)])
def test_the_window_after_the_end_is_a_setting(number: int, seen: bool) -> None:
    protocol = load_protocol()
    window = protocol.settings.window.model_copy(update={"after_end_days": 5})
    changed = protocol.model_copy(update={"settings": protocol.settings.model_copy(update={"window": window})})
    labs = [sample(-7, value="0.8"), sample(number, value="2")]
    result = criterion_of(event_of(changed, labs=labs, kidney=finished("kidney")), "crea")
    assert (result.state == "met") is seen


def test_an_open_event_ends_the_day_before_the_organs_next() -> None:
    first = finished("kidney", crit={"crea"}, end="", ongoing="1")
    second = finished("kidney", crit={"crea"}, onset=day(40), end=day(50))
    for number, states in ((39, ["met", "met"]), (40, ["na", "met"])):
        labs = [sample(-7, value="0.8"), sample(number, value="2")]
        results = derived(labs=labs, kidney=[first, second], skin=finished("skin", onset=day(20))).events
        assert [criterion_of(one, "crea").state for one in results if one.event.organ == "kidney"] == states


def test_the_peak_is_the_highest_value_in_the_window() -> None:
    result = kidney(
        sample(-7, value="0.8"), *(sample(10 + n, value=v) for n, v in enumerate(("1.0", "1.6", "1.2")))
    )
    assert result.peak is not None and (result.peak.value, result.ratio) == (Fraction(8, 5), Fraction(2))


@pytest.mark.parametrize(
    ("changes", "value", "state"),
    [
        ({"at_least": None}, "0.81", "met"),
        ({"at_least": None}, "0.8", "not_met"),
        ({"floor": "2"}, "1.9", "not_met"),
        ({"floor": "2"}, "2", "met"),
    ],
)
def test_other_settings_of_a_rise(changes: dict[str, object], value: str, state: str) -> None:
    protocol = load_protocol()
    organ = protocol.organs["kidney"]
    rule = organ.criterion[0].model_validate({**organ.criterion[0].model_dump(), **changes})
    organs = protocol.organs | {"kidney": organ.model_copy(update={"criterion": (rule,)})}
    changed = protocol.model_copy(update={"organs": organs})
    labs = [sample(-7, value="0.8"), sample(10, value=value)]
    result = event_of(changed, labs=labs, kidney=finished("kidney", crit={"crea"}))
    assert criterion_of(result, "crea").state == state


@pytest.mark.parametrize(
    ("peaks", "state", "missing"),
    [
        ([{"dsdna_val": "160"}], "met", ()),
        ([{"dsdna_val": "160", "dsdna_unit": "uml"}], "na", ("comparable_assay",)),
        ([{"dsdna_val": "160", "lab": "si"}], "na", ("comparable_assay",)),
        ([{"dsdna_val": "900", "lab": "si"}, {"dsdna_val": "140"}], "not_met", ()),
    ],
)
def test_values_of_an_analyte_that_does_not_convert_are_compared_within_an_assay(
    peaks: list[Entries], state: str, missing: tuple[str, ...]
) -> None:
    protocol = load_protocol()
    organ = protocol.organs["kidney"]
    rule = organ.criterion[0].model_copy(update={"analyte": "dsdna"})
    organs = protocol.organs | {"kidney": organ.model_copy(update={"criterion": (rule,)})}
    labs = [sample(-7, "dsdna", "100"), *({"date": day(10), "lab": "conv", **one} for one in peaks)]
    changed = protocol.model_copy(update={"organs": organs})
    result = criterion_of(event_of(changed, labs=labs, kidney=finished("kidney")), "crea")
    assert (result.state, result.missing) == (state, missing)


def test_a_finding_is_met_when_ticked() -> None:
    result = event_of(skin=finished("skin", crit={"rash"}))
    assert [(one.criterion, one.claimed, one.state) for one in result.criteria] == [
        ("rash", True, "met"),
        ("mucosa", False, "not_met"),
    ]
    ticked = Input(Place("licats_skin"), "skin_crit", "rash")
    assert result.trace["criterion.mucosa"] == Reason("finding", (ticked,))


def test_a_value_meets_a_criterion_that_is_not_ticked() -> None:
    result = kidney(sample(-7, value="0.8"), sample(10, value="1.2"), crit="")
    assert (result.claimed, result.state) == (False, "met")


BEFORE = {"date": day(-7), "spo2": "97", "o2_device": "none"}


@pytest.mark.parametrize(
    ("before", "during", "event", "state", "missing"),
    [
        (BEFORE, {"spo2": "94", "o2_device": "none"}, {}, "met", ()),
        (BEFORE, {"spo2": "95", "o2_device": "none"}, {}, "not_met", ()),
        (BEFORE, {"spo2": "97", "o2_device": "cannula"}, {}, "met", ()),
        (BEFORE, {"spo2": "97"}, {"o2_start": day(11)}, "met", ()),
        (BEFORE, {"spo2": "97"}, {"o2_start": day(31)}, "na", ("oxygen",)),
        (BEFORE, {"spo2": "97"}, {}, "na", ("oxygen",)),
        (BEFORE, {"spo2": "0.92", "o2_device": "none"}, {}, "na", ("peak",)),
        (BEFORE, {"spo2": "1", "o2_device": "none"}, {}, "na", ("peak",)),
        (BEFORE, {"spo2": "1.5", "o2_device": "none"}, {}, "met", ()),
        (BEFORE | {"o2_device": "cannula"}, {"spo2": "97", "o2_device": "mask"}, {}, "not_met", ()),
        (BEFORE | {"o2_device": ""}, {"spo2": "97", "o2_device": "mask"}, {}, "na", ("oxygen",)),
        (BEFORE | {"spo2": ""}, {"spo2": "85", "o2_device": "none"}, {}, "na", ("baseline",)),
        (BEFORE | {"spo2": ""}, {"spo2": "85", "o2_device": "mask"}, {}, "met", ()),
    ],
)
def test_oxygenation(
    before: Entries, during: Entries, event: dict[str, str], state: str, missing: tuple[str, ...]
) -> None:
    lung = finished("lung", crit={"spo2"}, **event)
    result = criterion_of(event_of(assessment=[before, {"date": day(12), **during}], lung=lung), "spo2")
    assert (result.claimed, result.state, result.missing) == (True, state, missing)


def test_spo2_falls_in_points() -> None:
    assessments = [BEFORE, {"date": day(12), "spo2": "92"}, {"date": day(13), "spo2": "95"}]
    result = criterion_of(event_of(assessment=assessments, lung=finished("lung")), "spo2")
    assert not result.claimed
    assert result.peak is not None and (result.peak.value, result.change, result.ratio) == (92, -5, None)
